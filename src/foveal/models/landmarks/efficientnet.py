"""EfficientNet B0 to B7 and V2-S: one searched network, made deeper, wider and finer together."""

import math
from collections import OrderedDict
from collections.abc import Sequence
from typing import Any, NamedTuple

import torch
from torch import nn

from foveal.layers import (
    Dropout,
    Residual,
    SqueezeExcite,
    StochasticDepth,
    conv_norm_act,
    inverted_steps,
)
from foveal.layers.conv_block import GLOBAL_MEAN
from foveal.models.landmarks.parts import he_by_outputs
from foveal.models.stems import Stem, is_small, kept_strides, round_channels


class Stage(NamedTuple):
    """A row of blocks: the first has the stride; `fused` ones have one whole convolution for 1x1 and depthwise."""

    expansion: int
    filter_size: int
    stride: int
    channels: int
    depth: int
    fused: bool = False


class Size(NamedTuple):
    """A network: stages and how they are scaled, dropout, batch norm, channels of first and last convolution."""

    stages: tuple[Stage, ...]
    width: float
    depth: float
    dropout: float
    momentum: float
    eps: float
    first: int = 32
    last: int | None = None  # four times the last stage's


#: Tan and Le 2019, table 1.
B0 = (
    Stage(1, 3, 1, 16, 1), Stage(6, 3, 2, 24, 2), Stage(6, 5, 2, 40, 2), Stage(6, 3, 2, 80, 3), Stage(6, 5, 1, 112, 3),
    Stage(6, 5, 2, 192, 4), Stage(6, 3, 1, 320, 1),
)  # fmt: skip
#: Tan and Le 2021, table 4; its last row's 1x1 has 1280 channels.
_V2_S = (
    Stage(1, 3, 1, 24, 2, fused=True), Stage(4, 3, 2, 48, 4, fused=True), Stage(4, 3, 2, 64, 4, fused=True),
    Stage(4, 3, 2, 128, 6), Stage(6, 3, 1, 160, 9), Stage(6, 3, 2, 256, 15),
)  # fmt: skip
SIZES = {
    "b0": Size(B0, 1.0, 1.0, 0.2, 0.9, 1e-5),
    "b1": Size(B0, 1.0, 1.1, 0.2, 0.9, 1e-5),
    "b2": Size(B0, 1.1, 1.2, 0.3, 0.9, 1e-5),
    "b3": Size(B0, 1.2, 1.4, 0.3, 0.9, 1e-5),
    "b4": Size(B0, 1.4, 1.8, 0.4, 0.9, 1e-5),
    "b5": Size(B0, 1.6, 2.2, 0.4, 0.99, 1e-3),
    "b6": Size(B0, 1.8, 2.6, 0.5, 0.99, 1e-3),
    "b7": Size(B0, 2.0, 3.1, 0.5, 0.99, 1e-3),
    "v2_s": Size(_V2_S, 1.0, 1.0, 0.2, 0.9, 1e-3, 24, 1280),
}


