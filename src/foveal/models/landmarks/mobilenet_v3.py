"""MobileNet v3: inverted residuals with squeeze-and-excitation and cheap activations, found by a search."""

from collections import OrderedDict
from collections.abc import Sequence
from typing import Any, Literal

from torch import nn

from foveal.layers import Dropout, SqueezeExcite, conv_norm_act, inverted_steps, make_activation, with_shortcut
from foveal.layers.conv_block import GLOBAL_MEAN
from foveal.models.landmarks.parts import dense_normal, he_by_outputs
from foveal.models.stems import Stem, is_small, kept_strides, round_channels

Size = Literal["small", "large"]
#: Filter, expanded channels, channels, squeeze, activation and stride of each block: Howard et al. 2019, tables 1, 2.
_BLOCKS: dict[Size, tuple[tuple[int, int, int, bool, str, int], ...]] = {
    "large": (
        (3, 16, 16, False, "relu", 1),
        (3, 64, 24, False, "relu", 2),
        (3, 72, 24, False, "relu", 1),
        (5, 72, 40, True, "relu", 2),
        (5, 120, 40, True, "relu", 1),
        (5, 120, 40, True, "relu", 1),
        (3, 240, 80, False, "hardswish", 2),
        (3, 200, 80, False, "hardswish", 1),
        (3, 184, 80, False, "hardswish", 1),
        (3, 184, 80, False, "hardswish", 1),
        (3, 480, 112, True, "hardswish", 1),
        (3, 672, 112, True, "hardswish", 1),
        (5, 672, 160, True, "hardswish", 2),
        (5, 960, 160, True, "hardswish", 1),
        (5, 960, 160, True, "hardswish", 1),
    ),
    "small": (
        (3, 16, 16, True, "relu", 2),
        (3, 72, 24, False, "relu", 2),
        (3, 88, 24, False, "relu", 1),
        (5, 96, 40, True, "hardswish", 2),
        (5, 240, 40, True, "hardswish", 1),
        (5, 240, 40, True, "hardswish", 1),
        (5, 120, 48, True, "hardswish", 1),
        (5, 144, 48, True, "hardswish", 1),
        (5, 288, 96, True, "hardswish", 2),
        (5, 576, 96, True, "hardswish", 1),
        (5, 576, 96, True, "hardswish", 1),
    ),
}
#: Width of the hidden dense layer.
_HIDDEN: dict[Size, int] = {"large": 1280, "small": 1024}
_NORM: dict[str, Any] = {"momentum": 0.99, "eps": 1e-3}


def mobilenet_v3(
    input_shape: Sequence[int],
    n_outputs: int,
    *,
    stem: Stem = "auto",
    size: Size = "large",
    dropout: float = 0.2,
    dilated: int = 0,
) -> nn.Sequential:
    r"""Build conv -> inverted residuals -> 1x1 conv -> mean over the map -> two dense layers.

    A block is y = x + norm(W2 s(act(norm(D * act(norm(W1 x)))))): s weighs channels by squeeze-and-excitation, its gate
    a hard sigmoid, min(max(x + 3, 0), 6) / 6; act is ReLU in the first blocks, then x times that gate (hard swish).

    Shape: (N, C, \*S) -> (N, n_outputs). Names in the state dict are torchvision's.

    Parameters
    ----------
    input_shape, n_outputs : (C, \*S), one to three axes, and the outputs.
    stem : "small" leaves out the first two halvings; "auto" is small where the shortest axis has at most 64 pixels.
    size : the paper's "large" or "small" network.
    dropout : before the last dense layer.
    dilated : the last halvings that are left out: the filters' taps lie twice as far apart from there on, with each.

    Source: Howard et al. 2019, tables 1 and 2. Deviations, torchvision's: dropout 0.2 (the paper's is 0.8, of what it
    keeps); from the block on that would have halved the map itself, filters are dilated, not only those after it; the
    hidden layer of the small network has 1024 units, as the paper's final version.

    >>> import torch
    >>> net = mobilenet_v3((3, 32, 32), 10, size="small")
    >>> net(torch.zeros(2, 3, 32, 32)).shape, [name for name, _ in net.named_children()]
    (torch.Size([2, 10]), ['features', 'avgpool', 'flatten', 'classifier'])
    """
    ndim, blocks = len(input_shape) - 1, _BLOCKS[size]
    first, *strides = kept_strides((2, *(block[5] for block in blocks)), is_small(stem, input_shape))
    strides, gaps = _spread(strides, dilated)
    features: list[nn.Module] = [
        conv_norm_act(ndim, int(input_shape[0]), 16, stride=first, activation="hardswish", **_NORM)
    ]
    channels = 16
    for block, stride, gap in zip(blocks, strides, gaps, strict=True):
        filter_size, expanded, out, squeezes, activation, _ = block
        features.append(_block(ndim, channels, filter_size, expanded, out, squeezes, activation, stride, gap))
        channels = out
    last = 6 * channels
    features.append(conv_norm_act(ndim, channels, last, 1, activation="hardswish", **_NORM))
    head = (
        nn.Linear(last, _HIDDEN[size]), make_activation("hardswish"), Dropout(dropout),
        nn.Linear(_HIDDEN[size], n_outputs),
    )  # fmt: skip
    net = nn.Sequential(
        OrderedDict(
            features=nn.Sequential(*features),
            avgpool=GLOBAL_MEAN[ndim](1),
            flatten=nn.Flatten(),
            classifier=nn.Sequential(*head),
        )
    )
    he_by_outputs(net)
    dense_normal(net, 0.01)
    return net


def _spread(strides: Sequence[int], dilated: int) -> tuple[list[int], list[int]]:
    """Take the last halvings out; give the strides that are left, and how far the taps of each block lie apart.

    >>> _spread([2, 1, 2, 1], 1)
    ([2, 1, 1, 1], [1, 1, 2, 2])
    """
    halving = [i for i, stride in enumerate(strides) if stride > 1]
    without = halving[max(0, len(halving) - dilated) :]
    gaps = [2 ** sum(i <= block for i in without) for block in range(len(strides))]
    return [1 if i in without else stride for i, stride in enumerate(strides)], gaps


def _block(
    ndim: int,
    channels: int,
    filter_size: int,
    expanded: int,
    out: int,
    squeezes: bool,
    activation: str,
    stride: int,
    gap: int,
) -> nn.Module:
    squeeze = None
    if squeezes:
        squeeze = SqueezeExcite(ndim, expanded, round_channels(expanded // 4), gate="hardsigmoid")
    steps = inverted_steps(
        ndim, channels, expanded, out, filter_size, stride=stride, dilation=gap, squeeze=squeeze,
        activation=activation, **_NORM,
    )  # fmt: skip
    return with_shortcut({"block": nn.Sequential(*steps)}, alike=stride == 1 and channels == out)
