"""Copies of modules as they stand, also of those that were at work before."""

import copy
from collections.abc import Iterator
from typing import Any, TypeVar

from torch import Tensor, nn
from torch.nn.parameter import UninitializedBuffer

Copied = TypeVar("Copied")


def deep_copy(value: Copied) -> Copied:
    """Copy a module, or several in a tuple, with all that they hold and share.

    `copy.deepcopy` refuses two kinds of tensors: what a forward pass has computed and left in the module, such as the
    weight of `torch.nn.utils.weight_norm`, and the buffers of a lazy layer that has not run. Here the first is copied
    as a number without history, the second stays to be made.

    >>> import torch
    >>> dense = nn.Linear(1, 1)
    >>> dense.seen = dense(torch.ones(1, 1))
    >>> deep_copy(dense).seen.requires_grad
    False
    """
    refused = {id(t): _without_history(t) for t in _tensors(value, set()) if not t.is_leaf or _is_to_be_made(t)}
    return copy.deepcopy(value, refused)


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
