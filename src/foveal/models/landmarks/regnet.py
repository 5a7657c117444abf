"""Residual networks whose widths follow a line."""

import math
from collections import OrderedDict
from collections.abc import Sequence
from itertools import groupby

from torch import nn

from foveal.layers import Residual, SqueezeExcite, conv_norm_act
from foveal.layers.conv_block import GLOBAL_MEAN
from foveal.models.landmarks.parts import dense_normal, he_by_outputs
from foveal.models.stems import Stem, is_small


def regnet(
    input_shape: Sequence[int],
    n_outputs: int,
    *,
    stem: Stem = "auto",
    depth: int = 16,
    start: int = 48,
    slope: float = 27.89,
    ratio: float = 2.09,
    group_width: int = 8,
    squeeze: float | None = 0.25,
) -> nn.Sequential:
    r"""Build conv -> stages of grouped bottlenecks, as wide as `regnet_widths` says -> mean -> dense layer.

    A block is 1x1, 3x3 in groups, squeeze and excitation (RegNetY), 1x1, all of one width, and the shortcut of a
    residual network; the first of each stage halves the map in its 3x3.

    Shape: (N, C, \*S) -> (N, n_outputs). Names in the state dict are torchvision's.

    Parameters
    ----------
    input_shape, n_outputs : (C, \*S), one to three axes, and the outputs.
    stem : "full" is 3x3 of stride 2, "small" one of stride 1 whose first stage keeps the map's size too; "auto" is
        small where the shortest axis has at most 64 pixels.
    depth, start, slope, ratio : the paper's d, w0, wa and wm: by default those of RegNetY-400MF.
    group_width : channels in a group of the 3x3; it must divide every width.
    squeeze : width of the squeeze, as a part of the block's input channels; None has none (RegNetX).

    Source: Radosavovic et al. 2020, section 3.3 and table 8.

    >>> import torch
    >>> net = regnet((3, 32, 32), 10, depth=3, start=8, slope=8, ratio=2)
    >>> net(torch.zeros(2, 3, 32, 32)).shape, [name for name, _ in net.trunk_output.block1.named_children()]
    (torch.Size([2, 10]), ['block1-0'])
    """
    ndim, channels = len(input_shape) - 1, int(input_shape[0])
    small = is_small(stem, input_shape)
    first, channels = conv_norm_act(ndim, channels, 32, 3, stride=1 if small else 2), 32
    trunk: OrderedDict[str, nn.Module] = OrderedDict()
    for i, (width, same) in enumerate(groupby(regnet_widths(depth, start, slope, ratio)), start=1):
        stage: OrderedDict[str, nn.Module] = OrderedDict()
        for j, _ in enumerate(same):
            stride = 1 if j or (small and i == 1) else 2
            stage[f"block{i}-{j}"] = _block(ndim, channels, width, stride, width // group_width, squeeze)
            channels = width
        trunk[f"block{i}"] = nn.Sequential(stage)
    parts: OrderedDict[str, nn.Module] = OrderedDict(stem=first, trunk_output=nn.Sequential(trunk))
    parts |= {"avgpool": GLOBAL_MEAN[ndim](1), "flatten": nn.Flatten(), "fc": nn.Linear(channels, n_outputs)}
    net = nn.Sequential(parts)
    he_by_outputs(net)
    dense_normal(net, 0.01)
    return net


def regnet_widths(depth: int, start: int, slope: float, ratio: float) -> list[int]:
    """Give the width of each block j: start x ratio^s, s the whole number for which that is nearest start + slope j.

    Widths are multiples of 8. Source: Radosavovic et al. 2020, eq. 2 to 4.

    >>> regnet_widths(16, 48, 27.89, 2.09)
    [48, 104, 104, 104, 208, 208, 208, 208, 208, 208, 440, 440, 440, 440, 440, 440]
    """
    steps = [round(math.log((start + slope * j) / start) / math.log(ratio)) for j in range(depth)]
    return [8 * round(start * ratio**step / 8) for step in steps]


def _block(ndim: int, channels: int, width: int, stride: int, groups: int, squeeze: float | None) -> Residual:
    row: OrderedDict[str, nn.Module] = OrderedDict(
        a=conv_norm_act(ndim, channels, width, 1),
        b=conv_norm_act(ndim, width, width, 3, stride=stride, groups=groups),
    )
    if squeeze is not None:
        row["se"] = SqueezeExcite(ndim, width, round(squeeze * channels))
    row["c"] = conv_norm_act(ndim, width, width, 1, activation=None)
    changes = stride != 1 or channels != width
    shortcut = conv_norm_act(ndim, channels, width, 1, stride=stride, activation=None) if changes else None
    return Residual({"f": nn.Sequential(row)}, shortcut, activation="relu", shortcut_name="proj")
