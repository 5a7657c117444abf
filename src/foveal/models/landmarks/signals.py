"""Convolutional networks for signals that end in a mean over time: FCN, ResNet and InceptionTime."""

from collections import OrderedDict
from collections.abc import Sequence

from torch import nn

from foveal.layers import BatchNorm, Branches, Residual, conv_norm_act, convolution, make_activation, same_convolution
from foveal.layers.conv_block import GLOBAL_MEAN
from foveal.models.landmarks.parts import MAX_POOL, glorot
from foveal.models.stems import Stem

Parts = OrderedDict[str, nn.Module]


def fcn(
    input_shape: Sequence[int],
    n_outputs: int,
    *,
    stem: Stem = "auto",
    widths: Sequence[int] = (128, 256, 128),
    filter_sizes: Sequence[int] = (8, 5, 3),
) -> nn.Sequential:
    r"""Build three rows of convolution, batch norm and ReLU -> mean over time -> dense layer.

    No pooling and no stride: each map is as long as the signal, whatever its length. On more axes filters are as long
    on each.

    Shape: (N, C, \*S) -> (N, n_outputs), one to three axes.

    Parameters
    ----------
    input_shape, n_outputs : (C, \*S) and the outputs.
    stem : there is but one, whatever it says.
    widths, filter_sizes : channels and filter length of each convolution.

    Source: Wang, Yan and Oates 2017, Time series classification from scratch, section II B. Convolutions have biases,
    though batch norm takes them off again: the authors' 264,962 parameters for one channel and two classes.

    >>> import torch
    >>> net = fcn((1, 150), 2)
    >>> net(torch.zeros(2, 1, 150)).shape, sum(p.numel() for p in net.parameters())
    (torch.Size([2, 2]), 264962)
    """
    ndim, channels = len(input_shape) - 1, int(input_shape[0])
    parts: Parts = OrderedDict()
    for i, (width, size) in enumerate(zip(widths, filter_sizes, strict=True), start=1):
        parts |= same_convolution(ndim, channels, width, size, name=f"conv{i}")
        parts |= {f"bn{i}": BatchNorm(width), f"relu{i}": make_activation("relu")}
        channels = width
    return _ended(parts, ndim, channels, n_outputs)


def resnet_signal(
    input_shape: Sequence[int],
    n_outputs: int,
    *,
    stem: Stem = "auto",
    widths: Sequence[int] = (64, 128, 128),
    filter_sizes: Sequence[int] = (8, 5, 3),
) -> nn.Sequential:
    r"""Build three residual blocks of three convolutions each -> mean over time -> dense layer.

    A block is y = relu(F(x) + P(x)), F three convolutions with batch norm and ReLU between them, P batch norm alone or,
    where channels change, a 1-wide convolution and batch norm.

    Shape: (N, C, \*S) -> (N, n_outputs).

    Parameters
    ----------
    input_shape, n_outputs : (C, \*S) and the outputs.
    stem : there is but one, whatever it says.
    widths, filter_sizes : channels of each block, and the filter lengths of its convolutions.

    Source: Wang, Yan and Oates 2017, section II C, as the authors' program has it: 504,258 parameters for one channel
    and two classes.

    >>> import torch
    >>> net = resnet_signal((1, 150), 2)
    >>> net(torch.zeros(2, 1, 150)).shape, sum(p.numel() for p in net.parameters())
    (torch.Size([2, 2]), 504258)
    """
    ndim, channels = len(input_shape) - 1, int(input_shape[0])
    parts: Parts = OrderedDict()
    for i, width in enumerate(widths, start=1):
        body: Parts = OrderedDict()
        before = channels
        for j, size in enumerate(filter_sizes, start=1):
            body |= same_convolution(ndim, before, width, size, name=f"conv{j}")
            body[f"bn{j}"] = BatchNorm(width)
            if j < len(filter_sizes):
                body[f"relu{j}"] = make_activation("relu")
            before = width
        shortcut: nn.Module = BatchNorm(width)
        if channels != width:
            shortcut = conv_norm_act(ndim, channels, width, 1, bias=True, activation=None)
        parts[f"block{i}"] = Residual(body, shortcut, activation="relu")
        channels = width
    return _ended(parts, ndim, channels, n_outputs)


