"""ConvNeXt: a residual network rebuilt, step by step, with what transformers for pictures had brought."""

from collections import OrderedDict
from collections.abc import Sequence
from functools import partial

import torch
from torch import nn

from foveal.layers import ChannelNorm, Pointwise, Residual, StochasticDepth, convolution, make_activation
from foveal.layers.conv_block import GLOBAL_MEAN
from foveal.models.landmarks.parts import drawn
from foveal.models.receptive import CONV
from foveal.models.stems import Stem, is_small

#: Start of every block's factors: at first each block is all but the identity.
_SCALE = 1e-6


def convnext(
    input_shape: Sequence[int],
    n_outputs: int,
    *,
    stem: Stem = "auto",
    depths: Sequence[int] = (3, 3, 9, 3),
    width: int = 96,
    stochastic_depth: float = 0.1,
) -> nn.Sequential:
    r"""Build patches -> four stages of blocks, halved between them -> mean over the map -> norm -> dense layer.

    A block is y = x + m s W2 gelu(W1 norm(D * x)): D 7x7 on each channel, norm over the channels of a place, W1 four
    times as wide, s a learnt factor for each channel, m stochastic depth. Between stages stand norm and a 2x2
    convolution of stride 2.

    Shape: (N, C, \*S) -> (N, n_outputs). Names in the state dict are torchvision's.

    Parameters
    ----------
    input_shape, n_outputs : (C, \*S), one to three axes, and the outputs.
    stem : "full" is a 4x4 convolution of stride 4, "small" a 3x3 of stride 1; "auto" is small where the shortest axis
        has at most 64 pixels.
    depths, width : blocks of each stage, and channels of the first, which each stage doubles.
    stochastic_depth : rate that block i of n is left out with is this times i / (n - 1): 0 for the first.

    Source: Liu et al. 2022, figure 4 and section 3.

    >>> import torch
    >>> net = convnext((3, 8, 8), 10, depths=(1, 1, 1, 1), width=8)
    >>> net(torch.zeros(2, 3, 8, 8)).shape, [name for name, _ in net.named_children()]
    (torch.Size([2, 10]), ['features', 'avgpool', 'classifier'])
    """
    ndim, small = len(input_shape) - 1, is_small(stem, input_shape)
    channels = width
    patches = convolution(
        ndim, int(input_shape[0]), channels, 3 if small else 4, stride=1 if small else 4, padding=1 if small else 0,
        bias=True,
    )  # fmt: skip
    features: list[nn.Module] = [nn.Sequential(patches, ChannelNorm(channels))]
    rates = iter([stochastic_depth * i / max(sum(depths) - 1, 1) for i in range(sum(depths))])
    for i, depth in enumerate(depths):
        if i:
            halving = convolution(ndim, channels, 2 * channels, 2, stride=2, padding=0, bias=True)
            features.append(nn.Sequential(ChannelNorm(channels), halving))
            channels *= 2
        features.append(nn.Sequential(*(_block(ndim, channels, next(rates)) for _ in range(depth))))
    net = nn.Sequential(
        OrderedDict(
            features=nn.Sequential(*features),
            avgpool=GLOBAL_MEAN[ndim](1),
            classifier=nn.Sequential(ChannelNorm(channels), nn.Flatten(), nn.Linear(channels, n_outputs)),
        )
    )
    _start(net)
    return net


def _block(ndim: int, channels: int, rate: float) -> Residual:
    # torchvision's names; its 1 and 6 are permutations, which nothing here needs.
    block: OrderedDict[str, nn.Module] = OrderedDict(
        {
            "0": convolution(ndim, channels, channels, 7, groups=channels, bias=True),
            "2": ChannelNorm(channels),
            "3": Pointwise(channels, 4 * channels),
            "4": make_activation("gelu"),
            "5": Pointwise(4 * channels, channels),
        }
    )
    body = {"block": nn.Sequential(block), "stochastic_depth": StochasticDepth(rate)}
    return Residual(body, layer_scale=torch.full((channels, *(1,) * ndim), _SCALE))


def _start(net: nn.Module, rng: torch.Generator | None = None) -> None:
    """Draw weights from N(0, 0.02^2), cut off at 2; biases are 0: Liu et al. 2022, table 5."""
    for module in net.modules():
        if isinstance(module, (*CONV, nn.Linear)):
            drawn(module.weight, partial(nn.init.trunc_normal_, std=0.02, generator=rng))
            if module.bias is not None:
                nn.init.zeros_(module.bias)
