"""MobileNet v2: inverted residuals with linear bottlenecks."""

from collections import OrderedDict
from collections.abc import Sequence

from torch import nn

from foveal.layers import Dropout, conv_norm_act, inverted_steps, unpacked, with_shortcut
from foveal.layers.conv_block import GLOBAL_MEAN
from foveal.models.landmarks.parts import dense_normal, he_by_outputs
from foveal.models.stems import Stem, is_small, kept_strides, round_channels

#: Expansion, channels, blocks and first stride of each stage: Sandler et al. 2018, table 2.
_STAGES = ((1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1))


def mobilenet_v2(
    input_shape: Sequence[int], n_outputs: int, *, stem: Stem = "auto", width: float = 1.0, dropout: float = 0.2
) -> nn.Sequential:
    r"""Build conv -> 17 inverted residuals -> 1x1 conv -> mean over the map -> dense layer.

    A block is y = x + norm(W2 act(norm(D * act(norm(W1 x))))), act = min(max(x, 0), 6): the map is wide only inside,
    and the sum runs over the narrow maps, which have no activation, so that nothing is lost in few channels.

    Shape: (N, C, \*S) -> (N, n_outputs). Names in the state dict are torchvision's.

    Parameters
    ----------
    input_shape, n_outputs : (C, \*S), one to three axes, and the outputs.
    stem : "small" leaves out the first two halvings; "auto" is small where the shortest axis has at most 64 pixels.
    width : factor of all channels, which are rounded to multiples of 8; the last 1x1 has at least 1280.
    dropout : before the dense layer.

    Source: Sandler et al. 2018, table 2. Deviation, torchvision's: the dropout is 0.2, on which the paper is silent.

    >>> import torch
    >>> net = mobilenet_v2((3, 32, 32), 10, width=0.25)
    >>> net(torch.zeros(2, 3, 32, 32)).shape, [name for name, _ in net.named_children()]
    (torch.Size([2, 10]), ['features', 'avgpool', 'flatten', 'classifier'])
    """
    ndim = len(input_shape) - 1
    first, *strides = kept_strides((2, *(stage[3] for stage in _STAGES)), is_small(stem, input_shape))
    channels = round_channels(32 * width)
    features: list[nn.Module] = [conv_norm_act(ndim, int(input_shape[0]), channels, stride=first, activation="relu6")]
    for (expansion, filters, depth, _), stride in zip(_STAGES, strides, strict=True):
        for i in range(depth):
            out, step = round_channels(filters * width), 1 if i else stride
            features.append(_block(ndim, channels, expansion, out, step))
            channels = out
    last = round_channels(1280 * max(1.0, width))
    features.append(conv_norm_act(ndim, channels, last, 1, activation="relu6"))
    net = nn.Sequential(
        OrderedDict(
            features=nn.Sequential(*features),
            avgpool=GLOBAL_MEAN[ndim](1),
            flatten=nn.Flatten(),
            classifier=nn.Sequential(Dropout(dropout), nn.Linear(last, n_outputs)),
        )
    )
    he_by_outputs(net)
    dense_normal(net, 0.01)
    return net


def _block(ndim: int, channels: int, expansion: int, out: int, stride: int) -> nn.Module:
    *wide, narrow = inverted_steps(ndim, channels, expansion * channels, out, stride=stride)
    conv = nn.Sequential(*wide, *unpacked([narrow]))
    return with_shortcut({"conv": conv}, alike=stride == 1 and channels == out)
