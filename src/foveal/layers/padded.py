"""Convolutions with zeros on one side more than on the other: causal ones, and even filters whose output is as long."""

from collections import OrderedDict
from collections.abc import Sequence

from torch import nn

from foveal.core.shapes import Sizes, per_axis, same_padding
from foveal.layers.conv_block import PAD
from foveal.layers.convolution import convolution


def same_convolution(
    ndim: int,
    in_channels: int,
    out_channels: int,
    filter_size: Sizes = 3,
    *,
    dilation: Sizes = 1,
    bias: bool = True,
    name: str = "conv",
) -> "OrderedDict[str, nn.Module]":
    r"""Make a convolution that leaves as many outputs as inputs, by name; an even filter has its pad before it.

    There are d (k - 1) zeros in all, an even filter's extra one after, as in `ConvBlock`. Names are `name`, and
    `name`_pad where the sides differ. Shape: (N, C, \*S) -> (N, C', \*S).

    >>> list(same_convolution(1, 2, 4, 8)), list(same_convolution(1, 2, 4, 5))
    (['conv_pad', 'conv'], ['conv'])
    """
    filters, gaps = per_axis("filter_size", filter_size, ndim), per_axis("dilation", dilation, ndim)
    around = [same_padding(k, d) for k, d in zip(filters, gaps, strict=True)]
    return _padded(ndim, in_channels, out_channels, filters, gaps, around, bias, name)


def causal_convolution(
    ndim: int,
    in_channels: int,
    out_channels: int,
    filter_size: Sizes = 2,
    *,
    dilation: Sizes = 1,
    bias: bool = True,
    name: str = "conv",
) -> "OrderedDict[str, nn.Module]":
    r"""Make a convolution whose output at time t sees inputs at t, t - d, t - 2 d, ... alone, by name.

        y(t) = sum over i < k of W(k - 1 - i) x(t - d i) [+ b]

    Time is the first of the spatial axes: it has d (k - 1) zeros before and none after. Further axes, as of clips, look
    both ways as in `same_convolution`. Shape: (N, C, T, \*S) -> (N, C', T, \*S).

    Source: van den Oord et al. 2016, WaveNet, section 2.1; Bai, Kolter and Koltun 2018, section 3.

    >>> import torch
    >>> conv = nn.Sequential(causal_convolution(1, 2, 4, 3, dilation=5))
    >>> conv(torch.zeros(1, 2, 9)).shape, conv.conv_pad
    (torch.Size([1, 4, 9]), ZeroPad1d((10, 0)))
    """
    filters, gaps = per_axis("filter_size", filter_size, ndim), per_axis("dilation", dilation, ndim)
    around = [same_padding(k, d) for k, d in zip(filters, gaps, strict=True)]
    around[0] = gaps[0] * (filters[0] - 1), 0
    return _padded(ndim, in_channels, out_channels, filters, gaps, around, bias, name)


def _padded(
    ndim: int,
    in_channels: int,
    out_channels: int,
    filters: tuple[int, ...],
    gaps: tuple[int, ...],
    around: Sequence[tuple[int, int]],
    bias: bool,
    name: str,
) -> "OrderedDict[str, nn.Module]":
    even = all(before == after for before, after in around)
    padding = tuple(before for before, _ in around) if even else 0
    conv = convolution(
        ndim, in_channels, out_channels, filters, dilation=gaps, padding=padding, bias=bias
    )  # fmt: skip
    parts: OrderedDict[str, nn.Module] = OrderedDict()
    if not even:
        parts[f"{name}_pad"] = PAD[ndim](tuple(side for axis in reversed(around) for side in axis))
    parts[name] = conv
    return parts
