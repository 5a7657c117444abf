"""What is done with modules of any kind: copied as they stand, moved, asked for their dtype."""

import copy
from collections.abc import Iterator
from typing import Any, TypeVar

import torch
from torch import Tensor, nn
from torch.nn.parameter import UninitializedBuffer
from torch.optim import Optimizer

Copied = TypeVar("Copied")


def deep_copy(value: Copied) -> Copied:
    """Copy a module, or several in a tuple, with all that they hold and share.

    `copy.deepcopy` refuses two kinds of tensors: what a forward pass has computed and left in the module, such as the
    weight of `torch.nn.utils.weight_norm`, and the buffers of a lazy layer that has not run. Here the first is copied
    as a number without history, the second stays to be made. And it leaves out what an optimizer of the user's own has
    beside groups and state, and copies TorchScript apart from the optimizer that holds its weights; here all stays
    together.

    >>> dense = nn.Linear(1, 1)
    >>> dense.seen = dense(torch.ones(1, 1))
    >>> deep_copy(dense).seen.requires_grad
    False
    """
    refused: dict[int, Any] = {
        id(t): _without_history(t) for t in _tensors(value, set()) if not t.is_leaf or _is_to_be_made(t)
    }
    parts = value if isinstance(value, tuple) else (value,)
    for part in parts:
        if isinstance(part, nn.Module):
            _copy_compiled(part, refused)
    for part in parts:
        if isinstance(part, Optimizer):
            _copy_optimizer(part, refused)
    return copy.deepcopy(value, refused)


def real_weight(net: nn.Module) -> Tensor:
    """Give the first weight that is a real number: its dtype and device are the network's.

    >>> real_weight(nn.Linear(1, 1)).dtype
    torch.float32
    """
    return next(
        (w for w in net.parameters() if w.is_floating_point()), torch.zeros(0, dtype=torch.float32, device="cpu")
    )


def moved(net: nn.Module, device: torch.device, dtype: torch.dtype) -> nn.Module:
    """Move a module and its real numbers to a device and a dtype, in place; `Module.to` would make complex ones real.

    >>> moved(nn.Linear(1, 1), torch.device("cpu"), torch.float64).weight.dtype
    torch.float64
    """
    net._apply(lambda t: t.to(device, dtype if t.is_floating_point() else t.dtype))  # type: ignore[no-untyped-call]
    return net


def _copy_compiled(net: nn.Module, copied: dict[int, Any]) -> None:
    """Copy the TorchScript in a module into `copied`: its own copy makes of weights results, and tells nobody."""
    compiled = [m for m in net.modules() if isinstance(m, torch.jit.ScriptModule)]
    for module in compiled:
        if id(module) not in copied:
            twin = copied[id(module)] = copy.deepcopy(module)
            copied |= {id(m): t for m, t in zip(module.modules(), twin.modules(), strict=True)}
            for weight, own in zip(module.parameters(), twin.parameters(), strict=True):
                copied[id(weight)] = own.detach_().requires_grad_(weight.requires_grad)


def _copy_optimizer(optimizer: Optimizer, copied: dict[int, Any]) -> None:
    """Copy an optimizer into `copied`; a step that was laid over its own, as schedulers do, would move the original."""
    twin = object.__new__(type(optimizer))
    copied[id(optimizer)] = twin
    vars(twin).update({k: copy.deepcopy(v, copied) for k, v in vars(optimizer).items() if k != "step"})


def _tensors(value: Any, seen: set[int]) -> Iterator[Tensor]:
    """Find the tensors of modules and of the tables and lists in them."""
    if isinstance(value, Tensor):
        yield value
    elif isinstance(value, nn.Module | dict | list | tuple) and id(value) not in seen:
        seen.add(id(value))
        held = vars(value) if isinstance(value, nn.Module) else value
        for part in held.values() if isinstance(held, dict) else held:
            yield from _tensors(part, seen)


def _is_to_be_made(tensor: Tensor) -> bool:
    return isinstance(tensor, UninitializedBuffer)


def _without_history(tensor: Tensor) -> Tensor:
    if _is_to_be_made(tensor):
        return UninitializedBuffer(device=tensor.device, dtype=tensor.dtype)  # type: ignore[call-arg]
    return tensor.detach().clone()
