"""A convolution in two steps: over the places of each channel, then over the channels of each place."""

from collections import OrderedDict

from torch import nn

from foveal.core.shapes import Sizes
from foveal.layers.convolution import convolution


def separable_convolution(
    ndim: int,
    in_channels: int,
    out_channels: int,
    filter_size: Sizes = 3,
    *,
    stride: Sizes = 1,
    dilation: Sizes = 1,
    padding: Sizes | None = None,
    bias: bool = False,
    names: tuple[str, str] = ("depthwise", "pointwise"),
) -> nn.Sequential:
    r"""Make a filter for each channel and a 1x1 convolution over all of them: y_o = sum over c of W[o, c] (K_c * x_c).

    It has C k + C C' weights where a full convolution has C C' k, for k taps. Nothing stands between the two steps.
    `names` are those of the two in the state dict. Shape: as `convolution`'s.

    Source: Chollet 2017, section 2 and figure 4.

    >>> row = separable_convolution(2, 3, 8)
    >>> [tuple(weight.shape) for weight in row.parameters()]
    [(3, 1, 3, 3), (8, 3, 1, 1)]
    """
    depthwise = convolution(
        ndim, in_channels, in_channels, filter_size, stride=stride, dilation=dilation, padding=padding,
        groups=in_channels, bias=bias,
    )  # fmt: skip
    pointwise = convolution(ndim, in_channels, out_channels, 1, bias=bias)
    return nn.Sequential(OrderedDict(zip(names, (depthwise, pointwise), strict=True)))
