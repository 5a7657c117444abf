"""The network that settings describe, held against tensors: by `save` before it writes, by `load` before it reads."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from foveal.core.forms import Form
from foveal.core.tensor_files import signature, unsavable
from foveal.data.source import Statistics
from foveal.fitted.foreign import is_foreign
from foveal.fitted.network import build
from foveal.train.contents import empty_buffers

#: Dtype and shape of each tensor, as a file's header has them.
Tensors = Mapping[str, tuple[str, tuple[int, ...]]]


def rebuilt(
    settings: dict[str, Any], form: Form, n_outputs: int, tensors: Tensors, *, each_place: bool = False
) -> Callable[..., nn.Module]:
    """Give what builds the network of these settings, in the dtype and with the input that the tensors have."""
    _, found = tensors.get("input.mean", ("", None))
    shape = form[0].sizes
    empty = np.zeros(shape if found == shape else shape[:1])  # of columns no more than what the file holds
    scale = None if found is None else Statistics(empty, empty + 1)
    how = {"dtype": dtype_of(settings, tensors), "each_place": each_place}
    return partial(build, settings, form, n_outputs, statistics=scale, seed=0, **how)  # type: ignore[arg-type]


def dtype_of(settings: Mapping[str, Any], tensors: Tensors) -> torch.dtype:
    """Say in which dtype a network is: its input's, else that which the settings ask for.

    >>> dtype_of({"precision": "float64"}, {"body.steps": ("I64", ())})
    torch.float64
    """
    own = "F64" if settings["precision"] == "float64" else "F32"
    return torch.float64 if tensors.get("input.mean", (own, ()))[0] == "F64" else torch.float32


def difference(net: nn.Module, tensors: Tensors, *, resized: bool) -> str | None:
    """Say which tensor does not fit a network, None if all do; with `resized` a user's buffers may have any size.

    >>> difference(nn.Linear(2, 1), {"weight": ("F32", (1, 3))}, resized=True)
    "tensor 'bias' does not fit the network, which has F32 (1,): it is missing"
    """
    state = net.state_dict()
    if odd := unsavable(state):
        return f"no file holds such a network: {odd}"
    expected = signature(state)
    free = {name for name, _ in net.named_buffers(remove_duplicate=False)} | empty_buffers(net) if resized else set()
    for name in sorted({*expected, *tensors}):
        wanted, found = expected.get(name), tensors.get(name)
        if wanted == found or (found is not None and name in free and not name.startswith("input.")):
            continue
        has = "has none of the name" if wanted is None else f"has {_told(wanted)}"
        return f"tensor {name!r} does not fit the network, which {has}: it is {_told(found)}"
    return None


def _told(tensor: tuple[str, tuple[int, ...]] | None) -> str:
    return "missing" if tensor is None else f"{tensor[0]} {tensor[1]}"


def departs(
    settings: dict[str, Any], form: Form, n_outputs: int, net: nn.Module, *, each_place: bool = False
) -> str | None:
    """Say what of a network is not as settings that name one of the package's describe it; None if they are the user's.

    Only names, shapes and dtypes tell: another activation is not seen. Memory is not taken, but must be there.
    """
    if is_foreign(settings["net"]):
        return None
    tensors = signature(net.state_dict())
    return difference(
        rebuilt(settings, form, n_outputs, tensors, each_place=each_place)(meta=True), tensors, resized=False
    )


def fill(net: nn.Module, tensors: Mapping[str, Tensor]) -> None:
    """Put the tensors of a file into a network; buffers that have another size there, or were None, are theirs."""
    for path, module in net.named_modules():
        for own in list(module._buffers.keys()):  # TorchScript's table has no other way
            kept, there = tensors.get(f"{path}.{own}" if path else own), module._buffers[own]
            if kept is not None and (there is None or signature({"": kept}) != signature({"": there})):
                setattr(module, own, kept)
    net.load_state_dict(tensors)
