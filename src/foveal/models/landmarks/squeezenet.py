"""SqueezeNet: AlexNet's accuracy with a fiftieth of its parameters."""

from collections import OrderedDict
from collections.abc import Sequence
from functools import partial
from typing import Literal

import torch
from torch import nn

from foveal.layers import Branches, Dropout, convolution, make_activation
from foveal.layers.conv_block import GLOBAL_MEAN
from foveal.models.landmarks.parts import MAX_POOL, drawn
from foveal.models.receptive import CONV
from foveal.models.stems import Stem, is_small

#: Fire modules by their place in the row: how many maps they squeeze to; they give 8 times as many.
_FIRES = {
    "1.0": {"3": 16, "4": 16, "5": 32, "7": 32, "8": 48, "9": 48, "10": 64, "12": 64},
    "1.1": {"3": 16, "4": 16, "6": 32, "7": 32, "9": 48, "10": 48, "11": 64, "12": 64},
}
_POOLS = {"1.0": ("2", "6", "11"), "1.1": ("2", "5", "8")}


def squeezenet(
    input_shape: Sequence[int], n_outputs: int, *, stem: Stem = "auto", version: Literal["1.0", "1.1"] = "1.0"
) -> nn.Sequential:
    r"""Build convolution -> eight fire modules with three poolings among them -> 1x1 convolution -> mean over the map.

    A fire module squeezes its input to s maps by 1x1 convolutions, and widens them again by 4 s maps of 1x1 and 4 s of
    3x3 side by side. Version 1.1 begins with 64 maps of 3x3 in place of 96 of 7x7, and pools earlier: 2.3 times fewer
    multiply-adds.

    Shape: (N, C, \*S) -> (N, n_outputs), never below 0: a ReLU stands behind the last convolution, so that it is of no
    use for targets below 0. Version 1.0 has 1,248,424 parameters for 3 channels and 1,000 outputs, 1.1 has 1,235,496.
    Names in the state dict are torchvision's. `stem` "small" begins with 3x3 of stride 1 and leaves the first pooling
    out; "auto" is small where the shortest axis has at most 64 pixels.

    Source: Iandola et al. 2016, table 1; version 1.1 is the authors' later one, from their repository. Start values
    are torchvision's: He et al. 2015 uniform by inputs, the last convolution N(0, 0.01^2), biases 0.

    >>> import torch
    >>> net = squeezenet((3, 32, 32), 10, version="1.1")
    >>> net(torch.zeros(2, 3, 32, 32)).shape, list(net.state_dict())[2]
    (torch.Size([2, 10]), 'features.3.squeeze.weight')
    """
    ndim, channels, small = len(input_shape) - 1, int(input_shape[0]), is_small(stem, input_shape)
    width, window = (96, 7) if version == "1.0" else (64, 3)
    first = convolution(ndim, channels, width, 3, bias=True) if small else convolution(
        ndim, channels, width, window, stride=2, padding=0, bias=True
    )  # fmt: skip
    row: OrderedDict[str, nn.Module] = OrderedDict({"0": first, "1": make_activation("relu")})
    fires, channels = _FIRES[version], width
    for name in map(str, range(2, 13)):
        if name in fires:
            row[name] = _fire(ndim, channels, fires[name])
            channels = 8 * fires[name]
        elif not (small and name == "2"):  # a pooling's name is left out with it: fire modules keep theirs
            row[name] = MAX_POOL[ndim](3, stride=2, ceil_mode=True)
    last = convolution(ndim, channels, n_outputs, 1, bias=True)
    head = nn.Sequential(Dropout(0.5), last, make_activation("relu"), GLOBAL_MEAN[ndim](1))
    net = nn.Sequential(OrderedDict(features=nn.Sequential(row), classifier=head, flatten=nn.Flatten()))
    _start(net, last)
    return net


def _fire(ndim: int, channels: int, squeezed: int) -> Branches:
    parts = {
        "squeeze": convolution(ndim, channels, squeezed, 1, bias=True),
        "squeeze_activation": make_activation("relu"),
        "expand1x1": convolution(ndim, squeezed, 4 * squeezed, 1, bias=True),
        "expand3x3": convolution(ndim, squeezed, 4 * squeezed, 3, bias=True),
        "expand_activation": make_activation("relu"),
    }
    return Branches(parts, (("squeeze", "squeeze_activation", (("expand1x1",), ("expand3x3",)), "expand_activation"),))


def _start(net: nn.Module, last: nn.Module, rng: torch.Generator | None = None) -> None:
    for module in net.modules():
        if isinstance(module, CONV):
            if module is last:
                drawn(module.weight, partial(nn.init.normal_, std=0.01, generator=rng))
            else:
                nn.init.kaiming_uniform_(module.weight, nonlinearity="relu", generator=rng)
            nn.init.zeros_(module.bias)  # type: ignore[arg-type]
