"""MobileNet v1: every 3x3 convolution parted into one on each channel and a 1x1 on all."""

from collections import OrderedDict
from collections.abc import Sequence
from typing import Any

from torch import nn

from foveal.layers import BatchNorm, conv_norm_act, convolution, make_activation
from foveal.layers.conv_block import GLOBAL_MEAN
from foveal.models.landmarks.parts import dense_normal, he_by_outputs
from foveal.models.stems import Stem, is_small, kept_strides, round_channels

#: Channels and strides of the parted convolutions, a row for a stage; the first convolution has 32 and 2.
_STAGES = (
    ((64, 1),),
    ((128, 2), (128, 1)),
    ((256, 2), (256, 1)),
    ((512, 2), *(((512, 1),) * 5)),
    ((1024, 2), (1024, 1)),
)


def mobilenet_v1(
    input_shape: Sequence[int], n_outputs: int, *, stem: Stem = "auto", width: float = 1.0, activation: Any = "relu"
) -> nn.Sequential:
    r"""Build conv -> thirteen depthwise separable convolutions -> mean over the map -> dense layer.

    Each is act(norm(W act(norm(D * x)))): D one filter for each channel, W 1x1: of k taps and C' outputs it takes
    1 / C' + 1 / k of the multiply-adds of a whole convolution.

    Shape: (N, C, \*S) -> (N, n_outputs). Names in the state dict are timm's.

    Parameters
    ----------
    input_shape, n_outputs : (C, \*S), one to three axes, and the outputs.
    stem : "small" leaves out the first two halvings; "auto" is small where the shortest axis has at most 64 pixels.
    width : factor of all channels, which are rounded to multiples of 8.
    activation : the paper's is "relu"; timm's, and that of the trained weights there, "relu6".

    Source: Howard et al. 2017, table 1. Deviation: the last block has stride 1; the table's second stride of 2 there
    is a misprint, as 7x7 maps are named for its output. The paper is silent on the start of the weights: He et al.
    2015 as in torchvision's MobileNets.

    >>> import torch
    >>> net = mobilenet_v1((3, 32, 32), 10, width=0.25)
    >>> net(torch.zeros(2, 3, 32, 32)).shape, [name for name, _ in net.named_children()][:4]
    (torch.Size([2, 10]), ['conv_stem', 'bn1', 'act1', 'blocks'])
    """
    ndim = len(input_shape) - 1
    flat = [stride for stage in _STAGES for _, stride in stage]
    first, *strides = kept_strides((2, *flat), is_small(stem, input_shape))
    channels = round_channels(32 * width)
    parts: OrderedDict[str, nn.Module] = OrderedDict(
        conv_stem=convolution(ndim, int(input_shape[0]), channels, stride=first),
        bn1=BatchNorm(channels),
        act1=make_activation(activation),
    )
    stages, left = [], iter(strides)
    for stage in _STAGES:
        blocks = []
        for filters, _ in stage:
            out = round_channels(filters * width)
            blocks.append(_separable(ndim, channels, out, next(left), activation))
            channels = out
        stages.append(nn.Sequential(*blocks))
    parts |= {
        "blocks": nn.Sequential(*stages),
        "global_pool": GLOBAL_MEAN[ndim](1),
        "flatten": nn.Flatten(),
        "classifier": nn.Linear(channels, n_outputs),
    }
    net = nn.Sequential(parts)
    he_by_outputs(net)
    dense_normal(net, 0.01)
    return net


def _separable(ndim: int, channels: int, out: int, stride: int, activation: Any) -> nn.Sequential:
    depthwise = conv_norm_act(
        ndim,
        channels,
        channels,
        stride=stride,
        groups=channels,
        activation=activation,
        names=("conv_dw", "bn1", "act1"),
    )
    pointwise = conv_norm_act(ndim, channels, out, 1, activation=activation, names=("conv_pw", "bn2", "act2"))
    return nn.Sequential(OrderedDict([*depthwise.named_children(), *pointwise.named_children()]))
