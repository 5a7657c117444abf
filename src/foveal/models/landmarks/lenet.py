"""The first convolutional networks: LeNet-1 and LeNet-5 as they were, and LeNet-5 as it is taught."""

import math
from collections import OrderedDict
from collections.abc import Sequence
from typing import Any

import torch
from torch import nn

from foveal.core.choices import Padding, PoolMode
from foveal.layers import (
    ConvBlock,
    DenseBlock,
    Flatten,
    RadialBasis,
    ScaledTanh,
    SparseConvolution,
    Subsampling,
    convolution,
)
from foveal.models.landmarks.class_codes import CODE, class_codes
from foveal.models.receptive import CONV
from foveal.models.stems import Stem

#: Which of the 4 maps before it each map of LeNet-1's second convolution reads.
_LENET1_TABLE = ((0,), (0, 1), (0, 1), (1,), (0, 1), (0, 1), (2,), (2, 3), (2, 3), (3,), (2, 3), (2, 3))
#: Which of the 6 maps of S2 each map of C3 reads: table I of the paper.
_LENET5_TABLE = (
    (0, 1, 2), (1, 2, 3), (2, 3, 4), (3, 4, 5), (0, 4, 5), (0, 1, 5), (0, 1, 2, 3), (1, 2, 3, 4), (2, 3, 4, 5),
    (0, 3, 4, 5), (0, 1, 4, 5), (0, 1, 2, 5), (0, 1, 3, 4), (1, 2, 4, 5), (0, 2, 3, 5), (0, 1, 2, 3, 4, 5),
)  # fmt: skip


def lenet1(input_shape: Sequence[int], n_outputs: int, *, stem: Stem = "auto") -> nn.Sequential:
    r"""Build LeNet-1: 4 maps of 5x5, subsampling, 12 maps of 5x5 that read one or two maps each, subsampling, outputs.

    Shape: (N, C, \*S) -> (N, n_outputs). For (1, 28, 28) and 10 outputs 2,578 parameters and 98,442 connections.
    Where an axis is shorter than these 28 pixels the input has 2 zeros on each side; `stem` is ignored.

    Source: LeCun et al. 1990, Handwritten digit recognition with a back-propagation network; LeCun et al. 1998, section
    III. Start values: uniform within 2.4 / inputs of a unit (1998, appendix A), biases too.

    Deviations: outputs are sums, not squashed, so that they are logits; zeros around stand for the background.

    >>> net = lenet1((1, 28, 28), 10)
    >>> net(torch.zeros(2, 1, 28, 28)).shape, sum(p.numel() for p in net.parameters())
    (torch.Size([2, 10]), 2578)
    """
    parts, shape = _maps(input_shape, 4, _LENET1_TABLE, 2 if _is_padded(input_shape, 28) else 0)
    parts |= {"flatten": nn.Flatten(), "output": nn.Linear(math.prod(shape), n_outputs)}
    return _started(nn.Sequential(parts))


def lenet5(input_shape: Sequence[int], n_outputs: int, *, stem: Stem = "auto") -> nn.Sequential:
    r"""Build LeNet-5 of 1998: C1, S2, C3, S4, C5, F6, and outputs that are distances from fixed codes.

    C1 has 6 maps of 5x5, C3 16 maps of 5x5 that read three to six maps each, C5 120 maps of the size of what is left,
    F6 84 units; S2 and S4 are `Subsampling`; all are squashed by `ScaledTanh`. Output k is the negative squared
    distance of F6 from a code of 84 numbers of class k (`RadialBasis`): for 10 classes 7x12 pictures of the digits.

    Shape: (N, C, \*S) -> (N, n_outputs), never above 0: for classes, not for targets of any sign. For (1, 32, 32) and
    10 outputs 60,000 parameters and 340,908 connections. Where an axis is shorter than 32 pixels the input has 2
    zeros on each side, which makes 32 of 28 as the paper does; `stem` is ignored.

    Source: LeCun et al. 1998, section II.B, table I, figure 3; start values: uniform within 2.4 / inputs of a unit
    (appendix A), biases too.

    Deviations: outputs are negative, so that the largest is the nearest, and a cross-entropy of them is the paper's
    eq. 9 but for e^-j; zeros around stand for the background, which the paper has at -0.1; the 10 codes are those that
    copies of figure 3 have, not compared with the print; for another number of classes they are +-1 at random.

    >>> net = lenet5((1, 28, 28), 10)
    >>> net(torch.zeros(2, 1, 28, 28)).shape, sum(p.numel() for p in net.parameters())
    (torch.Size([2, 10]), 60000)
    """
    parts, shape = _maps(input_shape, 6, _LENET5_TABLE, 2 if _is_padded(input_shape, 32) else 0)
    channels, *size = shape
    parts |= {
        "c5": convolution(len(size), channels, 120, size, padding=0, bias=True),
        "squash5": ScaledTanh(),
        "flatten": nn.Flatten(),
        "f6": nn.Linear(120, CODE),
        "squash6": ScaledTanh(),
        "output": RadialBasis(class_codes(n_outputs)),
    }
    return _started(nn.Sequential(parts))


