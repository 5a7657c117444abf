"""Residual networks for pictures, as they are trained today and as the paper has them; squeezed and dilated ones."""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from functools import partial
from typing import Literal

from torch import nn

from foveal.layers import BatchNorm, Residual, SqueezeExcite, conv_norm_act, convolution, make_activation
from foveal.layers.conv_block import GLOBAL_MEAN
from foveal.models.landmarks.parts import MAX_POOL, he_by_outputs
from foveal.models.stems import Stem, is_small

Block = Literal["basic", "bottleneck"]
#: How many times wider than its filters a block's output is.
EXPANSION: dict[Block, int] = {"basic": 1, "bottleneck": 4}


def resnet(
    input_shape: Sequence[int],
    n_outputs: int,
    *,
    stem: Stem = "auto",
    block: Block = "basic",
    depths: Sequence[int] = (2, 2, 2, 2),
    groups: int = 1,
    group_width: int = 64,
    stride_first: bool = False,
    squeeze: int | None = None,
    dilated: int = 0,
) -> nn.Sequential:
    r"""Build conv -> pool -> stages of residual blocks -> mean over the map -> dense layer.

    Stage i has `depths[i]` blocks of 64 2^i filters, and halves the map but for the first. A basic block is two
    3x3 convolutions, a bottleneck 1x1, 3x3, 1x1 with 4 times the filters at the end; shortcuts are the identity, or a
    1x1 convolution with batch norm where the shape changes (the paper's option B).

    Shape: (N, C, \*S) -> (N, n_outputs). Names in the state dict are torchvision's.

    Parameters
    ----------
    input_shape, n_outputs : (C, \*S), one to three axes, and the outputs.
    stem : "full" is 7x7 of stride 2 and a 3x3 max pooling of stride 2, "small" one 3x3 of stride 1; "auto" is small
        where the shortest axis has at most 64 pixels.
    block, depths : the kind of block, and how many of them a stage has.
    groups, group_width : of the 3x3 in a bottleneck: ResNeXt has 32 groups of 4 x 2^i, a wide network one of 128 x 2^i.
    stride_first : where a bottleneck halves: in its first 1x1 (the paper), or in its 3x3 (torchvision's, "v1.5").
    squeeze : weigh the channels of each block's F by squeeze and excitation, C / squeeze wide; named se, as timm's.
    dilated : the last stages that keep the map's size: their filters' taps lie twice as far apart with each, from the
        layer on that follows the one which would have halved the map (DRN-A has 2 of them).

    Source: He et al. 2016, table 1; Xie et al. 2017; Zagoruyko and Komodakis 2016; Hu et al. 2018, figure 3; Yu et
    al. 2017, eq. 2 to 4.

    >>> import torch
    >>> net = resnet((3, 32, 32), 10)
    >>> net(torch.zeros(2, 3, 32, 32)).shape, [name for name, _ in net.named_children()][:5]
    (torch.Size([2, 10]), ['conv1', 'bn1', 'relu', 'layer1', 'layer2'])
    """
    ndim, channels = len(input_shape) - 1, int(input_shape[0])
    small = is_small(stem, input_shape)
    parts: OrderedDict[str, nn.Module] = OrderedDict(
        conv1=convolution(ndim, channels, 64, 3 if small else 7, stride=1 if small else 2),
        bn1=BatchNorm(64),
        relu=make_activation("relu"),
    )
    if not small:
        parts["maxpool"] = MAX_POOL[ndim](3, stride=2, padding=1)
    make = partial(
        residual_block, ndim, block=block, groups=groups, group_width=group_width, stride_first=stride_first,
        squeeze=squeeze,
    )  # fmt: skip
    widths = [64 * 2**i for i in range(len(depths))]
    parts |= stages(make, 64, widths, depths, EXPANSION[block], dilated)
    features = widths[-1] * EXPANSION[block]
    parts |= {"avgpool": GLOBAL_MEAN[ndim](1), "flatten": nn.Flatten(), "fc": nn.Linear(features, n_outputs)}
    net = nn.Sequential(parts)
    he_by_outputs(net)
    return net


def stages(
    make: Callable[..., nn.Module],
    channels: int,
    widths: Sequence[int],
    depths: Sequence[int],
    expansion: int = 1,
    dilated: int = 0,
) -> dict[str, nn.Sequential]:
    """Make rows of blocks, layer1, layer2, ...: each halves the map but the first and the last `dilated`.

    `make` takes a block's channels, filters, stride, and dilations: before and after the layer that would halve.
    """
    rows, dilation = {}, 1
    for i, (width, depth) in enumerate(zip(widths, depths, strict=True)):
        widens = i > 0 and i >= len(depths) - dilated
        former, dilation = dilation, 2 * dilation if widens else dilation
        blocks = []
        for j in range(depth):
            stride = 2 if i and not j and not widens else 1
            blocks.append(make(channels, width, stride=stride, dilations=(dilation if j else former, dilation)))
            channels = width * expansion
        rows[f"layer{i + 1}"] = nn.Sequential(*blocks)
    return rows


def residual_block(
    ndim: int,
    channels: int,
    filters: int,
    *,
    block: Block = "basic",
    stride: int = 1,
    dilations: tuple[int, int] = (1, 1),
    groups: int = 1,
    group_width: int = 64,
    stride_first: bool = False,
    squeeze: int | None = None,
    squeeze_name: str = "se",
) -> Residual:
    """Make one block; the parameters are those of `resnet`, the dilations those of `stages`."""
    out = filters * EXPANSION[block]
    before, after = dilations
    if block == "basic":
        layers = [(filters, 3, stride, before, 1), (filters, 3, 1, after, 1)]
    else:
        width = filters * group_width // 64 * groups
        first, second, gap = (stride, 1, after) if stride_first else (1, stride, before)
        layers = [(width, 1, first, 1, 1), (width, 3, second, gap, groups), (out, 1, 1, 1, 1)]
    body = row_of_convolutions(ndim, channels, layers)
    if squeeze is not None:
        body[squeeze_name] = SqueezeExcite(ndim, out, max(1, out // squeeze))
    changes = stride != 1 or channels != out
    shortcut = conv_norm_act(ndim, channels, out, 1, stride=stride, activation=None) if changes else None
    return Residual(body, shortcut, activation="relu")


def row_of_convolutions(
    ndim: int, channels: int, layers: Sequence[tuple[int, int, int, int, int]]
) -> OrderedDict[str, nn.Module]:
    """Make convolutions with batch norm, ReLU between them: (width, filter size, stride, dilation, groups) of each."""
    row: OrderedDict[str, nn.Module] = OrderedDict()
    for i, (width, size, stride, gap, groups) in enumerate(layers, start=1):
        row[f"conv{i}"] = convolution(ndim, channels, width, size, stride=stride, dilation=gap, groups=groups)
        row[f"bn{i}"] = BatchNorm(width)
        if i < len(layers):
            row[f"relu{i}"] = make_activation("relu")
        channels = width
    return row