def efficientnet(
    input_shape: Sequence[int],
    n_outputs: int,
    *,
    stem: Stem = "auto",
    size: str = "b0",
    stochastic_depth: float = 0.2,
    paper: bool = False,
) -> nn.Sequential:
    r"""Build conv -> stages of inverted residuals -> 1x1 conv -> mean over the map -> dense layer.

    A block is y = x + m norm(W2 s(act(norm(D * act(norm(W1 x)))))), act = x sigmoid(x); s weighs channels by
    squeeze-and-excitation to a quarter of the block's input channels, m is stochastic depth. B1 to B7 are B0 with
    depths times 1.1 to 3.1 (rounded up) and widths times 1.0 to 2.0. In the first stages of V2 one whole 3x3 stands for
    W1 and D, without s.

    Shape: (N, C, \*S) -> (N, n_outputs). Names in the state dict are torchvision's.

    Parameters
    ----------
    input_shape, n_outputs : (C, \*S), one to three axes, and the outputs.
    stem : "small" leaves out the first two halvings; "auto" is small where the shortest axis has at most 64 pixels.
    size : "b0" to "b7" or "v2_s".
    stochastic_depth : rate that block i of n is left out with is this times i / n: 0 for the first.
    paper : batch norm as the authors trained all of them, eps 1e-3 and momentum 0.99. Without it torchvision's:
        1e-5 and 0.9 for B0 to B4, 1e-3 and 0.9 for V2-S; B5 to B7 are the same in both.

    Source: Tan and Le 2019, tables 1 and 2; Tan and Le 2021, table 4. Deviations: zeros stand evenly on both sides,
    where the authors' code has TensorFlow's "same" (`efficientnet_lite` has that); weights begin as torchvision's,
    He et al. 2015 by outputs, and the dense layer in U(-b, b), b = 1 / sqrt(outputs), which is the authors'.

    >>> import torch
    >>> net = efficientnet((3, 16, 16), 10)
    >>> net.eval()(torch.zeros(2, 3, 16, 16)).shape, [name for name, _ in net.named_children()]
    (torch.Size([2, 10]), ['features', 'avgpool', 'flatten', 'classifier'])
    """
    ndim, chosen = len(input_shape) - 1, SIZES[size]
    norm: dict[str, Any] = {"momentum": chosen.momentum, "eps": chosen.eps}
    if paper:
        norm = {"momentum": 0.99, "eps": 1e-3}
    first, *strides = kept_strides((2, *(stage.stride for stage in chosen.stages)), is_small(stem, input_shape))
    channels = round_channels(chosen.first * chosen.width)
    features: list[nn.Module] = [
        conv_norm_act(ndim, int(input_shape[0]), channels, stride=first, activation="silu", **norm)
    ]
    depths = [math.ceil(stage.depth * chosen.depth) for stage in chosen.stages]
    done = 0
    for stage, stride, depth in zip(chosen.stages, strides, depths, strict=True):
        out, blocks = round_channels(stage.channels * chosen.width), []
        for i in range(depth):
            rate = stochastic_depth * (done + i) / sum(depths)
            blocks.append(_block(ndim, channels, out, stage, 1 if i else stride, rate, norm))
            channels = out
        features.append(nn.Sequential(*blocks))
        done += depth
    last = chosen.last or 4 * channels
    features.append(conv_norm_act(ndim, channels, last, 1, activation="silu", **norm))
    net = nn.Sequential(
        OrderedDict(
            features=nn.Sequential(*features),
            avgpool=GLOBAL_MEAN[ndim](1),
            flatten=nn.Flatten(),
            classifier=nn.Sequential(Dropout(chosen.dropout), nn.Linear(last, n_outputs)),
        )
    )
    he_by_outputs(net)
    uniform_head(net.get_submodule("classifier.1"))
    return net


def uniform_head(head: nn.Module, rng: torch.Generator | None = None) -> None:
    """Draw a dense layer's weights from U(-b, b), b = 1 / sqrt(outputs); its bias is 0."""
    bound = 1 / math.sqrt(head.out_features)  # type: ignore[arg-type]
    nn.init.uniform_(head.weight, -bound, bound, generator=rng)  # type: ignore[arg-type]
    nn.init.zeros_(head.bias)  # type: ignore[arg-type]


def _block(
    ndim: int, channels: int, out: int, stage: Stage, stride: int, rate: float, norm: dict[str, Any]
) -> nn.Module:
    expanded = round_channels(channels * stage.expansion)
    usual: dict[str, Any] = {"activation": "silu", **norm}
    if not stage.fused:
        squeeze = SqueezeExcite(ndim, expanded, max(1, channels // 4), activation="silu")
        steps = inverted_steps(
            ndim, channels, expanded, out, stage.filter_size, stride=stride, squeeze=squeeze, **usual
        )
    elif expanded == channels:
        steps = [conv_norm_act(ndim, channels, out, stage.filter_size, stride=stride, **usual)]
    else:
        steps = [
            conv_norm_act(ndim, channels, expanded, stage.filter_size, stride=stride, **usual),
            conv_norm_act(ndim, expanded, out, 1, activation=None, **norm),
        ]
    block = nn.Sequential(*steps)
    if stride != 1 or channels != out:
        return nn.Sequential(OrderedDict(block=block))
    return Residual({"block": block, "stochastic_depth": StochasticDepth(rate)})
