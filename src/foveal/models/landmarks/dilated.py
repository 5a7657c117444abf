"""Dilated residual networks: maps stay large, and filters look further instead."""

from collections import OrderedDict
from collections.abc import Sequence
from typing import Literal

from torch import nn

from foveal.layers import conv_norm_act, make_activation
from foveal.layers.conv_block import GLOBAL_MEAN
from foveal.models.landmarks.parts import he_by_outputs
from foveal.models.landmarks.resnet import residual_block, row_of_convolutions
from foveal.models.stems import Stem, is_small

_WIDTHS = (16, 32, 64, 128, 256, 512, 512, 512)
_DILATIONS = (1, 1, 1, 1, 2, 4, 2, 1)


def dilated_resnet(
    input_shape: Sequence[int],
    n_outputs: int,
    *,
    stem: Stem = "auto",
    form: Literal["C", "D"] = "C",
    depths: Sequence[int] = (1, 1, 2, 2, 2, 2, 1, 1),
) -> nn.Sequential:
    r"""Build a 7x7 convolution -> eight levels -> mean over the map -> dense layer; maps end at an eighth of the input.

    Levels are 16, 32, 64, 128, 256, 512, 512, 512 wide. Levels 2 to 4 halve the map; 5 to 8 keep it, their filters'
    taps 2, 4, 2 and 1 apart: the last two take away the grid that dilation leaves. There is no max pooling. Levels 3 to
    6 are basic residual blocks. The first two and the last two are, in form C, basic blocks, in the last two without
    shortcuts; in form D (simpler) one convolution, norm and activation in place of a block. Form A is `resnet` with
    dilated=2.

    Shape: (N, C, \*S) -> (N, n_outputs). Names in the state dict are those of the authors' code (fc a dense layer).

    Parameters
    ----------
    input_shape, n_outputs : (C, \*S), one to three axes, and the outputs.
    stem : "full" is as above; with "small" the second and third level keep the map's size; "auto" is small where the
        shortest axis has at most 64 pixels.
    form, depths : "C" or "D", and the blocks of each level: DRN-C-26 and DRN-D-22 have the default.

    Source: Yu et al. 2017, section 4 and figure 5. The paper does not give the dilations of a level's first block;
    the authors' code has those of the level.

    >>> net = dilated_resnet((3, 32, 32), 10, form="D")
    >>> sum(p.numel() for p in net[:-1].parameters())
    15880752
    """
    ndim, channels = len(input_shape) - 1, int(input_shape[0])
    halving = (4,) if is_small(stem, input_shape) else (2, 3, 4)
    first = conv_norm_act(ndim, channels, 16, 7, names=("conv1", "bn1", "relu") if form == "C" else ("0", "1", "2"))
    parts: OrderedDict[str, nn.Module] = OrderedDict(first.named_children()) if form == "C" else OrderedDict()
    if form == "D":
        parts["layer0"] = first
    channels = 16
    for i, (width, gap, depth) in enumerate(zip(_WIDTHS, _DILATIONS, depths, strict=True), start=1):
        make = _convolutions if form == "D" and not 3 <= i <= 6 else _unsummed if i > 6 else _residual
        row: list[nn.Module] = []
        for j in range(depth):
            row += make(ndim, channels, width, 2 if i in halving and not j else 1, gap)
            channels = width
        parts[f"layer{i}"] = nn.Sequential(*row)
    parts |= {"avgpool": GLOBAL_MEAN[ndim](1), "flatten": nn.Flatten(), "fc": nn.Linear(channels, n_outputs)}
    net = nn.Sequential(parts)
    he_by_outputs(net)
    return net


def _residual(ndim: int, channels: int, width: int, stride: int, gap: int) -> list[nn.Module]:
    return [residual_block(ndim, channels, width, stride=stride, dilations=(gap, gap))]


def _unsummed(ndim: int, channels: int, width: int, stride: int, gap: int) -> list[nn.Module]:
    body = row_of_convolutions(ndim, channels, [(width, 3, stride, gap, 1), (width, 3, 1, gap, 1)])
    return [nn.Sequential(body | {"relu2": make_activation("relu")})]


def _convolutions(ndim: int, channels: int, width: int, stride: int, gap: int) -> list[nn.Module]:
    return list(conv_norm_act(ndim, channels, width, 3, stride=stride, dilation=gap))
