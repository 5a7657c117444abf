"""Inception v3: modules side by side whose large filters are made of several small ones."""

from collections import OrderedDict
from collections.abc import Sequence
from typing import Any

import torch
from torch import nn

from foveal.core.errors import ParameterError
from foveal.core.shapes import Sizes
from foveal.layers import Branches, Dropout, SideHeads, conv_norm_act
from foveal.layers.conv_block import GLOBAL_MEAN
from foveal.models.landmarks.parts import AVG_POOL, MAX_POOL, all_normal
from foveal.models.stems import Stem, is_small

_AXES = 2
#: Pixels that the auxiliary head needs: its 5x5 filters see a 17x17 map after means of stride 3.
_HEAD_NEEDS = 299


def inception_v3(input_shape: Sequence[int], n_outputs: int, *, stem: Stem = "auto", aux: bool = False) -> nn.Module:
    r"""Build five convolutions -> eleven inception modules -> mean over the map -> dense layer, for pictures.

    Modules 5b to 5d have 5x5 and twice 3x3 filters beside 1x1; 6b to 6e make 7x7 of 1x7 and 7x1; 7b and 7c end in 1x3
    and 3x1 side by side; 6a and 7a halve the map.

    Shape: (N, C, H, W) -> (N, n_outputs); with `aux`, in training, a tuple of two: main, auxiliary. For (3, 299, 299)
    and 1,000 outputs 23,834,568 parameters, with the head 27,161,264. Names in the state dict are torchvision's.

    Parameters
    ----------
    input_shape, n_outputs : (C, H, W) and the outputs.
    stem : "full" has a first stride of 2, two 3x3 maxima and no zeros around; "small" strides of 1, zeros around, and
        the second maximum alone; "auto" is small where the shortest axis has at most 64 pixels.
    aux : whether a head at module 6e helps to train those before it; it needs the full stem and 299 pixels.

    Source: Szegedy et al. 2016, table 1, figures 5 to 7 and 10. Deviations, torchvision's: batch norm with eps 0.001
    everywhere, in the head too, and the start values, N(0, 0.1^2), biases 0: the paper does not give them.

    >>> with torch.device("meta"):
    ...     net = inception_v3((1, 32, 32), 10).eval()
    ...     y = net(torch.zeros(2, 1, 32, 32))
    >>> y.shape, list(net.state_dict())[0]
    (torch.Size([2, 10]), 'Conv2d_1a_3x3.conv.weight')
    """
    small = is_small(stem, input_shape)
    parts = _stem(int(input_shape[0]), small)
    channels = 192
    for name, behind in (("5b", 32), ("5c", 64), ("5d", 64)):
        parts[f"Mixed_{name}"] = _module_a(channels, behind)
        channels = 224 + behind
    parts["Mixed_6a"] = _module_b(channels)
    for name, width in (("6b", 128), ("6c", 160), ("6d", 160), ("6e", 192)):
        parts[f"Mixed_{name}"] = _module_c(width)
    parts |= {"Mixed_7a": _module_d(), "Mixed_7b": _module_e(1280), "Mixed_7c": _module_e(2048)}
    parts |= {"avgpool": GLOBAL_MEAN[_AXES](1), "dropout": Dropout(0.5), "flatten": nn.Flatten()}
    parts["fc"] = nn.Linear(2048, n_outputs)
    net: nn.Module = nn.Sequential(parts)
    if aux:
        _check_head(input_shape, small)
        net = SideHeads(parts, {"AuxLogits": ("Mixed_6e", _head(n_outputs))})
    _start(net)
    return net


def _stem(channels: int, small: bool) -> OrderedDict[str, nn.Module]:
    around = 1 if small else 0
    parts: OrderedDict[str, nn.Module] = OrderedDict(
        Conv2d_1a_3x3=_unit(channels, 32, 3, stride=1 if small else 2, padding=around),
        Conv2d_2a_3x3=_unit(32, 32, 3, padding=around),
        Conv2d_2b_3x3=_unit(32, 64, 3),
    )
    if not small:
        parts["maxpool1"] = MAX_POOL[_AXES](3, stride=2)
    parts["Conv2d_3b_1x1"] = _unit(64, 80, 1)
    parts["Conv2d_4a_3x3"] = _unit(80, 192, 3, padding=around)
    parts["maxpool2"] = MAX_POOL[_AXES](3, stride=2)
    return parts


def _unit(before: int, maps: int, filter_size: Sizes, stride: int = 1, padding: Sizes | None = None) -> nn.Sequential:
    return conv_norm_act(
        _AXES, before, maps, filter_size, stride=stride, padding=padding, eps=1e-3, names=("conv", "bn", "relu")
    )


def _mean() -> Any:
    return AVG_POOL[_AXES](3, stride=1, padding=1)


