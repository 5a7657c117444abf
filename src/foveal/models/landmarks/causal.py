"""Networks of causal dilated convolutions: the temporal convolutional network, and WaveNet's stack."""

from collections import OrderedDict
from collections.abc import Sequence

from torch import nn
from torch.nn.utils.parametrizations import weight_norm

from foveal.layers import (
    BatchNorm,
    Dropout,
    Gated,
    LastStep,
    Residual,
    SkipSum,
    causal_convolution,
    convolution,
    make_activation,
)
from foveal.layers.conv_block import GLOBAL_MEAN
from foveal.models.landmarks.parts import glorot
from foveal.models.stems import Stem

Parts = OrderedDict[str, nn.Module]


def tcn(
    input_shape: Sequence[int],
    n_outputs: int,
    *,
    stem: Stem = "auto",
    width: int = 25,
    filter_size: int = 7,
    dilations: Sequence[int] = (1, 2, 4, 8, 16, 32, 64, 128),
    dropout_rate: float = 0.0,
    weight_normed: bool = True,
) -> nn.Sequential:
    r"""Build residual blocks of two causal dilated convolutions each -> the last step -> dense layer.

    A block is y = relu(F(x) + P(x)), F twice convolution, ReLU and dropout, P the identity or a 1-wide convolution.
    What is read, the last step, sees 1 + 2 (k - 1) (d_1 + d_2 + ...) steps: 3,061 at the defaults.

    Shape: (N, C, T) -> (N, n_outputs).

    Parameters
    ----------
    input_shape, n_outputs : (C, T) and the outputs.
    stem : there is but one, whatever it says.
    width, filter_size : of every convolution.
    dilations : of each block; the paper doubles them.
    dropout_rate : the paper's 0 to 0.5, by task.
    weight_normed : weight norm, w = g v / |v|, as in the paper; else batch norm before each ReLU.

    Source: Bai, Kolter and Koltun 2018, An empirical evaluation of generic convolutional and recurrent networks,
    section 3; the defaults are those of sequential MNIST (table 1): 66,910 parameters for one channel and ten classes.
    Deviations: weights begin as PyTorch's, g as |v|; from the paper's N(0, 0.01^2) a copy over 60 steps is not
    learnt in 240 updates (accuracy 0.10; 1.00 from PyTorch's); dropout leaves out single values.

    >>> import torch
    >>> net = tcn((1, 784), 10)
    >>> net(torch.zeros(2, 1, 784)).shape, sum(p.numel() for p in net.parameters())
    (torch.Size([2, 10]), 66910)
    """
    channels = int(input_shape[0])
    parts: Parts = OrderedDict()
    for i, dilation in enumerate(dilations, start=1):
        body: Parts = OrderedDict()
        before = channels
        for j in (1, 2):
            body |= causal_convolution(
                1, before, width, filter_size, dilation=dilation, bias=weight_normed, name=f"conv{j}"
            )
            if not weight_normed:
                body[f"bn{j}"] = BatchNorm(width)
            body[f"relu{j}"] = make_activation("relu")
            if dropout_rate:
                body[f"dropout{j}"] = Dropout(dropout_rate)
            before = width
        shortcut = None if channels == width else convolution(1, channels, width, 1, bias=True)
        parts[f"block{i}"] = Residual(body, shortcut, activation="relu")
        channels = width
    net = nn.Sequential(parts | {"last": LastStep(), "fc": nn.Linear(channels, n_outputs)})
    if weight_normed:
        for i in range(1, len(dilations) + 1):
            weight_norm(net.get_submodule(f"block{i}.conv1"))
            weight_norm(net.get_submodule(f"block{i}.conv2"))
    return net


def wavenet(
    input_shape: Sequence[int],
    n_outputs: int,
    *,
    stem: Stem = "auto",
    width: int = 32,
    skip_width: int = 256,
    filter_size: int = 2,
    cycles: int = 3,
    doublings: int = 10,
) -> nn.Sequential:
    r"""Build gated causal dilated layers whose skips are summed -> 1-wide convolution -> mean over time -> dense layer.

    Each of the layers, of dilations 1, 2, 4, ... 2^(doublings - 1) `cycles` times over, is z = tanh(W_f * x)
    sigmoid(W_g * x); a 1-wide convolution of z is added to x for the next layer, another to the skips. Then ReLU, a
    1-wide convolution and ReLU. An output sees 1 + (k - 1) (1 + cycles (2^doublings - 1)) steps: 3,071.

    Shape: (N, C, T) -> (N, n_outputs).

    Parameters
    ----------
    input_shape, n_outputs : (C, T) and the outputs.
    stem : there is but one, whatever it says.
    width : channels between layers, and of W_f and W_g each.
    skip_width : channels of the skips and of the layer after them.
    filter_size, cycles, doublings : filter length, and the dilations.

    Source: van den Oord et al. 2016, WaveNet, sections 2.1 to 2.4; the paper says no widths, these are in common use.
    Deviations: a mean over time before the last layer, which then is dense, as the whole signal has one answer
    (section 3.4 averages too, over 10 ms); the last layer has no residual convolution, as nothing reads it, so that
    there are 1,056 parameters fewer than the 557,920 of usual counts.

    >>> import torch
    >>> net = wavenet((1, 40), 2, width=4, skip_width=8, cycles=1, doublings=3)
    >>> net(torch.zeros(2, 1, 40)).shape, [name for name, _ in net.named_children()][:3]
    (torch.Size([2, 2]), ['conv1_pad', 'conv1', 'layers'])
    """
    gaps = [2**i for i in range(doublings)] * cycles
    parts = causal_convolution(1, int(input_shape[0]), width, filter_size, name="conv1")
    parts["layers"] = SkipSum(
        [_gated(width, filter_size, gap) for gap in gaps],
        [convolution(1, width, skip_width, 1, bias=True) for _ in gaps],
        [convolution(1, width, width, 1, bias=True) for _ in gaps[1:]],
    )
    parts |= {
        "relu1": make_activation("relu"),
        "conv2": convolution(1, skip_width, skip_width, 1, bias=True),
        "relu2": make_activation("relu"),
        "avgpool": GLOBAL_MEAN[1](1),
        "flatten": nn.Flatten(),
        "fc": nn.Linear(skip_width, n_outputs),
    }
    net = nn.Sequential(parts)
    glorot(net)
    return net


def _gated(width: int, filter_size: int, gap: int) -> nn.Sequential:
    """Make a gated layer: one pad serves both convolutions."""
    made = causal_convolution(1, width, width, filter_size, dilation=gap, name="filter")
    other = causal_convolution(1, width, width, filter_size, dilation=gap, name="gate")
    return nn.Sequential(OrderedDict(pad=made["filter_pad"], gated=Gated(made["filter"], other["gate"])))
