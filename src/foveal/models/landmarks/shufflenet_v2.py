"""ShuffleNet v2: half of the channels pass, half are filtered, and both are dealt out anew."""

from collections import OrderedDict
from collections.abc import Sequence

from torch import nn

from foveal.layers import Branches, ChannelShuffle, ChannelSlice, conv_norm_act, unpacked
from foveal.layers.conv_block import GLOBAL_MEAN
from foveal.models.landmarks.parts import MAX_POOL
from foveal.models.stems import Stem, is_small

#: Blocks of each stage: Ma et al. 2018, table 5.
_DEPTHS = (4, 8, 4)


def shufflenet_v2(
    input_shape: Sequence[int],
    n_outputs: int,
    *,
    stem: Stem = "auto",
    widths: Sequence[int] = (24, 116, 232, 464, 1024),
) -> nn.Sequential:
    r"""Build conv -> pool -> three stages of split and shuffled blocks -> 1x1 conv -> mean over the map -> dense layer.

    A block parts x into halves a and b and gives shuffle([a, F(b)]), F = 1x1, depthwise 3x3, 1x1, all equally wide:
    what the paper finds cheapest in memory traffic. A stage's first block halves the map: shuffle([G(x), F(x)]).

    Shape: (N, C, \*S) -> (N, n_outputs). Names in the state dict are torchvision's.

    Parameters
    ----------
    input_shape, n_outputs : (C, \*S), one to three axes, and the outputs.
    stem : "full" is 3x3 of stride 2 and a 3x3 max pooling of stride 2, "small" 3x3 of stride 1 alone; "auto" is small
        where the shortest axis has at most 64 pixels.
    widths : channels of the stem, of the three stages (even numbers) and of the last 1x1.

    Source: Ma et al. 2018, figure 3 and table 5. The paper is silent on the start of the weights: PyTorch's, as in
    torchvision.

    >>> import torch
    >>> net = shufflenet_v2((3, 32, 32), 10, widths=(8, 16, 32, 64, 64))
    >>> net(torch.zeros(2, 3, 32, 32)).shape, [name for name, _ in net.named_children()][:3]
    (torch.Size([2, 10]), ['conv1', 'stage2', 'stage3'])
    """
    ndim, small = len(input_shape) - 1, is_small(stem, input_shape)
    channels, *stages, last = widths
    parts: OrderedDict[str, nn.Module] = OrderedDict(
        conv1=conv_norm_act(ndim, int(input_shape[0]), channels, stride=1 if small else 2)
    )
    if not small:
        parts["maxpool"] = MAX_POOL[ndim](3, stride=2, padding=1)
    for i, (out, depth) in enumerate(zip(stages, _DEPTHS, strict=True), start=2):
        blocks: OrderedDict[str, nn.Module] = OrderedDict({"0": _halving(ndim, channels, out // 2)})
        blocks["shuffle0"] = ChannelShuffle(2)
        for j in range(1, depth):
            blocks |= {str(j): _passing(ndim, out // 2), f"shuffle{j}": ChannelShuffle(2)}
        parts[f"stage{i}"] = nn.Sequential(blocks)
        channels = out
    parts["conv5"] = conv_norm_act(ndim, channels, last, 1)
    parts |= {"avgpool": GLOBAL_MEAN[ndim](1), "flatten": nn.Flatten(), "fc": nn.Linear(last, n_outputs)}
    return nn.Sequential(parts)


def _filtering(ndim: int, channels: int, half: int, stride: int) -> nn.Sequential:
    steps = [
        conv_norm_act(ndim, channels, half, 1),
        conv_norm_act(ndim, half, half, stride=stride, groups=half, activation=None),
        conv_norm_act(ndim, half, half, 1),
    ]
    return nn.Sequential(*unpacked(steps))


def _halving(ndim: int, channels: int, half: int) -> Branches:
    steps = [
        conv_norm_act(ndim, channels, channels, stride=2, groups=channels, activation=None),
        conv_norm_act(ndim, channels, half, 1),
    ]
    return Branches({"branch1": nn.Sequential(*unpacked(steps)), "branch2": _filtering(ndim, channels, half, 2)})


def _passing(ndim: int, half: int) -> Branches:
    parts = {
        "passed": ChannelSlice(0, half),
        "taken": ChannelSlice(half, 2 * half),
        "branch2": _filtering(ndim, half, half, 1),
    }
    return Branches(parts, (("passed",), ("taken", "branch2")))
