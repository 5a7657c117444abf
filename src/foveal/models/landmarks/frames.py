"""A network for pictures over the frames of a clip, (C, T, H, W)."""

from collections import OrderedDict
from collections.abc import Sequence
from typing import Literal

from torch import nn

from foveal.layers import EachFrame, GatedMean
from foveal.layers.conv_block import GLOBAL_MEAN
from foveal.models.bodies import Make, channels_after, maps_of
from foveal.models.stems import Stem

#: How the features of frames become one row: the mean, or one whose weights follow from them.
Head = Literal["mean", "gated"]


def frames(
    input_shape: Sequence[int], n_outputs: int, *, body: Make, head: Head = "mean", stem: Stem = "auto"
) -> nn.Sequential:
    r"""Build a body that sees each frame by itself -> the mean of its maps -> a mean over frames -> dense layer.

        y = W h + b,   h = sum over t of a_t h_t,   a_t = 1 / T, or softmax over t of w . tanh(V h_t)

    The order of frames makes no difference: what only motion shows, it cannot see. T may be another one at each call.

    Shape: (N, C, T, H, W) -> (N, n_outputs). Names in the state dict: frames.body.maps (the body's own), head, fc.

    Parameters
    ----------
    input_shape, n_outputs : (C, T, H, W) and the outputs.
    body : what builds the body from (C, H, W); `maps_of` says from what.
    head : "mean" or "gated".
    stem : the body's first layers, which go by H and W.

    Source: Karpathy et al. 2014, section 3.1 (one network over frames, late); gated: Ilse et al. 2018, eq. 7 and 8.

    >>> from foveal.models.landmarks.resnet import resnet
    >>> import torch
    >>> net = frames((3, 4, 16, 16), 5, body=resnet, head="gated").eval()
    >>> net(torch.zeros(2, 3, 4, 16, 16)).shape, net(torch.zeros(2, 3, 9, 16, 16)).shape
    (torch.Size([2, 5]), torch.Size([2, 5]))
    """
    channels, _, *picture = input_shape
    maps = maps_of(body, (channels, *picture), stem=stem)
    features = channels_after(tuple(maps))
    of_picture = nn.Sequential(OrderedDict(maps=maps, avgpool=GLOBAL_MEAN[2](1), flatten=nn.Flatten()))
    if head == "gated":
        over_time: nn.Module = GatedMean(features)
    else:
        over_time = nn.Sequential(GLOBAL_MEAN[1](1), nn.Flatten())
    return nn.Sequential(OrderedDict(frames=EachFrame(of_picture), head=over_time, fc=nn.Linear(features, n_outputs)))
