"""Residual networks for pictures, as they are trained today and as the paper has them."""

from collections import OrderedDict
from collections.abc import Sequence
from typing import Literal

from torch import nn

from foveal.layers import BatchNorm, Residual, conv_norm_act, convolution, make_activation
from foveal.models.landmarks.parts import GLOBAL_MEAN, MAX_POOL, he_by_outputs
from foveal.models.stems import Stem, is_small

Block = Literal["basic", "bottleneck"]
#: How many times wider than its filters a block's output is.
EXPANSION: dict[Block, int] = {"basic": 1, "bottleneck": 4}


def resnet(
    input_shape: Sequence[int],
    n_outputs: int,
    *,
    stem: Stem = "auto",
    block: Block = "basic",
    depths: Sequence[int] = (2, 2, 2, 2),
    groups: int = 1,
    group_width: int = 64,
    stride_first: bool = False,
) -> nn.Sequential:
    r"""Build conv -> pool -> four stages of residual blocks -> mean over the map -> dense layer.

    Stage i has `depths[i]` blocks of 64 2^i filters, and halves the map but for the first. A basic block is two
    3x3 convolutions, a bottleneck 1x1, 3x3, 1x1 with 4 times the filters at the end; shortcuts are the identity, or a
    1x1 convolution with batch norm where the shape changes (the paper's option B).

    Shape: (N, C, \*S) -> (N, n_outputs). Names in the state dict are torchvision's.

    Parameters
    ----------
    input_shape, n_outputs : (C, \*S), one to three axes, and the outputs.
    stem : "full" is 7x7 of stride 2 and a 3x3 max pooling of stride 2, "small" one 3x3 of stride 1; "auto" is small
        where the shortest axis has at most 64 pixels.
    block, depths : the kind of block, and how many of them a stage has.
    groups, group_width : of the 3x3 in a bottleneck: ResNeXt has 32 groups of 4 x 2^i, a wide network one of 128 x 2^i.
    stride_first : where a bottleneck halves: in its first 1x1 (the paper), or in its 3x3 (torchvision's, "v1.5").

    Source: He et al. 2016, table 1; Xie et al. 2017; Zagoruyko and Komodakis 2016.

    >>> import torch
    >>> net = resnet((3, 32, 32), 10)
    >>> net(torch.zeros(2, 3, 32, 32)).shape, [name for name, _ in net.named_children()][:5]
    (torch.Size([2, 10]), ['conv1', 'bn1', 'relu', 'layer1', 'layer2'])
    """
    ndim, channels = len(input_shape) - 1, int(input_shape[0])
    small = is_small(stem, input_shape)
    parts: OrderedDict[str, nn.Module] = OrderedDict(
        conv1=convolution(ndim, channels, 64, 3 if small else 7, stride=1 if small else 2),
        bn1=BatchNorm(64),
        relu=make_activation("relu"),
    )
    if not small:
        parts["maxpool"] = MAX_POOL[ndim](3, stride=2, padding=1)
    channels = 64
    for i, depth in enumerate(depths):
        blocks = []
        for j in range(depth):
            stride = 2 if i and not j else 1
            filters = 64 * 2**i
            blocks.append(_block(ndim, channels, filters, block, stride, groups, group_width, stride_first))
            channels = filters * EXPANSION[block]
        parts[f"layer{i + 1}"] = nn.Sequential(*blocks)
    parts |= {"avgpool": GLOBAL_MEAN[ndim](1), "flatten": nn.Flatten(), "fc": nn.Linear(channels, n_outputs)}
    net = nn.Sequential(parts)
    he_by_outputs(net)
    return net


def _block(
    ndim: int,
    channels: int,
    filters: int,
    block: Block,
    stride: int,
    groups: int,
    group_width: int,
    stride_first: bool,
) -> Residual:
    out = filters * EXPANSION[block]
    if block == "basic":
        layers = [(filters, 3, stride, 1), (filters, 3, 1, 1)]
    else:
        width = filters * group_width // 64 * groups
        first, second = (stride, 1) if stride_first else (1, stride)
        layers = [(width, 1, first, 1), (width, 3, second, groups), (out, 1, 1, 1)]
    body: OrderedDict[str, nn.Module] = OrderedDict()
    before = channels
    for i, (width, size, step, n_groups) in enumerate(layers, start=1):
        body[f"conv{i}"] = convolution(ndim, before, width, size, stride=step, groups=n_groups)
        body[f"bn{i}"] = BatchNorm(width)
        if i < len(layers):
            body[f"relu{i}"] = make_activation("relu")
        before = width
    changes = stride != 1 or channels != out
    shortcut = conv_norm_act(ndim, channels, out, 1, stride=stride, activation=None) if changes else None
    return Residual(body, shortcut, activation="relu")
