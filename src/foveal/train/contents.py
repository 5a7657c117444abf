"""What a network holds: weights, buffers, extra states. Copied, put back and followed, whatever a user's modules do.

A module may assign its buffers anew in each step, with another size, or fill one that was None: they are no fixed
places in memory, as weights are.
"""

import copy
from collections.abc import Mapping
from typing import Any, Protocol, runtime_checkable

import torch
from torch import Tensor, nn


@runtime_checkable
class Counting(Protocol):
    """A module whose step depends on its number, kept on the host, until it has settled."""

    steps: int | None
    training: bool

    @property
    def settled(self) -> bool:
        """Whether all steps to come are alike."""
        ...


def contents(net: nn.Module) -> dict[str, Any]:
    """Name what a network holds, where it lies: weights, buffers, those that no state dict has too, extra states.

    >>> list(contents(nn.BatchNorm1d(1, affine=False)))
    ['running_mean', 'running_var', 'num_batches_tracked']
    """
    weights, buffers = net.named_parameters(remove_duplicate=False), net.named_buffers(remove_duplicate=False)
    extra = {_under(name, "_extra_state"): module.get_extra_state() for name, module in _with_extra_state(net)}
    return {**dict(weights), **dict(buffers), **extra}


def empty_buffers(net: nn.Module) -> set[str]:
    """Name the buffers that are None: training may fill them."""
    parts = net.named_modules()
    return {_under(name, own) for name, module in parts for own, value in module._buffers.items() if value is None}


def snapshot(net: nn.Module) -> dict[str, Any]:
    """Copy what a network holds."""
    return {name: _copy(value) for name, value in contents(net).items()}


@torch.no_grad()
def put_back(net: nn.Module, kept: Mapping[str, Any]) -> None:
    """Give a network what `snapshot` has kept of it: in place where it can be, for optimizers hold the weights."""
    for name, weight in net.named_parameters(remove_duplicate=False):
        weight.copy_(kept[name])
    for name, module in net.named_modules():
        for own in list(module._buffers.keys()):  # TorchScript's table has no other way
            _set_buffer(module, own, kept.get(_under(name, own)))
        if isinstance(module, Counting):
            module.steps = None  # to be read anew
    for name, module in _with_extra_state(net):
        module.set_extra_state(_copy(kept[_under(name, "_extra_state")]))


@torch.no_grad()
def follow_buffers(net: nn.Module, other: nn.Module) -> None:
    """Give a network the buffers of another one that is made alike."""
    for module, like in zip(net.modules(), other.modules(), strict=True):
        for name, value in like._buffers.items():
            _set_buffer(module, name, value)


def _under(module: str, name: str) -> str:
    return f"{module}.{name}" if module else name


def _with_extra_state(net: nn.Module) -> list[tuple[str, nn.Module]]:
    kinds = nn.Module, torch.jit.ScriptModule
    return [(n, m) for n, m in net.named_modules() if all(_extra(type(m)) is not _extra(kind) for kind in kinds)]


def _extra(kind: Any) -> Any:
    return kind.get_extra_state


def _copy(value: Any) -> Any:
    return value.detach().clone() if isinstance(value, Tensor) else copy.deepcopy(value)


def _set_buffer(module: nn.Module, name: str, value: Tensor | None) -> None:
    """Write into a buffer where it lies, or put another in its place where that cannot be."""
    there = module._buffers[name]
    if there is None or value is None or not _fits(there, value):
        setattr(module, name, None if value is None else value.detach().clone())
    else:
        there.copy_(value)


def _fits(there: Tensor, value: Tensor) -> bool:
    """Tell whether a tensor can take another's values: one that inference mode or `expand` has made cannot."""
    alike = (there.shape, there.dtype, there.layout) == (value.shape, value.dtype, value.layout)
    return alike and there.layout == torch.strided and not there.is_inference() and 0 not in there.stride()