def inception_time(
    input_shape: Sequence[int],
    n_outputs: int,
    *,
    stem: Stem = "auto",
    depth: int = 6,
    width: int = 32,
    bottleneck: int = 32,
    filter_sizes: Sequence[int] = (40, 20, 10),
) -> nn.Sequential:
    r"""Build modules of filters of several lengths side by side, a shortcut over every third -> mean -> dense layer.

    A module lays three convolutions of a 1-wide bottleneck, and a 1-wide convolution of a 3-wide maximum, behind one
    another, then batch norm and ReLU. A shortcut is a 1-wide convolution with batch norm; ReLU follows the sum.

    Shape: (N, C, \*S) -> (N, n_outputs), one or two axes.

    Parameters
    ----------
    input_shape, n_outputs : (C, \*S) and the outputs.
    stem : there is but one, whatever it says.
    depth, width : modules, and channels of each of a module's four rows.
    bottleneck : channels before the long filters; a signal of one channel needs none in the first module.
    filter_sizes : 40, 20 and 10 as in the paper; PyTorch ports often have 39, 19 and 9, which pad evenly.

    Source: Ismail Fawaz et al. 2020, InceptionTime, section 3: one network of the ensemble of five; 420,450 parameters
    for one channel and two classes. Deviation from the text, with the authors' program: ReLU follows the concatenation.

    >>> import torch
    >>> net = inception_time((1, 30), 2, depth=3, width=4)
    >>> net(torch.zeros(2, 1, 30)).shape, [name for name, _ in net.named_children()]
    (torch.Size([2, 2]), ['block1', 'avgpool', 'flatten', 'fc'])
    """
    ndim, channels = len(input_shape) - 1, int(input_shape[0])
    parts: Parts = OrderedDict()
    modules: Parts = OrderedDict()
    start, out = channels, width * (len(filter_sizes) + 1)
    for i in range(1, depth + 1):
        last = i % 3 == 0
        modules[f"module{i}"] = _module(ndim, channels, width, bottleneck, filter_sizes)
        modules[f"bn{i}"] = BatchNorm(out)
        modules[f"relu{i}"] = make_activation("relu")
        channels = out
        if last:
            shortcut = conv_norm_act(ndim, start, out, 1, activation=None)
            parts[f"block{i // 3}"] = Residual(modules, shortcut, activation="relu")
            start, modules = out, OrderedDict()
    return _ended(parts | modules, ndim, channels, n_outputs)


def _module(ndim: int, channels: int, width: int, bottleneck: int, filter_sizes: Sequence[int]) -> nn.Module:
    rows: Parts = OrderedDict()
    before = channels if channels == 1 else bottleneck
    for i, size in enumerate(filter_sizes, start=1):
        rows[f"row{i}"] = nn.Sequential(same_convolution(ndim, before, width, size, bias=False))
    names = tuple((name,) for name in rows)
    parts: Parts = OrderedDict()
    if channels > 1:
        parts["bottleneck"] = convolution(ndim, channels, bottleneck, 1)
    parts |= rows
    parts["pool"] = MAX_POOL[ndim](3, stride=1, padding=1)
    parts["pooled"] = convolution(ndim, channels, width, 1)
    long = names if channels == 1 else (("bottleneck", names),)
    return Branches(parts, (*long, ("pool", "pooled")))


def _ended(parts: Parts, ndim: int, channels: int, n_outputs: int) -> nn.Sequential:
    """Put the mean over time and the dense layer behind a network's parts; weights begin as Keras begins them."""
    parts |= {"avgpool": GLOBAL_MEAN[ndim](1), "flatten": nn.Flatten(), "fc": nn.Linear(channels, n_outputs)}
    net = nn.Sequential(parts)
    glorot(net)
    return net
