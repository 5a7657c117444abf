"""Heads that make an answer for each place of a body's maps: fully convolutional, an atrous pyramid, two scales."""

from collections import OrderedDict
from collections.abc import Mapping, Sequence

from torch import nn

from foveal.core.errors import ParameterError
from foveal.layers import Branches, Dropout, LaidOut, LaidOutWithAux, TwoScales, conv_norm_act, convolution
from foveal.layers.conv_block import GLOBAL_MEAN
from foveal.models.bodies import Make, channels_after, maps_of
from foveal.models.stems import Stem

#: How far the taps of the pyramid's filters lie apart, for maps of an eighth of the input.
_RATES = (12, 24, 36)


def fully_convolutional(
    input_shape: Sequence[int], n_outputs: int, *, body: Make, stem: Stem = "auto", aux: bool = False
) -> nn.Module:
    r"""Build a body's maps -> a 3-wide convolution to a quarter of their channels -> dropout -> 1x1, laid out.

    The answers of the maps' places are laid out over the input's by linear interpolation.

    Shape: (N, C, \*S) -> (N, n_outputs, \*S); with `aux`, in training, a tuple of two. Names in the state dict are
    torchvision's.

    Parameters
    ----------
    input_shape, n_outputs : (C, \*S), one to three axes, and the outputs of each place.
    body : what builds the body, `maps_of` says from what. One that can be dilated, a residual network of four stages,
        has maps of an eighth of the input (with its small stem, half): its last two stages keep their size.
    stem : the body's first layers.
    aux : whether a head like this on the body's last but one stage helps in training; whoever trains weighs its loss.

    Source: Long et al. 2015, Fully convolutional networks, section 3; the head is torchvision's. Deviations, as there:
    one scale of maps, dilated, in place of the sum of three; the interpolation is fixed, not learnt.

    >>> from foveal.models.landmarks.resnet import resnet
    >>> import torch
    >>> net = fully_convolutional((3, 48, 40), 5, body=resnet).eval()
    >>> net(torch.zeros(1, 3, 48, 40)).shape
    torch.Size([1, 5, 48, 40])
    """
    ndim, maps = len(input_shape) - 1, maps_of(body, input_shape, stem=stem, dilated=2)
    return _laid_out(maps, _fcn_head(ndim, channels_after(tuple(maps)), n_outputs), n_outputs, ndim, aux)


def deeplabv3(
    input_shape: Sequence[int], n_outputs: int, *, body: Make, stem: Stem = "auto", aux: bool = False
) -> nn.Module:
    r"""Build a body's maps -> an atrous pyramid -> a 3-wide convolution -> 1x1, laid out over the input.

    The pyramid reads the maps side by side by 1x1, by 3-wide filters whose taps lie 12, 24 and 36 places apart, and by
    the mean over the whole map; a 1x1 makes 256 channels of all five. Parameters, shapes and body are those of
    `fully_convolutional`. Names in the state dict are torchvision's.

    Source: Chen et al. 2017, Rethinking atrous convolution, section 3.3, for maps of an eighth. Deviations, as
    torchvision: no further blocks of the multi-grid; a 3-wide convolution after the pyramid.

    >>> from foveal.models.landmarks.resnet import resnet
    >>> list(deeplabv3((3, 48), 5, body=resnet).state_dict())[-2:]
    ['classifier.4.weight', 'classifier.4.bias']
    """
    ndim, maps = len(input_shape) - 1, maps_of(body, input_shape, stem=stem, dilated=2)
    head = nn.Sequential(
        _pyramid(ndim, channels_after(tuple(maps))), *conv_norm_act(ndim, 256, 256),
        convolution(ndim, 256, n_outputs, 1, bias=True),
    )  # fmt: skip
    return _laid_out(maps, head, n_outputs, ndim, aux)


def _pyramid(ndim: int, channels: int) -> nn.Sequential:
    rows: dict[str, nn.Module] = {"0": conv_norm_act(ndim, channels, 256, 1)}
    for i, rate in enumerate(_RATES, start=1):
        rows[f"{i}"] = conv_norm_act(ndim, channels, 256, 3, dilation=rate)
    rows["4"] = LaidOut(GLOBAL_MEAN[ndim](1), *conv_norm_act(ndim, channels, 256, 1))
    project = nn.Sequential(*conv_norm_act(ndim, 256 * len(rows), 256, 1), Dropout(0.5))
    return nn.Sequential(OrderedDict(convs=Branches(rows), project=project))


def _fcn_head(ndim: int, channels: int, n_outputs: int) -> nn.Sequential:
    last = convolution(ndim, channels // 4, n_outputs, 1, bias=True)
    return nn.Sequential(*conv_norm_act(ndim, channels, channels // 4), Dropout(0.1), last)


def _laid_out(maps: nn.Sequential, head: nn.Module, n_outputs: int, ndim: int, aux: bool) -> nn.Module:
    if not aux:
        return LaidOut(OrderedDict(backbone=maps, classifier=head))
    *_, (reads, _), _ = maps.named_children()
    if reads != "layer3":
        raise ParameterError("aux=True is for bodies of four stages, layer1 to layer4; use a resnet, or aux=False")
    before = [part for name, part in maps.named_children() if name != "layer4"]
    return LaidOutWithAux(maps, head, _fcn_head(ndim, channels_after(tuple(before)), n_outputs), reads)


#: How many of a body's modules LR-ASPP's fine map comes from: up to the first one at an eighth of the input.
FINE: Mapping[str, int] = {"mobilenet_v3_large": 5, "mobilenet_v3_small": 3}


def lraspp(input_shape: Sequence[int], n_outputs: int, *, body: Make, n_fine: int, stem: Stem = "auto") -> TwoScales:
    r"""Build a light head on two scales of a body's maps: `TwoScales`, its answer laid out over the input.

    Parameters
    ----------
    input_shape, n_outputs : (C, \*S), one to three axes, and the outputs of each place.
    body, n_fine : what builds the body, and how many of its modules the fine map comes from. One that can be dilated
        keeps the size of its maps in its last stage: a sixteenth.
    stem : the body's first layers.

    Shape: (N, C, \*S) -> (N, n_outputs, \*S). Names in the state dict are torchvision's. Source: Howard et al. 2019,
    section 6.4 and figure 10. Deviation, as torchvision: the gate sees the mean over the whole map.

    >>> from foveal.models.landmarks.mobilenet_v3 import mobilenet_v3
    >>> import torch
    >>> lraspp((3, 48, 40), 5, body=mobilenet_v3, n_fine=5).eval()(torch.zeros(1, 3, 48, 40)).shape
    torch.Size([1, 5, 48, 40])
    """
    ndim, maps = len(input_shape) - 1, maps_of(body, input_shape, stem=stem, dilated=1)
    fine, coarse = channels_after(tuple(maps)[:n_fine]), channels_after(tuple(maps))
    scale = nn.Sequential(GLOBAL_MEAN[ndim](1), convolution(ndim, coarse, 128, 1), nn.Sigmoid())
    return TwoScales(maps, n_fine, {
        "cbr": conv_norm_act(ndim, coarse, 128, 1),
        "scale": scale,
        "low_classifier": convolution(ndim, fine, n_outputs, 1, bias=True),
        "high_classifier": convolution(ndim, 128, n_outputs, 1, bias=True),
    })  # fmt: skip
