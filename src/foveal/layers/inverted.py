"""Inverted residuals: widen by 1x1, filter each channel by itself, narrow by 1x1, and add the narrow maps."""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import Any

from torch import nn

from foveal.core.shapes import Sizes
from foveal.layers.convolution import conv_norm_act
from foveal.layers.residual import Residual


def inverted_steps(
    ndim: int,
    channels: int,
    expanded: int,
    out_channels: int,
    filter_size: Sizes = 3,
    *,
    stride: Sizes = 1,
    dilation: Sizes = 1,
    padding: Sizes | None = None,
    squeeze: nn.Module | None = None,
    activation: Any = "relu6",
    momentum: float = 0.9,
    eps: float = 1e-5,
) -> list[nn.Module]:
    r"""Make the steps of an inverted residual's body: 1x1 to `expanded` channels, depthwise, `squeeze`, 1x1 linear.

        y = W2 s(act(D * act(W1 x))), each convolution with batch norm after it and no activation after W2

    A step is a row of convolution, norm and activation. W1 is left out where it would not widen, s where it is None.
    Families name the steps, or what lies in them, each in its own way.

    Shape: (N, C, \*S) -> (N, C', \*S'), S' = ceil(S / stride). Source: Sandler et al. 2018, table 1; squeeze: Howard et
    al. 2019, figure 4. Deviation: a block as wide as its input has no W1, as the authors' networks have it.

    >>> [len(step) for step in inverted_steps(2, 8, 48, 16, stride=2)]
    [3, 3, 2]
    """
    usual: dict[str, Any] = {"momentum": momentum, "eps": eps}
    steps: list[nn.Module] = []
    if expanded != channels:
        steps.append(conv_norm_act(ndim, channels, expanded, 1, activation=activation, **usual))
    steps.append(
        conv_norm_act(
            ndim, expanded, expanded, filter_size, stride=stride, dilation=dilation, padding=padding, groups=expanded,
            activation=activation, **usual,
        )
    )  # fmt: skip
    if squeeze is not None:
        steps.append(squeeze)
    steps.append(conv_norm_act(ndim, expanded, out_channels, 1, activation=None, **usual))
    return steps


def unpacked(steps: Sequence[nn.Module]) -> list[nn.Module]:
    """List the modules of steps in the order they run: rows opened, other steps as they are.

    >>> [type(m).__name__ for m in unpacked(inverted_steps(1, 8, 8, 4))]
    ['Conv1d', 'BatchNorm', 'ReLU6', 'Conv1d', 'BatchNorm']
    """
    return [leaf for step in steps for leaf in (step if isinstance(step, nn.Sequential) else (step,))]


def with_shortcut(body: Mapping[str, nn.Module], alike: bool) -> nn.Module:
    """Add a body's input to what it gives where both are `alike` in shape; else it stands alone, by the same names.

    >>> type(with_shortcut({"conv": nn.Conv1d(2, 4, 1)}, alike=False)).__name__
    'Sequential'
    """
    return Residual(body) if alike else nn.Sequential(OrderedDict(body))
