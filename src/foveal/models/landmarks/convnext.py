"""ConvNeXt: a residual network rebuilt, step by step, with what transformers for pictures had brought."""

from collections import OrderedDict
from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import nn

from foveal.layers import ChannelNorm, Pointwise, Residual, StochasticDepth, convolution, make_activation
from foveal.models.landmarks.parts import GLOBAL_MEAN
from foveal.models.receptive import CONV
from foveal.models.stems import Stem, is_small


class Size(NamedTuple):
    """Blocks and channels of each stage, and the rate of stochastic depth that the source trains it with."""

    depths: tuple[int, ...]
    widths: tuple[int, ...]
    stochastic_depth: float


#: Liu et al. 2022, section 3 and table 5.
SIZES = {
    "tiny": Size((3, 3, 9, 3), (96, 192, 384, 768), 0.1),
    "small": Size((3, 3, 27, 3), (96, 192, 384, 768), 0.4),
    "base": Size((3, 3, 27, 3), (128, 256, 512, 1024), 0.5),
    "large": Size((3, 3, 27, 3), (192, 384, 768, 1536), 0.5),
}
#: Start of every block's factors: at first each block is all but the identity.
_SCALE = 1e-6


def convnext(input_shape: Sequence[int], n_outputs: int, *, stem: Stem = "auto", size: str = "tiny") -> nn.Sequential:
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
    size : "tiny", "small", "base" or "large".

    Source: Liu et al. 2022, figure 4 and section 3. Deviation, torchvision's: block i of n is left out at the given
    rate times i / (n - 1).

    >>> import torch
    >>> net = convnext((3, 8, 8), 10)
    >>> net(torch.zeros(2, 3, 8, 8)).shape, [name for name, _ in net.named_children()]
    (torch.Size([2, 10]), ['features', 'avgpool', 'classifier'])
    """
    ndim, chosen = len(input_shape) - 1, SIZES[size]
    small = is_small(stem, input_shape)
    channels, last = chosen.widths[0], chosen.widths[-1]
    patches = convolution(
        ndim, int(input_shape[0]), channels, 3 if small else 4, stride=1 if small else 4, padding=1 if small else 0,
        bias=True,
    )  # fmt: skip
    features: list[nn.Module] = [nn.Sequential(patches, ChannelNorm(channels))]
    done, total = 0, sum(chosen.depths)
    for depth, width in zip(chosen.depths, chosen.widths, strict=True):
        if done:
            halving = convolution(ndim, channels, width, 2, stride=2, padding=0, bias=True)
            features.append(nn.Sequential(ChannelNorm(channels), halving))
        rates = [chosen.stochastic_depth * (done + i) / (total - 1) for i in range(depth)]
        features.append(nn.Sequential(*(_block(ndim, width, rate) for rate in rates)))
        channels, done = width, done + depth
    net = nn.Sequential(
        OrderedDict(
            features=nn.Sequential(*features),
            avgpool=GLOBAL_MEAN[ndim](1),
            classifier=nn.Sequential(ChannelNorm(last), nn.Flatten(), nn.Linear(last, n_outputs)),
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
            nn.init.trunc_normal_(module.weight, std=0.02, generator=rng)
            if module.bias is not None:
                nn.init.zeros_(module.bias)
