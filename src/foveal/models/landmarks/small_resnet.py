"""Residual networks for pictures of 32 x 32, and the same stack without shortcuts."""

from collections import OrderedDict
from collections.abc import Sequence

from torch import nn

from foveal.layers import BatchNorm, Residual, ZeroChannels, convolution, make_activation
from foveal.layers.conv_block import GLOBAL_MEAN
from foveal.models.landmarks.parts import AVG_POOL, blocks_of_a_stage, he_by_outputs
from foveal.models.landmarks.resnet import resnet, stages
from foveal.models.stems import Stem


def small_resnet(
    input_shape: Sequence[int],
    n_outputs: int,
    *,
    stem: Stem = "auto",
    depth: int = 20,
    shortcuts: bool = True,
    norm: bool = True,
) -> nn.Sequential:
    r"""Build a 3x3 convolution -> three stages of basic blocks, 16, 32, 64 wide -> mean over the map -> dense layer.

    A stage has n = (depth - 2) / 6 blocks; the second and third halve the map. Shortcuts have no parameters: where the
    shape changes, they take every other place and lay channels of zeros behind (the paper's option A).

    Shape: (N, C, \*S) -> (N, n_outputs). Names in the state dict are those of `resnet`.

    Parameters
    ----------
    input_shape, n_outputs : (C, \*S), one to three axes, and the outputs.
    stem : of no effect: the only stem is the small one.
    depth : 6 n + 2: 20, 32, 44, 56, 110 in the paper.
    shortcuts : False gives the paper's plain networks: the same layers, and no sums.
    norm : False leaves batch norm out, and gives the convolutions biases: networks as they were before 2015.

    Source: He et al. 2016, section 4.2 and table 6. Deviation: the paper does not say on which side the zeros lie.

    >>> net = small_resnet((3, 32, 32), 10)
    >>> sum(p.numel() for p in net.parameters())
    269722
    """
    ndim, channels = len(input_shape) - 1, int(input_shape[0])

    def make(before: int, width: int, *, stride: int, dilations: tuple[int, int]) -> nn.Module:
        return _block(ndim, before, width, stride, shortcuts, norm)

    parts = _conv(ndim, channels, 16, 1, norm, "1") | {"relu": make_activation("relu")}
    parts |= stages(make, 16, (16, 32, 64), [blocks_of_a_stage(depth, per_block=6, others=2)] * 3)
    parts |= {"avgpool": GLOBAL_MEAN[ndim](1), "flatten": nn.Flatten(), "fc": nn.Linear(64, n_outputs)}
    net = nn.Sequential(parts)
    he_by_outputs(net)
    return net


def resnext29(
    input_shape: Sequence[int], n_outputs: int, *, stem: Stem = "auto", groups: int = 8, group_width: int = 64
) -> nn.Sequential:
    r"""Build a 3x3 convolution -> three stages of three bottlenecks, 256, 512, 1024 wide -> mean -> dense layer.

    It is `resnet` with the small stem, which is the only one, so that `stem` is of no effect.

    Shape: (N, C, \*S) -> (N, n_outputs). Source: Xie et al. 2017, section 5.3 (there 8 or 16 groups of 64). Deviation:
    a bottleneck halves the map in its 3x3, as the authors' code, where the ResNet paper does in the first 1x1.

    >>> [name for name, _ in resnext29((3, 32, 32), 10, groups=2, group_width=8).named_children()][3:6]
    ['layer1', 'layer2', 'layer3']
    """
    return resnet(
        input_shape, n_outputs, stem="small", block="bottleneck", depths=(3, 3, 3), groups=groups,
        group_width=group_width,
    )  # fmt: skip


def _block(ndim: int, channels: int, width: int, stride: int, shortcuts: bool, norm: bool) -> nn.Module:
    body = _conv(ndim, channels, width, stride, norm, "1") | {"relu1": make_activation("relu")}
    body |= _conv(ndim, width, width, 1, norm, "2")
    if not shortcuts:
        return nn.Sequential(body | {"relu2": make_activation("relu")})
    shortcut = None
    if stride != 1 or channels != width:
        # A window of one place: the pooling takes every other one.
        shortcut = nn.Sequential(AVG_POOL[ndim](1, stride=stride), ZeroChannels(width - channels))
    return Residual(body, shortcut, activation="relu")


def _conv(ndim: int, channels: int, width: int, stride: int, norm: bool, i: str) -> OrderedDict[str, nn.Module]:
    conv = convolution(ndim, channels, width, 3, stride=stride, bias=not norm)
    row: OrderedDict[str, nn.Module] = OrderedDict({f"conv{i}": conv})
    if norm:
        row[f"bn{i}"] = BatchNorm(width)
    return row
