"""U-Net: down to small maps that see much, and up again to an answer for each place."""

from collections import OrderedDict
from collections.abc import Sequence
from typing import Any

from torch import nn

from foveal.layers import BatchNorm, UShape, convolution, make_activation
from foveal.models.landmarks.parts import MAX_POOL, he_by_inputs
from foveal.models.stems import Stem

_UP: dict[int, Any] = {1: nn.ConvTranspose1d, 2: nn.ConvTranspose2d, 3: nn.ConvTranspose3d}


def unet(
    input_shape: Sequence[int],
    n_outputs: int,
    *,
    stem: Stem = "auto",
    depth: int = 4,
    width: int = 64,
    paper: bool = False,
) -> UShape:
    r"""Build `depth` levels down, a bottom, as many levels up, and a 1x1 convolution: an answer for each place.

    Level i has two 3-wide convolutions of width 2^i channels, each with batch norm and ReLU, and a maximum of 2 places
    that halves the map. On the way up a 2-wide up-convolution of stride 2 doubles the map and halves the channels;
    two convolutions read it beside the map of the same level on the way down.

    Shape: (N, C, \*S) -> (N, n_outputs, \*S), whatever S is: where an axis has an odd number of places its last one
    is halved alone, which is padding by replication, and what the way up has beyond it is cut off. With `paper`
    (N, C, \*S) -> (N, n_outputs, \*S'), S' = S - 184 for depth 4 (572 -> 388): the input's border is lost.

    Parameters
    ----------
    input_shape, n_outputs : (C, \*S), one to three axes, and the outputs of each place.
    stem : of no effect: it has one form.
    depth, width : how often the map is halved, and the channels of the first level.
    paper : as published: convolutions without zeros around the map and with biases, no batch norm, the maps of the way
        down cut to those of the way up. For 1 channel and 2 outputs 31,030,658 parameters. Halvings lose a last place:
        sizes that leave none over, 188 + 16 n for depth 4, keep both ways in register, as the paper asks for.

    Source: Ronneberger et al. 2015, figure 1 and section 3 (start values N(0, 2 / inputs)). On three axes channels are
    those of Cicek et al. 2016, figure 2: the first of a level's two convolutions has half of them, so that they are
    doubled before the map is halved, and up-convolutions keep all channels and have no biases, as the paper's count of
    19,069,955 parameters has them. Deviations: batch norm and zeros around the
    map, unless `paper`; a depth of 4 on three axes too, where theirs is 3; the paper's dropout at the end of the way
    down has no rate there, and is left out.

    >>> import torch
    >>> net = unet((1, 33, 20), 3, depth=2, width=4)
    >>> net(torch.zeros(2, 1, 33, 20)).shape, list(net.state_dict())[0]
    (torch.Size([2, 3, 33, 20]), 'down1.conv1.weight')
    """
    ndim, channels = len(input_shape) - 1, int(input_shape[0])
    widths = [width * 2**i for i in range(depth + 1)]
    parts: OrderedDict[str, nn.Module] = OrderedDict()
    for i, wide in enumerate(widths[:-1], start=1):
        parts[f"down{i}"] = _two(ndim, channels, _first(ndim, wide), wide, paper)
        parts[f"pool{i}"] = MAX_POOL[ndim](2, stride=2, ceil_mode=not paper)
        channels = wide
    parts["bottom"] = _two(ndim, channels, _first(ndim, widths[-1]), widths[-1], paper)
    channels = widths[-1]
    for i, wide in reversed(list(enumerate(widths[:-1], start=1))):
        risen = channels if ndim == 3 else wide
        parts[f"up{i}"] = _UP[ndim](channels, risen, 2, stride=2, bias=ndim != 3)
        parts[f"merge{i}"] = _two(ndim, wide + risen, wide, wide, paper)
        channels = wide
    parts["head"] = convolution(ndim, channels, n_outputs, 1, bias=True)
    names = [tuple(f"{part}{i}" for part in ("down", "pool", "up", "merge")) for i in range(1, depth + 1)]
    net = UShape(parts, names, "bottom", "head")  # type: ignore[arg-type]
    he_by_inputs(net)
    return net


def _first(ndim: int, width: int) -> int:
    """Give the channels of a level's first convolution on the way down."""
    return max(1, width // 2) if ndim == 3 else width


def _two(ndim: int, channels: int, first: int, second: int, paper: bool) -> nn.Sequential:
    row: OrderedDict[str, nn.Module] = OrderedDict()
    for i, width in enumerate((first, second), start=1):
        row[f"conv{i}"] = convolution(ndim, channels, width, 3, padding=0 if paper else None, bias=paper)
        if not paper:
            row[f"bn{i}"] = BatchNorm(width)
        row[f"relu{i}"] = make_activation("relu")
        channels = width
    return nn.Sequential(row)
