"""EfficientNet-Lite0: B0 for chips that like neither gates nor swish, with names and zeros of its published weights."""

from collections import OrderedDict
from collections.abc import Sequence

from torch import nn

from foveal.core.shapes import conv_size, strided_same_padding
from foveal.layers import (
    BatchNorm,
    Dropout,
    Residual,
    StochasticDepth,
    convolution,
    inverted_steps,
    make_activation,
    unpacked,
)
from foveal.layers.conv_block import GLOBAL_MEAN, PAD
from foveal.models.landmarks.efficientnet import B0, uniform_head
from foveal.models.landmarks.parts import he_by_outputs
from foveal.models.stems import Stem, is_small, kept_strides

_MOMENTUM, _EPS = 0.99, 1e-3
_NAMES = ("_expand_conv", "_bn0", "_expand_act", "_depthwise_conv", "_bn1", "_depthwise_act", "_project_conv", "_bn2")
#: Zeros before and after each axis.
Zeros = list[tuple[int, int]]


def efficientnet_lite0(
    input_shape: Sequence[int],
    n_outputs: int,
    *,
    stem: Stem = "auto",
    dropout: float = 0.2,
    stochastic_depth: float = 0.2,
) -> nn.Sequential:
    r"""Build conv -> 16 inverted residuals -> 1x1 conv -> mean over the map -> dense layer.

    Blocks are EfficientNet-B0's without squeeze-and-excitation, act = min(max(x, 0), 6): what 8-bit chips compute well.
    Zeros are TensorFlow's "same", fewer before an axis than after it where a stride meets an even length, so that the
    published weights see what they were trained on; they are counted for `input_shape`.

    Shape: (N, C, \*S) -> (N, n_outputs). Names in the state dict are those of the Python package
    efficientnet-lite-pytorch, whose weights load as they are.

    Parameters
    ----------
    input_shape, n_outputs : (C, \*S), one to three axes, and the outputs.
    stem : "small" leaves out the first two halvings; "auto" is small where the shortest axis has at most 64 pixels.
    dropout : before the dense layer.
    stochastic_depth : rate that block i of n is left out with is this times i / n: 0 for the first.

    Source: Tan and Le 2019, table 1, with the changes of the authors' EfficientNet-Lite (2020, published as code).
    Deviation: weights begin as torchvision's EfficientNet.

    >>> import torch
    >>> net = efficientnet_lite0((3, 16, 16), 10)
    >>> net.eval()(torch.zeros(2, 3, 16, 16)).shape, [name for name, _ in net.named_parameters()][:2]
    (torch.Size([2, 10]), ['_conv_stem.weight', '_bn0.weight'])
    """
    ndim, sizes, channels = len(input_shape) - 1, [int(n) for n in input_shape[1:]], 32
    first, *strides = kept_strides((2, *(stage.stride for stage in B0)), is_small(stem, input_shape))
    parts: OrderedDict[str, nn.Module] = OrderedDict()
    zeros = [strided_same_padding(n, 3, first) for n in sizes]
    if not _even(zeros):
        parts["_stem_pad"] = _pad(zeros)
    parts["_conv_stem"] = convolution(ndim, int(input_shape[0]), channels, stride=first, padding=_around(zeros))
    parts |= {"_bn0": BatchNorm(channels, _MOMENTUM, _EPS), "_stem_act": make_activation("relu6")}
    sizes = [conv_size(n, 3, first) for n in sizes]
    blocks: list[nn.Module] = []
    total = sum(stage.depth for stage in B0)
    for stage, entry in zip(B0, strides, strict=True):
        for stride in (entry, *(1,) * (stage.depth - 1)):
            zeros = [strided_same_padding(n, stage.filter_size, stride) for n in sizes]
            body = _body(ndim, channels, stage.expansion, stage.channels, stage.filter_size, stride, zeros)
            if stride == 1 and channels == stage.channels:
                body["_stochastic_depth"] = StochasticDepth(stochastic_depth * len(blocks) / total)
                blocks.append(Residual(body))
            else:
                blocks.append(nn.Sequential(body))
            channels, sizes = stage.channels, [conv_size(n, stage.filter_size, stride) for n in sizes]
    parts |= {
        "_blocks": nn.Sequential(*blocks),
        "_conv_head": convolution(ndim, channels, 1280, 1),
        "_bn1": BatchNorm(1280, _MOMENTUM, _EPS),
        "_head_act": make_activation("relu6"),
        "_avg_pooling": GLOBAL_MEAN[ndim](1),
        "_flatten": nn.Flatten(),
        "_dropout": Dropout(dropout),
        "_fc": nn.Linear(1280, n_outputs),
    }
    net = nn.Sequential(parts)
    he_by_outputs(net)
    uniform_head(net.get_submodule("_fc"))
    return net


def _body(
    ndim: int, channels: int, expansion: int, out: int, size: int, stride: int, zeros: Zeros
) -> OrderedDict[str, nn.Module]:
    steps = inverted_steps(
        ndim, channels, expansion * channels, out, size, stride=stride, padding=_around(zeros), momentum=_MOMENTUM,
        eps=_EPS,
    )  # fmt: skip
    leaves = unpacked(steps)
    named = list(zip(_NAMES[-len(leaves) :], leaves, strict=True))
    if not _even(zeros):
        named.insert(len(named) - 5, ("_depthwise_pad", _pad(zeros)))  # before conv, norm, act, conv, norm
    return OrderedDict(named)


def _even(zeros: Zeros) -> bool:
    return all(before == after for before, after in zeros)


def _around(zeros: Zeros) -> tuple[int, ...]:
    """Give the zeros that the convolution itself adds: none where a layer before it does."""
    return tuple(before if _even(zeros) else 0 for before, _ in zeros)


def _pad(zeros: Zeros) -> nn.Module:
    return PAD[len(zeros)](tuple(side for axis in reversed(zeros) for side in axis))
