"""Networks for clips, (C, T, H, W): residual ones of eighteen layers, and S3D."""

from collections import OrderedDict
from collections.abc import Sequence
from typing import Literal

from torch import nn

from foveal.core.shapes import Sizes
from foveal.layers import BatchNorm, Branches, Dropout, Residual, conv_norm_act, convolution, make_activation
from foveal.layers.conv_block import GLOBAL_MEAN
from foveal.models.landmarks.parts import AVG_POOL, MAX_POOL, dense_normal, he_by_outputs
from foveal.models.stems import Stem, is_small

Parts = OrderedDict[str, nn.Module]
#: What a stage's convolutions are: over all axes, over pictures alone, or over pictures and then over time.
Kind = Literal["3d", "2d", "2plus1d"]


def clip_resnet(
    input_shape: Sequence[int],
    n_outputs: int,
    *,
    stem: Stem = "auto",
    kinds: Sequence[Kind] = ("3d", "3d", "3d", "3d"),
    depths: Sequence[int] = (2, 2, 2, 2),
) -> nn.Sequential:
    r"""Build a stem and four stages of basic residual blocks over time and pictures -> mean -> dense layer.

    Stage i has `depths[i]` blocks of two convolutions with 64 2^i filters, and halves pictures but for the first;
    "3d" and "2plus1d" halve time too. A "2plus1d" convolution is 1x3x3, batch norm, ReLU and 3x1x1, with
    M = floor(27 C C' / (9 C + 3 C')) channels between, so that it has as many weights as a 3x3x3.

    Shape: (N, C, T, H, W) -> (N, n_outputs). Names in the state dict are torchvision's.

    Parameters
    ----------
    input_shape, n_outputs : (C, T, H, W) and the outputs.
    stem : "full" is 3x7x7, "small" 3x3x3 without a stride; "auto" is small where H or W has at most 64 pixels.
    kinds : of each stage's convolutions; the stem is of the first stage's.
    depths : blocks of each stage.

    Source: Tran et al. 2018, A closer look at spatiotemporal convolutions: R3D, MC3 (`kinds` "3d" and three "2d") and
    R(2+1)D, eq. 1. Deviations, as torchvision has them: both convolutions of a "2plus1d" block have the M of the
    block's own C and C'; its stem has 45 channels between.

    >>> import torch
    >>> net = clip_resnet((1, 4, 8, 8), 3, depths=(1, 1, 1, 1))
    >>> net(torch.zeros(2, 1, 4, 8, 8)).shape, list(net.state_dict())[:2]
    (torch.Size([2, 3]), ['stem.0.weight', 'stem.1.weight'])
    """
    small = _is_small(stem, input_shape)
    parts: Parts = OrderedDict(stem=_stem(int(input_shape[0]), kinds[0], small))
    channels = 64
    for i, (kind, depth) in enumerate(zip(kinds, depths, strict=True)):
        blocks = []
        for j in range(depth):
            blocks.append(_block(channels, 64 * 2**i, kind, 2 if i and not j else 1))
            channels = 64 * 2**i
        parts[f"layer{i + 1}"] = nn.Sequential(*blocks)
    parts |= {"avgpool": GLOBAL_MEAN[3](1), "flatten": nn.Flatten(), "fc": nn.Linear(channels, n_outputs)}
    net = nn.Sequential(parts)
    he_by_outputs(net)
    dense_normal(net, 0.01)
    return net


def _is_small(stem: Stem, input_shape: Sequence[int]) -> bool:
    """Judge by the pictures: clips of few frames are no small inputs."""
    return is_small(stem, (input_shape[0], *input_shape[2:]))


def _stem(channels: int, kind: Kind, small: bool) -> nn.Sequential:
    size, stride = (3, 1) if small else (7, 2)
    if kind == "2plus1d":
        parts = [
            *conv_norm_act(3, channels, 45, (1, size, size), stride=(1, stride, stride)),
            *conv_norm_act(3, 45, 64, (3, 1, 1)),
        ]
        return nn.Sequential(*parts)
    return conv_norm_act(3, channels, 64, (3, size, size), stride=(1, stride, stride))


def _block(channels: int, filters: int, kind: Kind, stride: int) -> Residual:
    between = 27 * channels * filters // (9 * channels + 3 * filters)
    steps = (1 if kind == "2d" else stride, stride, stride)
    first = _conv(kind, channels, filters, between, steps)
    second = _conv(kind, filters, filters, between, (1, 1, 1))
    body: Parts = OrderedDict(
        conv1=nn.Sequential(first, BatchNorm(filters), make_activation("relu")),
        conv2=nn.Sequential(second, BatchNorm(filters)),
    )
    changes = stride != 1 or channels != filters
    shortcut = conv_norm_act(3, channels, filters, 1, stride=steps, activation=None) if changes else None
    return Residual(body, shortcut, activation="relu")


