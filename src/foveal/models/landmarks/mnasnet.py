"""MnasNet: inverted residuals whose sizes a search has chosen by accuracy and time on a telephone."""

from collections import OrderedDict
from collections.abc import Sequence

import torch
from torch import nn

from foveal.layers import Dropout, conv_norm_act, inverted_steps, unpacked, with_shortcut
from foveal.layers.conv_block import GLOBAL_MEAN
from foveal.models.landmarks.parts import he_by_outputs
from foveal.models.stems import Stem, is_small, kept_strides, round_channels

#: Expansion, filter, channels, blocks and first stride of each stage after the first two: Tan et al. 2019, figure 7.
_STAGES = ((3, 3, 24, 3, 2), (3, 5, 40, 3, 2), (6, 5, 80, 3, 2), (6, 3, 96, 2, 1), (6, 5, 192, 4, 2), (6, 3, 320, 1, 1))
#: Of all batch norms, as the authors trained: a running mean over some 3000 steps.
_MOMENTUM = 0.9997


def mnasnet(
    input_shape: Sequence[int], n_outputs: int, *, stem: Stem = "auto", width: float = 1.0, dropout: float = 0.2
) -> nn.Sequential:
    r"""Build conv -> depthwise separable conv -> 16 inverted residuals -> 1x1 conv -> mean -> dense layer.

    Blocks are those of MobileNet v2, y = x + norm(W2 act(norm(D * act(norm(W1 x))))), of ReLU; filters of 3 or 5 and
    expansions of 3 or 6 were searched for stage by stage.

    Shape: (N, C, \*S) -> (N, n_outputs). Names in the state dict are torchvision's.

    Parameters
    ----------
    input_shape, n_outputs : (C, \*S), one to three axes, and the outputs.
    stem : "small" leaves out the first two halvings; "auto" is small where the shortest axis has at most 64 pixels.
    width : factor of all channels but the last 1280, rounded to multiples of 8.
    dropout : before the dense layer.

    Source: Tan et al. 2019, MnasNet, the model without squeeze-and-excitation, which is known as B1; A1 has it.
    Deviation: the dense layer begins uniform, as torchvision's: U(-b, b), b = sqrt(3 / outputs).

    >>> import torch
    >>> net = mnasnet((3, 32, 32), 10, width=0.25)
    >>> net(torch.zeros(2, 3, 32, 32)).shape, [name for name, _ in net.named_children()]
    (torch.Size([2, 10]), ['layers', 'avgpool', 'flatten', 'classifier'])
    """
    ndim = len(input_shape) - 1
    first, *strides = kept_strides((2, *(stage[4] for stage in _STAGES)), is_small(stem, input_shape))
    channels, out = round_channels(32 * width), round_channels(16 * width)
    steps: list[nn.Module] = [
        conv_norm_act(ndim, int(input_shape[0]), channels, stride=first, momentum=_MOMENTUM),
        *inverted_steps(ndim, channels, channels, out, activation="relu", momentum=_MOMENTUM),
    ]
    layers, channels = unpacked(steps), out
    for (expansion, size, filters, depth, _), stride in zip(_STAGES, strides, strict=True):
        blocks = []
        for i in range(depth):
            out = round_channels(filters * width)
            blocks.append(_block(ndim, channels, expansion, out, size, 1 if i else stride))
            channels = out
        layers.append(nn.Sequential(*blocks))
    layers += unpacked([conv_norm_act(ndim, channels, 1280, 1, momentum=_MOMENTUM)])
    net = nn.Sequential(
        OrderedDict(
            layers=nn.Sequential(*layers),
            avgpool=GLOBAL_MEAN[ndim](1),
            flatten=nn.Flatten(),
            classifier=nn.Sequential(Dropout(dropout), nn.Linear(1280, n_outputs)),
        )
    )
    he_by_outputs(net)
    _start_head(net.get_submodule("classifier.1"))
    return net


def _start_head(head: nn.Module, rng: torch.Generator | None = None) -> None:
    """Draw a dense layer's weights from U(-b, b), b^2 = 3 / outputs; its bias is 0."""
    nn.init.kaiming_uniform_(head.weight, mode="fan_out", nonlinearity="sigmoid", generator=rng)  # type: ignore[arg-type]
    nn.init.zeros_(head.bias)  # type: ignore[arg-type]


def _block(ndim: int, channels: int, expansion: int, out: int, size: int, stride: int) -> nn.Module:
    steps = inverted_steps(
        ndim, channels, expansion * channels, out, size, stride=stride, activation="relu", momentum=_MOMENTUM
    )
    layers = nn.Sequential(*unpacked(steps))
    return with_shortcut({"layers": layers}, alike=stride == 1 and channels == out)
