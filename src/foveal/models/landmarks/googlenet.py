"""GoogLeNet: rows of modules in which filters of several sizes stand side by side."""

from collections import OrderedDict
from collections.abc import Sequence

from torch import nn

from foveal.core.errors import ParameterError
from foveal.layers import Branches, Dropout, LocalResponse, SideHeads, conv_norm_act, convolution, make_activation
from foveal.layers.conv_block import GLOBAL_MEAN
from foveal.models.landmarks.parts import AVG_POOL, MAX_POOL, all_normal, glorot
from foveal.models.stems import Stem, is_small

#: Maps of each module: 1x1; before and of 3x3; before and of 5x5; behind the pooling.
_MODULES = {
    "3a": (64, 96, 128, 16, 32, 32),
    "3b": (128, 128, 192, 32, 96, 64),
    "4a": (192, 96, 208, 16, 48, 64),
    "4b": (160, 112, 224, 24, 64, 64),
    "4c": (128, 128, 256, 24, 64, 64),
    "4d": (112, 144, 288, 32, 64, 64),
    "4e": (256, 160, 320, 32, 128, 128),
    "5a": (256, 160, 320, 32, 128, 128),
    "5b": (384, 192, 384, 48, 128, 128),
}
#: Poolings by the module that they stand before.
_POOLS = {"4a": "maxpool3", "5a": "maxpool4"}
#: Auxiliary heads: the module whose output they read.
_HEADS = {"aux1": "4a", "aux2": "4d"}


def googlenet(
    input_shape: Sequence[int], n_outputs: int, *, stem: Stem = "auto", aux: bool = False, paper: bool = False
) -> nn.Module:
    r"""Build three convolutions -> nine inception modules with two poolings among them -> mean over the map -> dense.

    A module lays side by side what 1x1, 3x3 and 5x5 convolutions and a 3x3 maximum make of its input, 1x1 convolutions
    before the larger ones and behind the pooling keeping them thin.

    Shape: (N, C, \*S) -> (N, n_outputs); with `aux`, in training, a tuple of three: main, aux1, aux2. For (3, 224, 224)
    and 1,000 outputs 6,624,904 parameters, with the heads 13,004,888; of the paper's form 6,998,552 and 13,378,280.
    Names in the state dict are torchvision's.

    Parameters
    ----------
    input_shape, n_outputs : (C, \*S), one to three axes, and the outputs.
    stem : "full" is 7x7 of stride 2 and a 3x3 maximum of stride 2, "small" 3x3 of stride 1 and no first maximum; "auto"
        is small where the shortest axis has at most 64 pixels.
    aux : whether two heads help to train the early modules; whoever trains weighs their losses, by 0.3 in the paper.
    paper : the network as published; else as torchvision has it.

    Source: Szegedy et al. 2015, table 1 and section 5. torchvision's deviations: batch norm (eps 0.001) and no biases,
    no local response normalisation, 3x3 where the paper has 5x5, a last maximum of 2x2, less dropout, heads that see
    4x4 means of their map, start values N(0, 0.01^2). Deviations of the paper's form: the mean is over the whole map,
    whatever its size; start values, of which the paper says nothing, are Glorot's, biases 0.

    >>> import torch
    >>> net = googlenet((3, 32, 32), 10)
    >>> net(torch.zeros(2, 3, 32, 32)).shape, list(net.state_dict())[0]
    (torch.Size([2, 10]), 'conv1.conv.weight')
    """
    ndim, small = len(input_shape) - 1, is_small(stem, input_shape)
    parts = _stem(ndim, int(input_shape[0]), small, paper)
    channels, widths = 192, dict[str, int]()
    for name, maps in _MODULES.items():
        if name in _POOLS:
            parts[_POOLS[name]] = MAX_POOL[ndim](2 if name == "5a" and not paper else 3, stride=2, ceil_mode=True)
        parts[f"inception{name}"] = _module(ndim, channels, maps, paper)
        widths[name] = channels = maps[0] + maps[2] + maps[4] + maps[5]
    parts |= {
        "avgpool": GLOBAL_MEAN[ndim](1),
        "flatten": nn.Flatten(),
        "dropout": Dropout(0.4 if paper else 0.2),
        "fc": nn.Linear(channels, n_outputs),
    }
    net: nn.Module = nn.Sequential(parts)
    if aux:
        if paper:
            _check_heads(input_shape, small)
        heads = {name: (f"inception{m}", _head(ndim, widths[m], n_outputs, paper)) for name, m in _HEADS.items()}
        net = SideHeads(parts, heads)
    if paper:
        glorot(net)
    else:
        all_normal(net, 0.01)
    return net