def _conv(kind: Kind, channels: int, filters: int, between: int, steps: tuple[int, int, int]) -> nn.Module:
    if kind != "2plus1d":
        return convolution(3, channels, filters, (1, 3, 3) if kind == "2d" else 3, stride=steps)
    of_pictures = conv_norm_act(3, channels, between, (1, 3, 3), stride=(1, *steps[1:]))
    return nn.Sequential(*of_pictures, convolution(3, between, filters, (3, 1, 1), stride=(steps[0], 1, 1)))


#: Channels of S3D's blocks: the 1x1x1, the two separable rows (before, after), the pooled row. A number is a pooling.
_S3D: tuple[tuple[int, ...], ...] = (
    (64, 96, 128, 16, 32, 32), (128, 128, 192, 32, 96, 64), (3,),
    (192, 96, 208, 16, 48, 64), (160, 112, 224, 24, 64, 64), (128, 128, 256, 24, 64, 64), (112, 144, 288, 32, 64, 64),
    (256, 160, 320, 32, 128, 128), (2,),
    (256, 160, 320, 32, 128, 128), (384, 192, 384, 48, 128, 128),
)  # fmt: skip


def s3d(input_shape: Sequence[int], n_outputs: int, *, stem: Stem = "auto", dropout_rate: float = 0.2) -> nn.Sequential:
    r"""Build Inception over time and pictures, each 3-wide filter a 1x3x3 and a 3x1x1 -> mean -> a 1x1x1 convolution.

    Shape: (N, C, T, H, W) -> (N, n_outputs). Names in the state dict are torchvision's.

    Parameters
    ----------
    input_shape, n_outputs : (C, T, H, W) and the outputs.
    stem : "full" quarters pictures and halves time before the first block, and has a 2x7x7 mean at the end, which needs
        13 frames of 209 pixels; "small" keeps them, and the mean is over all there is; "auto" is small where H or W
        has at most 64 pixels.
    dropout_rate : before the last layer.

    Source: Xie et al. 2018, Rethinking spatiotemporal feature learning, figure 6: S3D without gates. Weights begin as
    PyTorch's. Deviation: 8.32 million parameters, as torchvision, not the 8.77 of the paper's table.

    >>> net = s3d((3, 16, 224, 224), 400, stem="small")
    >>> sum(p.numel() for p in net.parameters()) < 8.4e6, net.classifier[1].out_channels
    (True, 400)
    """
    small = _is_small(stem, input_shape)
    rows: list[nn.Module] = [
        _separable(int(input_shape[0]), 64, 3 if small else 7, 1 if small else 2),
        _narrowed(small),
        _unit(64, 64, 1),
        _separable(64, 192, 3, 1),
        _narrowed(small),
    ]
    channels = 192
    for widths in _S3D:
        if len(widths) == 1:
            rows.append(MAX_POOL[3](3, stride=2, padding=1) if widths[0] == 3 or small else MAX_POOL[3](2))
            continue
        rows.append(_inception(channels, *widths))
        channels = widths[0] + widths[2] + widths[4] + widths[5]
    last = convolution(3, channels, n_outputs, 1, bias=True)
    return nn.Sequential(
        OrderedDict(
            features=nn.Sequential(*rows),
            avgpool=nn.Identity() if small else AVG_POOL[3]((2, 7, 7), stride=1),
            classifier=nn.Sequential(Dropout(dropout_rate), last),
            mean=GLOBAL_MEAN[3](1),
            flatten=nn.Flatten(),
        )
    )


def _unit(channels: int, filters: int, size: Sizes, stride: Sizes = 1) -> nn.Sequential:
    """Make a row of convolution, batch norm and ReLU with the norms' settings of Inception's authors."""
    return conv_norm_act(3, channels, filters, size, stride=stride, momentum=0.999, eps=0.001)


def _narrowed(small: bool) -> nn.Module:
    return nn.Identity() if small else MAX_POOL[3]((1, 3, 3), stride=(1, 2, 2), padding=(0, 1, 1))


def _separable(channels: int, filters: int, size: int, stride: int) -> nn.Sequential:
    over = _unit(channels, filters, (1, size, size), stride=(1, stride, stride))
    return nn.Sequential(over, _unit(filters, filters, (size, 1, 1), stride=(stride, 1, 1)))


def _inception(channels: int, one: int, mid1: int, out1: int, mid2: int, out2: int, pooled: int) -> Branches:
    return Branches(
        {
            "branch0": _unit(channels, one, 1),
            "branch1": nn.Sequential(_unit(channels, mid1, 1), _separable(mid1, out1, 3, 1)),
            "branch2": nn.Sequential(_unit(channels, mid2, 1), _separable(mid2, out2, 3, 1)),
            "branch3": nn.Sequential(MAX_POOL[3](3, stride=1, padding=1), _unit(channels, pooled, 1)),
        }
    )
