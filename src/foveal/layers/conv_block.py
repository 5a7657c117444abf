"""Convolution, [batch norm], activation, [pooling] over one, two or three axes."""

from collections import OrderedDict
from collections.abc import Sequence
from typing import Any

from torch import nn

from foveal.core.choices import Padding, PoolMode
from foveal.core.errors import ParameterError
from foveal.core.shapes import Sizes, conv_size, per_axis, pool_window, same_padding
from foveal.layers.activations import MONOTONE, make_activation
from foveal.layers.norm import BatchNorm

CONV: dict[int, type[nn.Module]] = {1: nn.Conv1d, 2: nn.Conv2d, 3: nn.Conv3d}
PAD: dict[int, type[nn.Module]] = {1: nn.ZeroPad1d, 2: nn.ZeroPad2d, 3: nn.ZeroPad3d}
POOL: dict[PoolMode, dict[int, type[nn.Module]]] = {
    "max": {1: nn.MaxPool1d, 2: nn.MaxPool2d, 3: nn.MaxPool3d},
    "avg": {1: nn.AvgPool1d, 2: nn.AvgPool2d, 3: nn.AvgPool3d},
}
#: Mean over the whole map, whatever its size.
GLOBAL_MEAN: dict[int, Any] = {1: nn.AdaptiveAvgPool1d, 2: nn.AdaptiveAvgPool2d, 3: nn.AdaptiveAvgPool3d}


class ConvBlock(nn.Sequential):
    r"""Convolution, batch norm (optional), activation, pooling (optional).

    The layer computes the cross-correlation, as every framework does:

        S(i, j) = sum over m, n of I(i + m, j + n) K(m, n) [+ b]

    The textbook's convolution is the same with K flipped; a learnt K does not care. There is a bias only without batch
    norm, whose beta takes its place. Under padding "same" there are ceil(in / stride) outputs: d (k - 1) zeros in all,
    half of them before and half after, an even filter's extra one after. A max window takes the first of equal values.

    Shape: (N, C, \*S) -> (N, C', \*S'), where each S' is `core.shapes.conv_size`, then `pool_size`.

    Parameters
    ----------
    ndim : number of spatial axes: 1, 2 or 3.
    in_channels, out_channels : C and C'.
    filter_size, stride, dilation : one number, or one for each axis.
    padding : "same" or "valid".
    batch_norm, momentum : whether to normalise, and the momentum of the running statistics.
    activation : name, `torch.nn.Module` class or instance.
    pool_size, pool_stride, pool_mode : window, its stride (None: the window) and "max" or "avg"; no pooling for None.
    input_size : S, if known: pooling windows longer than an axis are clipped to it.

    Source: LeCun et al. 1998, section II; Goodfellow et al. 2016, eq. 9.6. Deviation: maximum pooling stands before
    a monotone activation, f(max(x)) = max(f(x)), which gives the same on a quarter of the data.

    >>> import torch
    >>> ConvBlock(2, 1, 8, pool_size=2)(torch.zeros(4, 1, 28, 28)).shape
    torch.Size([4, 8, 14, 14])
    """

    def __init__(
        self,
        ndim: int,
        in_channels: int,
        out_channels: int,
        *,
        filter_size: Sizes = 3,
        stride: Sizes = 1,
        dilation: Sizes = 1,
        padding: Padding = "same",
        batch_norm: bool = True,
        momentum: float = 0.9,
        activation: Any = "relu",
        pool_size: Sizes | None = None,
        pool_stride: Sizes | None = None,
        pool_mode: PoolMode = "max",
        input_size: Sequence[int] | None = None,
    ) -> None:
        if ndim not in CONV:
            raise ParameterError(f"ndim must be 1, 2 or 3 spatial axes, got {ndim!r}")
        filters = per_axis("filter_size", filter_size, ndim)
        dilations = per_axis("dilation", dilation, ndim)
        strides = per_axis("stride", stride, ndim)
        around = [same_padding(k, d) if padding == "same" else (0, 0) for k, d in zip(filters, dilations, strict=True)]
        maps = None  # sizes that the pooling window sees
        if input_size is not None:
            axes = list(zip(input_size, filters, strides, dilations, strict=True))
            maps = [conv_size(n, k, s, d, padding) for n, k, s, d in axes]
            if in_channels == 1:
                strides, around = _one_step(axes, maps, around)
        even = all(before == after >= 0 for before, after in around)
        conv = CONV[ndim](
            in_channels,
            out_channels,
            filters,
            stride=strides,
            dilation=dilations,
            padding=tuple(before for before, _ in around) if even else 0,
            bias=not batch_norm,
        )
        act = make_activation(activation)
        pool = None
        if pool_size is not None:
            pool = _pool(ndim, pool_size, pool_size if pool_stride is None else pool_stride, pool_mode, maps)
        pool_first = pool_mode == "max" and type(act) in MONOTONE
        parts = {
            "pad": None if even else PAD[ndim](tuple(side for axis in reversed(around) for side in axis)),
            "conv": conv,
            "norm": BatchNorm(out_channels, momentum) if batch_norm else None,
            **({"pool": pool, "act": act} if pool_first else {"act": act, "pool": pool}),
        }
        super().__init__(OrderedDict((name, part) for name, part in parts.items() if part is not None))


def _one_step(
    axes: Sequence[tuple[int, ...]], maps: Sequence[int], around: Sequence[tuple[int, int]]
) -> tuple[tuple[int, ...], list[tuple[int, int]]]:
    """Write a filter that has one place on an axis as one of stride 1, over what it sees there: same output.

    oneDNN's convolution of one channel leaves most outputs unwritten where the last axis has a stride above 1 but one
    place, and the axis before it a stride of 1 (torch 2.13: `conv2d` of (2, 1, 3, 3) with stride (1, 2)).
    """
    strides, sides = [], []
    for (n, k, stride, dilation), places, (before, after) in zip(axes, maps, around, strict=True):
        seen = (k - 1) * dilation + 1
        alone = places == 1 and stride > 1
        strides.append(1 if alone else stride)
        sides.append((before, seen - before - n) if alone else (before, after))
    return tuple(strides), sides


def _pool(ndim: int, window: Sizes, stride: Sizes, mode: PoolMode, size: Sequence[int] | None) -> nn.Module:
    windows = per_axis("pool_filter_size", window, ndim)
    if size is not None:
        windows = tuple(pool_window(n, k) for n, k in zip(size, windows, strict=True))
    return POOL[mode][ndim](windows, stride=per_axis("pool_stride", stride, ndim))