def _stem(ndim: int, channels: int, small: bool, paper: bool) -> OrderedDict[str, nn.Module]:
    parts: OrderedDict[str, nn.Module] = OrderedDict()
    parts["conv1"] = _unit(ndim, channels, 64, 3 if small else 7, paper, stride=1 if small else 2)
    if not small:
        parts["maxpool1"] = MAX_POOL[ndim](3, stride=2, ceil_mode=True)
    if paper:
        parts["norm1"] = LocalResponse()
    parts |= {"conv2": _unit(ndim, 64, 64, 1, paper), "conv3": _unit(ndim, 64, 192, 3, paper)}
    if paper:
        parts["norm2"] = LocalResponse()
    parts["maxpool2"] = MAX_POOL[ndim](3, stride=2, ceil_mode=True)
    return parts


def _unit(ndim: int, before: int, maps: int, filter_size: int, paper: bool, stride: int = 1) -> nn.Sequential:
    """Build a convolution with a bias and ReLU (the paper), or with batch norm between them."""
    if not paper:
        return conv_norm_act(ndim, before, maps, filter_size, stride=stride, eps=1e-3, names=("conv", "bn", "relu"))
    conv = convolution(ndim, before, maps, filter_size, stride=stride, bias=True)
    return nn.Sequential(OrderedDict(conv=conv, relu=make_activation("relu")))


def _module(ndim: int, channels: int, maps: Sequence[int], paper: bool) -> Branches:
    one, before3, three, before5, five, behind = maps
    return Branches({
        "branch1": _unit(ndim, channels, one, 1, paper),
        "branch2": nn.Sequential(_unit(ndim, channels, before3, 1, paper), _unit(ndim, before3, three, 3, paper)),
        "branch3": nn.Sequential(
            _unit(ndim, channels, before5, 1, paper), _unit(ndim, before5, five, 5 if paper else 3, paper)
        ),
        "branch4": nn.Sequential(
            MAX_POOL[ndim](3, stride=1, padding=1), _unit(ndim, channels, behind, 1, paper)
        ),
    })  # fmt: skip


def _head(ndim: int, channels: int, n_outputs: int, paper: bool) -> nn.Sequential:
    means: list[nn.Module] = [AVG_POOL[ndim](5, stride=3)] if paper else []
    return nn.Sequential(OrderedDict(
        pool=nn.Sequential(*means, GLOBAL_MEAN[ndim](4)),
        conv=_unit(ndim, channels, 128, 1, paper),
        flatten=nn.Flatten(),
        fc1=nn.Linear(128 * 4**ndim, 1024),
        relu=make_activation("relu"),
        dropout=Dropout(0.7),
        fc2=nn.Linear(1024, n_outputs),
    ))  # fmt: skip


def _check_heads(input_shape: Sequence[int], small: bool) -> None:
    """Refuse inputs of which the heads' 5x5 means would have too little: a map of 5 pixels is a 16th, or a 4th."""
    size, need = min(input_shape[1:]), 20 if small else 79
    if size < need:
        raise ParameterError(
            f"aux=True with paper=True needs {need} pixels on each axis, got {tuple(input_shape[1:])}; use larger "
            "rows, paper=False, or aux=False"
        )