def _module_a(channels: int, behind: int) -> Branches:
    """Make 1x1, 5x5, twice 3x3, and 1x1 behind a mean: figure 5."""
    parts = {
        "branch1x1": _unit(channels, 64, 1),
        "branch5x5_1": _unit(channels, 48, 1),
        "branch5x5_2": _unit(48, 64, 5),
        "branch3x3dbl_1": _unit(channels, 64, 1),
        "branch3x3dbl_2": _unit(64, 96, 3),
        "branch3x3dbl_3": _unit(96, 96, 3),
        "pool": _mean(),
        "branch_pool": _unit(channels, behind, 1),
    }
    return Branches(parts, (
        ("branch1x1",), ("branch5x5_1", "branch5x5_2"), ("branch3x3dbl_1", "branch3x3dbl_2", "branch3x3dbl_3"),
        ("pool", "branch_pool"),
    ))  # fmt: skip


def _module_b(channels: int) -> Branches:
    """Halve the map by 3x3, twice 3x3, and a maximum: figure 10."""
    parts = {
        "branch3x3": _unit(channels, 384, 3, stride=2, padding=0),
        "branch3x3dbl_1": _unit(channels, 64, 1),
        "branch3x3dbl_2": _unit(64, 96, 3),
        "branch3x3dbl_3": _unit(96, 96, 3, stride=2, padding=0),
        "pool": MAX_POOL[_AXES](3, stride=2),
    }
    return Branches(parts, (("branch3x3",), ("branch3x3dbl_1", "branch3x3dbl_2", "branch3x3dbl_3"), ("pool",)))


def _module_c(width: int) -> Branches:
    """Make 1x1, 7x7 and twice 7x7 of filters along one axis, and 1x1 behind a mean: figure 6."""
    row, column = (1, 7), (7, 1)
    parts = {"branch1x1": _unit(768, 192, 1)}
    rows: list[tuple[str, ...]] = [("branch1x1",)]
    for branch, filters in (("branch7x7", (row, column)), ("branch7x7dbl", (column, row, column, row))):
        names = tuple(f"{branch}_{i + 1}" for i in range(len(filters) + 1))
        parts[names[0]] = _unit(768, width, 1)
        for name, size in zip(names[1:], filters, strict=True):
            parts[name] = _unit(width, 192 if name == names[-1] else width, size)
        rows.append(names)
    behind = {"pool": _mean(), "branch_pool": _unit(768, 192, 1)}
    return Branches(parts | behind, (*rows, tuple(behind)))


def _module_d() -> Branches:
    """Halve the map by 3x3, 7x7 and 3x3, and a maximum."""
    parts = {
        "branch3x3_1": _unit(768, 192, 1),
        "branch3x3_2": _unit(192, 320, 3, stride=2, padding=0),
        "branch7x7x3_1": _unit(768, 192, 1),
        "branch7x7x3_2": _unit(192, 192, (1, 7)),
        "branch7x7x3_3": _unit(192, 192, (7, 1)),
        "branch7x7x3_4": _unit(192, 192, 3, stride=2, padding=0),
        "pool": MAX_POOL[_AXES](3, stride=2),
    }
    names = tuple(parts)
    return Branches(parts, (names[:2], names[2:6], names[6:]))


def _module_e(channels: int) -> Branches:
    """Make 1x1, 3x3 and twice 3x3 that end in a row and a column each, and 1x1 behind a mean: figure 7."""
    parts = {
        "branch1x1": _unit(channels, 320, 1),
        "branch3x3_1": _unit(channels, 384, 1),
        "branch3x3_2a": _unit(384, 384, (1, 3)),
        "branch3x3_2b": _unit(384, 384, (3, 1)),
        "branch3x3dbl_1": _unit(channels, 448, 1),
        "branch3x3dbl_2": _unit(448, 384, 3),
        "branch3x3dbl_3a": _unit(384, 384, (1, 3)),
        "branch3x3dbl_3b": _unit(384, 384, (3, 1)),
        "pool": _mean(),
        "branch_pool": _unit(channels, 192, 1),
    }
    return Branches(parts, (
        ("branch1x1",),
        ("branch3x3_1", (("branch3x3_2a",), ("branch3x3_2b",))),
        ("branch3x3dbl_1", "branch3x3dbl_2", (("branch3x3dbl_3a",), ("branch3x3dbl_3b",))),
        ("pool", "branch_pool"),
    ))  # fmt: skip


def _head(n_outputs: int) -> nn.Sequential:
    return nn.Sequential(OrderedDict(
        pool=AVG_POOL[_AXES](5, stride=3),
        conv0=_unit(768, 128, 1),
        conv1=_unit(128, 768, 5, padding=0),
        mean=GLOBAL_MEAN[_AXES](1),
        flatten=nn.Flatten(),
        fc=nn.Linear(768, n_outputs),
    ))  # fmt: skip


def _check_head(input_shape: Sequence[int], small: bool) -> None:
    if small or min(input_shape[1:]) < _HEAD_NEEDS:
        raise ParameterError(
            f"aux=True needs the full stem and {_HEAD_NEEDS} pixels on each axis, got {tuple(input_shape[1:])}"
            f"{' with the small one' if small else ''}; use larger rows, or aux=False"
        )


def _start(net: nn.Module, rng: torch.Generator | None = None) -> None:
    all_normal(net, 0.1, rng)
    if isinstance(net, SideHeads):
        head = net.get_submodule("AuxLogits")
        all_normal(head.get_submodule("conv1"), 0.01, rng)
        all_normal(head.get_submodule("fc"), 0.001, rng)
