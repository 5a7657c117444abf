"""A bare convolution, and one with batch norm and activation after it, as networks of the literature are written."""

from collections import OrderedDict
from typing import Any

from torch import nn

from foveal.core.errors import ParameterError
from foveal.core.shapes import Sizes, per_axis
from foveal.layers.activations import make_activation
from foveal.layers.norm import BatchNorm

_CONV: dict[int, Any] = {1: nn.Conv1d, 2: nn.Conv2d, 3: nn.Conv3d}


def convolution(
    ndim: int,
    in_channels: int,
    out_channels: int,
    filter_size: Sizes = 3,
    *,
    stride: Sizes = 1,
    dilation: Sizes = 1,
    padding: Sizes | None = None,
    groups: int = 1,
    bias: bool = False,
) -> nn.Module:
    r"""Make a convolution over `ndim` axes with zeros on both sides: by default d (k - 1) // 2 on each.

    Shape: (N, C, \*S) -> (N, C', \*S'), S' = floor((S + 2 p - d (k - 1) - 1) / s) + 1. Of an odd filter the default
    leaves ceil(S / s) outputs. Unlike `ConvBlock` it stands alone, may have groups, and takes a number of zeros.

    >>> convolution(2, 3, 8, stride=2)
    Conv2d(3, 8, kernel_size=(3, 3), stride=(2, 2), padding=(1, 1), bias=False)
    """
    if ndim not in _CONV:
        raise ParameterError(f"ndim must be 1, 2 or 3 spatial axes, got {ndim!r}")
    filters, gaps = per_axis("filter_size", filter_size, ndim), per_axis("dilation", dilation, ndim)
    around = tuple(d * (k - 1) // 2 for k, d in zip(filters, gaps, strict=True))
    made: nn.Module = _CONV[ndim](
        in_channels,
        out_channels,
        filters,
        stride=per_axis("stride", stride, ndim),
        dilation=gaps,
        padding=around if padding is None else per_axis("padding", padding, ndim),
        groups=groups,
        bias=bias,
    )
    return made


def conv_norm_act(
    ndim: int,
    in_channels: int,
    out_channels: int,
    filter_size: Sizes = 3,
    *,
    stride: Sizes = 1,
    dilation: Sizes = 1,
    padding: Sizes | None = None,
    groups: int = 1,
    bias: bool = False,
    activation: Any = "relu",
    momentum: float = 0.9,
    eps: float = 1e-5,
    names: tuple[str, ...] = ("0", "1", "2"),
) -> nn.Sequential:
    r"""Make a row of convolution, batch norm and activation; none of the last for `activation` None.

    `names` are those of the three in the state dict. Shape: as `convolution`'s.

    >>> [name for name, _ in conv_norm_act(1, 2, 4, activation=None, names=("conv", "bn")).named_children()]
    ['conv', 'bn']
    """
    conv = convolution(
        ndim, in_channels, out_channels, filter_size, stride=stride, dilation=dilation, padding=padding, groups=groups,
        bias=bias,
    )  # fmt: skip
    parts = [conv, BatchNorm(out_channels, momentum, eps)]
    if activation is not None:
        parts.append(make_activation(activation))
    return nn.Sequential(OrderedDict(zip(names, parts, strict=False)))
