"""AlexNet, as its paper has it and in one tower, and ZFNet."""

from collections import OrderedDict
from collections.abc import Sequence
from typing import Any

import torch
from torch import nn

from foveal.models.landmarks.parts import all_normal
from foveal.models.landmarks.rows import Conv, Entry, Pool, classifier, features, pooled
from foveal.models.receptive import CONV
from foveal.models.stems import Stem, is_small

#: Pixels of each axis that the dense layers see, by the number of axes: of volumes fewer, or they would be 6 times as
#: large as a picture's.
_SEEN = {1: 6, 2: 6, 3: 3}
_UNITS = 4096


def alexnet(input_shape: Sequence[int], n_outputs: int, *, stem: Stem = "auto") -> nn.Sequential:
    r"""Build AlexNet in one tower: five convolutions, three poolings, two dense layers of 4,096 units, the last.

    11x11 of stride 4 -> pool -> 5x5 -> pool -> 3x3 three times -> pool, of 64, 192, 384, 256 and 256 maps; poolings are
    3x3 of stride 2 and overlap. The dense layers see 6x6 means of what is left; of volumes 3x3x3.

    Shape: (N, C, \*S) -> (N, n_outputs). 61,100,840 parameters for (3, 224, 224) and 1,000 outputs. Names in the state
    dict are torchvision's. `stem` "small" begins with 5x5 of stride 1, and its dense layers see the last map as it is,
    at most 6x6; "auto" is small where the shortest axis has at most 64 pixels.

    Source: Krizhevsky 2014, One weird trick for parallelizing convolutional neural networks, section 5, as torchvision
    has it: no local response normalisation, and PyTorch's own start values. `alexnet_paper` is the network of 2012.

    >>> import torch
    >>> with torch.device("meta"):
    ...     net = alexnet((1, 28, 28), 10)
    ...     y = net(torch.zeros(2, 1, 28, 28))
    >>> y.shape, sum(p.numel() for p in net.parameters())
    (torch.Size([2, 10]), 23468746)
    """
    small = is_small(stem, input_shape)
    first = Conv(64, 5) if small else Conv(64, 11, 4, 2)
    row, shape = features(input_shape, [first, Pool(), Conv(192, 5), Pool(), Conv(384), Conv(256), Conv(256), Pool()])
    parts: OrderedDict[str, nn.Module] = OrderedDict(features=row)
    seen = _at_most(shape) if small else (_SEEN[len(shape) - 1],) * (len(shape) - 1)
    mean, n_features = pooled(shape, seen)
    if not small or seen != shape[1:]:
        parts["avgpool"] = mean
    parts |= {"flatten": nn.Flatten(), "classifier": classifier(n_features, _UNITS, n_outputs, dropout_first=True)}
    return nn.Sequential(parts)


def alexnet_paper(input_shape: Sequence[int], n_outputs: int, *, stem: Stem = "auto") -> nn.Sequential:
    r"""Build AlexNet of 2012: the second, fourth and fifth convolution in two groups, responses normalised locally.

    11x11 of stride 4 -> LRN -> pool -> 5x5 -> LRN -> pool -> 3x3 three times -> pool, of 96, 256, 384, 384 and 256
    maps, then two dense layers of 4,096 units with dropout, and the last.

    Shape: (N, C, \*S) -> (N, n_outputs). 60,965,224 parameters for (3, 227, 227) and 1,000 outputs. `stem` "small"
    begins with 5x5 of stride 1; "auto" is small where the shortest axis has at most 64 pixels.

    Source: Krizhevsky et al. 2012, section 3.5 and figure 2; start values as in section 5: N(0, 0.01^2), biases 1 in
    the second, fourth and fifth convolution and the hidden dense layers, else 0.

    Deviations: the paper says 224, which gives its 55 x 55 maps only with zeros around: an axis on which the filters of
    stride 4 do not come out even has 2 on each side, so that 224 and 227 both leave 55. Responses are normalised over
    the maps of both groups. Where the last map is larger than 6x6 (of volumes 3x3x3) the dense layers see means of it.

    >>> import torch
    >>> with torch.device("meta"):
    ...     net = alexnet_paper((1, 28, 28), 10)
    ...     y = net(torch.zeros(2, 1, 28, 28))
    >>> y.shape, net.features[4].groups
    (torch.Size([2, 10]), 2)
    """
    first = Conv(96, 11, 4, tuple(0 if (n - 11) % 4 == 0 else 2 for n in input_shape[1:]))
    table: list[Entry] = [
        Conv(96, 5) if is_small(stem, input_shape) else first, "lrn", Pool(), Conv(256, 5, groups=2), "lrn", Pool(),
        Conv(384), Conv(384, groups=2), Conv(256, groups=2), Pool(),
    ]  # fmt: skip
    net = _of_2012(input_shape, n_outputs, table)
    layers: list[Any] = [m for m in net.modules() if isinstance(m, (*CONV, nn.Linear))]
    for i in (1, 3, 4, 5, 6):
        nn.init.ones_(layers[i].bias)
    return net


def zfnet(input_shape: Sequence[int], n_outputs: int, *, stem: Stem = "auto") -> nn.Sequential:
    r"""Build ZFNet: AlexNet with a first layer that looks closer, and without groups.

    7x7 of stride 2 -> pool -> LRN -> 5x5 of stride 2 -> pool -> LRN -> 3x3 three times -> pool, of 96, 256, 384, 384
    and 256 maps, then two dense layers of 4,096 units with dropout, and the last.

    Shape: (N, C, \*S) -> (N, n_outputs). 62,357,608 parameters for (3, 224, 224) and 1,000 outputs. `stem` "small" has
    5x5 of stride 1 twice; "auto" is small where the shortest axis has at most 64 pixels.

    Source: Zeiler and Fergus 2014, figure 3; start values as in section 3: "10^-2", taken as N(0, 0.01^2), biases 0.

    Deviations: zeros around are chosen so that maps of 110, 55, 26, 13 and 6 pixels follow from 224; the paper does not
    give them, nor the constants of its contrast normalisation, which are AlexNet's. Larger last maps are as in
    `alexnet_paper`.

    >>> import torch
    >>> with torch.device("meta"):
    ...     net = zfnet((3, 224, 224), 1000)
    >>> sum(p.numel() for p in net.parameters())
    62357608
    """
    first, second = Conv(96, 7, 2, 1), Conv(256, 5, 2, 0)
    if is_small(stem, input_shape):
        first, second = Conv(96, 5), Conv(256, 5)
    early: list[Entry] = [first, Pool(padding=1), "lrn", second, Pool(padding=1), "lrn"]
    return _of_2012(input_shape, n_outputs, [*early, Conv(384), Conv(384), Conv(256), Pool()])


def _of_2012(
    input_shape: Sequence[int],
    n_outputs: int,
    table: Sequence[Entry],
    rng: torch.Generator | None = None,
) -> nn.Sequential:
    row, shape = features(input_shape, table)
    parts: OrderedDict[str, nn.Module] = OrderedDict(features=row)
    seen = _at_most(shape)
    mean, n_features = pooled(shape, seen)
    if seen != shape[1:]:
        parts["avgpool"] = mean
    parts |= {"flatten": nn.Flatten(), "classifier": classifier(n_features, _UNITS, n_outputs, dropout_first=False)}
    net = nn.Sequential(parts)
    all_normal(net, 0.01, rng)
    return net


def _at_most(shape: Sequence[int]) -> tuple[int, ...]:
    return tuple(min(n, _SEEN[len(shape) - 1]) for n in shape[1:])