def lenet5_modern(
    input_shape: Sequence[int],
    n_outputs: int,
    *,
    stem: Stem = "auto",
    activation: Any = "relu",
    pool_mode: PoolMode = "max",
) -> nn.Sequential:
    r"""Build LeNet-5 as it is taught today: two convolutions that read all maps, two poolings, three dense layers.

    6 maps of 5x5 -> 2x2 pooling -> 16 maps of 5x5 -> 2x2 pooling -> 120 -> 84 -> outputs, with ReLU and the maximum of
    each window; `activation="tanh", pool_mode="avg"` is nearer to the paper.

    Shape: (N, C, \*S) -> (N, n_outputs). 61,706 parameters for (1, 32, 32), or (1, 28, 28), and 10 outputs. Short
    inputs are as `lenet5`'s; `stem` is ignored.

    Source: LeCun et al. 1998, figure 2. Deviations: no coefficients in the pooling, no table of connections, no codes
    at the output; PyTorch's start values.

    >>> net = lenet5_modern((1, 28, 28), 10)
    >>> net(torch.zeros(2, 1, 28, 28)).shape, sum(p.numel() for p in net.parameters())
    (torch.Size([2, 10]), 61706)
    """
    channels, *size = input_shape
    parts: OrderedDict[str, nn.Module] = OrderedDict()
    for i, maps in enumerate((6, 16), start=1):
        around: Padding = "same" if i == 1 and _is_padded(input_shape, 32) else "valid"
        parts[f"conv{i}"] = ConvBlock(
            len(size), channels, maps, filter_size=5, padding=around, batch_norm=False, activation=activation,
            pool_size=2, pool_mode=pool_mode,
        )  # fmt: skip
        channels, size = maps, [max((n - (0 if around == "same" else 4)) // 2, 1) for n in size]
    parts["flatten"] = Flatten()
    features = channels * math.prod(size)
    for i, units in enumerate((120, 84), start=1):
        parts[f"dense{i}"] = DenseBlock(features, units, batch_norm=False, activation=activation, dropout_rate=None)
        features = units
    parts["head"] = nn.Linear(features, n_outputs)
    return nn.Sequential(parts)


def _is_padded(input_shape: Sequence[int], size: int) -> bool:
    return min(input_shape[1:]) < size


def _maps(
    input_shape: Sequence[int], maps: int, table: Sequence[Sequence[int]], padding: int
) -> tuple[OrderedDict[str, nn.Module], tuple[int, ...]]:
    r"""Build C1 to S4, and give the shape (C, \*S) that they leave, 1 where it would be nothing."""
    channels, *size = input_shape
    ndim = len(size)
    parts: OrderedDict[str, nn.Module] = OrderedDict(
        c1=convolution(ndim, channels, maps, 5, padding=padding, bias=True),
        squash1=ScaledTanh(),
        s2=Subsampling(ndim, maps),
        squash2=ScaledTanh(),
        c3=SparseConvolution(ndim, maps, table, 5),
        squash3=ScaledTanh(),
        s4=Subsampling(ndim, len(table)),
        squash4=ScaledTanh(),
    )
    left = [max((((n + 2 * padding - 4) // 2) - 4) // 2, 1) for n in size]
    return parts, (len(table), *left)


def _started(net: nn.Sequential, rng: torch.Generator | None = None) -> nn.Sequential:
    """Draw all weights and biases uniformly within 2.4 / inputs of their unit."""
    for module in net:
        if isinstance(module, SparseConvolution):
            _start_table(module, rng)
        elif isinstance(module, (*CONV, nn.Linear, Subsampling)):
            inputs = math.prod(module.kernel_size) if isinstance(module, Subsampling) else module.weight[0].numel()
            for weights in (module.weight, module.bias):
                nn.init.uniform_(weights, -2.4 / inputs, 2.4 / inputs, generator=rng)  # type: ignore[arg-type]
    return net


def _start_table(conv: SparseConvolution, rng: torch.Generator | None) -> None:
    start, taps = 0, math.prod(conv.kernel_size)
    for j, row in enumerate(conv.table):
        bound = 2.4 / (len(row) * taps)
        for weights in (conv.weight.detach()[start : start + len(row)], conv.bias.detach()[j : j + 1]):
            nn.init.uniform_(weights, -bound, bound, generator=rng)
        start += len(row)
