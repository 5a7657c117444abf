"""A network of the catalogue as the body of another one: its maps, without the mean over them and what follows."""

from collections.abc import Callable, Sequence
from inspect import signature
from typing import Any

from torch import nn

from foveal.core.errors import ParameterError
from foveal.layers.conv_block import GLOBAL_MEAN
from foveal.layers.wiring import Join, Wiring, wiring_of
from foveal.models.receptive import CONV
from foveal.models.stems import Stem

#: (input shape, outputs, *, stem) -> network; one that can be dilated takes `dilated` too.
Make = Callable[..., nn.Module]


def maps_of(make: Make, input_shape: Sequence[int], *, stem: Stem = "auto", dilated: int = 0) -> nn.Sequential:
    r"""Build a network's modules up to its mean over the whole map: (N, C, \*S) -> (N, C', \*S').

    A network whose function takes `dilated` is built with it: so many of its last stages keep the map's size. Raises
    `ParameterError` for a network that has no such mean. Names in the state dict are the network's own; where one
    module, `features`, holds all of its convolutions, those of the modules in it.

    >>> from foveal.models.landmarks.resnet import resnet
    >>> [name for name, _ in maps_of(resnet, (3, 64, 64), stem="full").named_children()][-2:]
    ['layer3', 'layer4']
    """
    own: dict[str, Any] = {"stem": stem}
    if dilated and "dilated" in signature(make).parameters:
        own["dilated"] = dilated
    net = make(tuple(input_shape), 1, **own)
    children = list(net.named_children()) if type(net) is nn.Sequential else []
    mean = GLOBAL_MEAN[len(input_shape) - 1]
    ends = [i for i, (_, part) in enumerate(children) if isinstance(part, mean)]
    if not ends:
        raise ParameterError(
            f"body must be a network whose maps end in a mean over them, got {type(net).__name__}; use one such as "
            "'resnet18'"
        )
    kept = children[: ends[0]]
    if len(kept) == 1 and type(kept[0][1]) is nn.Sequential:
        return kept[0][1]
    made = nn.Sequential()
    for name, part in kept:
        made.add_module(name, part)
    return made


def channels_after(steps: Wiring, channels: int = 0) -> int:
    """Count the channels that a row of modules leaves of so many; what is no convolution nor dense layer keeps them.

    >>> from foveal.layers import Appended
    >>> channels_after((nn.Conv1d(2, 3, 1), Appended({"conv": nn.Conv1d(3, 4, 1)}), nn.ReLU()))
    7
    """
    for step in steps:
        if isinstance(step, Join):
            rows = [channels_after(row, channels) for row in step.rows]
            full = [count for row, count in zip(step.rows, rows, strict=True) if row]
            channels = sum(rows) if step.how in ("concatenate", "overlap") else (full or rows)[0]
            continue
        inner = wiring_of(step)
        if inner is not None:
            channels = channels_after(inner, channels)
        elif isinstance(step, CONV):
            channels = step.out_channels
        elif isinstance(step, nn.Linear):
            channels = step.out_features
    return channels
