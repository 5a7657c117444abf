"""Xception: a residual network of depthwise separable convolutions."""

from collections import OrderedDict
from collections.abc import Sequence
from itertools import pairwise

from torch import nn

from foveal.layers import BatchNorm, Residual, convolution, initialize, make_activation, separable_convolution
from foveal.layers.conv_block import GLOBAL_MEAN
from foveal.models.landmarks.parts import MAX_POOL
from foveal.models.stems import Stem, is_small

_NAMES = ("conv1", "pointwise")


def xception(
    input_shape: Sequence[int], n_outputs: int, *, stem: Stem = "auto", middle: int = 8, width: int = 728
) -> nn.Sequential:
    r"""Build two convolutions -> blocks of separable convolutions beside shortcuts -> two more -> mean -> dense layer.

    Blocks 1 to 3 (128, 256, `width` channels) and the last one halve the map with a max pooling, and their shortcut is
    a 1x1 convolution with batch norm; `middle` blocks of three separable convolutions in between have the identity.

    Shape: (N, C, \*S) -> (N, n_outputs). Names in the state dict are those of timm's legacy_xception.

    Parameters
    ----------
    input_shape, n_outputs : (C, \*S), one to three axes, and the outputs.
    stem : "full" is a 3x3 of stride 2 and one of stride 1, both without padding, "small" both of stride 1 with
        padding; "auto" is small where the shortest axis has at most 64 pixels.
    middle, width : blocks of the middle flow, and their channels.

    Source: Chollet 2017, figure 5. Weights begin by Glorot's rule, which Keras, the author's framework, has; the paper
    does not say. Deviations, as timm's: batch norm's eps is 1e-5 and its momentum 0.9, where Keras had 0.001 and 0.99;
    poolings and strided convolutions have as many zeros on both sides.

    >>> import torch
    >>> net = xception((3, 32, 32), 10, middle=1, width=16)
    >>> net(torch.zeros(2, 3, 32, 32)).shape, list(net.block2.state_dict())[-6:-4]
    (torch.Size([2, 10]), ['skip.weight', 'skipbn.weight'])
    """
    ndim, channels = len(input_shape) - 1, int(input_shape[0])
    stride, around = (1, 1) if is_small(stem, input_shape) else (2, 0)
    parts: OrderedDict[str, nn.Module] = OrderedDict(
        conv1=convolution(ndim, channels, 32, 3, stride=stride, padding=around),
        bn1=BatchNorm(32),
        act1=make_activation("relu"),
        conv2=convolution(ndim, 32, 64, 3, padding=around),
        bn2=BatchNorm(64),
        act2=make_activation("relu"),
    )
    rows = [(64, 128, 128), (128, 256, 256), (256, width, width), *[(width,) * 4] * middle, (width, width, 1024)]
    for i, row in enumerate(rows, start=1):
        parts[f"block{i}"] = _block(ndim, row, begins=i > 1, halves=len(row) == 3)
    for i, (before, after) in enumerate(((1024, 1536), (1536, 2048)), start=3):
        parts |= {
            f"conv{i}": separable_convolution(ndim, before, after, names=_NAMES),
            f"bn{i}": BatchNorm(after),
            f"act{i}": make_activation("relu"),
        }
    parts |= {"avgpool": GLOBAL_MEAN[ndim](1), "flatten": nn.Flatten(), "fc": nn.Linear(2048, n_outputs)}
    net = nn.Sequential(parts)
    initialize(net, "xavier_uniform")
    return net


def _block(ndim: int, row: Sequence[int], *, begins: bool, halves: bool) -> Residual:
    """Make a block through the widths of `row`; it begins with an activation, except after one."""
    body: list[nn.Module] = []
    for before, after in pairwise(row):
        body += [make_activation("relu"), separable_convolution(ndim, before, after, names=_NAMES), BatchNorm(after)]
    shortcut = None
    if halves:
        body.append(MAX_POOL[ndim](3, stride=2, padding=1))
        shortcut = {"skip": convolution(ndim, row[0], row[-1], 1, stride=2), "skipbn": BatchNorm(row[-1])}
    return Residual({"rep": nn.Sequential(*body[0 if begins else 1 :])}, shortcut)
