"""Arrays that a model keeps beside its network, in its file under names of their own."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from foveal.core.headers import Header
from foveal.data.interactions.kept import check_kept
from foveal.models.item_net import ItemNet

#: Before the name of an array in a file; no module of a network is called so.
PREFIX = "kept."


def kept_tensors(kept: Mapping[str, Any]) -> dict[str, Tensor]:
    """Give arrays as tensors by the names that they have in a file.

    >>> kept_tensors({"items": np.array([3, 4])})
    {'kept.items': tensor([3, 4])}
    """
    return {PREFIX + name: torch.from_numpy(np.array(array)) for name, array in kept.items()}


def of_network(header: Header) -> Header:
    """Give a header without what is kept beside the network."""
    return replace(header, tensors={k: v for k, v in header.tensors.items() if not k.startswith(PREFIX)})


def parted(tensors: Mapping[str, Tensor]) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Part the tensors of a file: the network's, and the arrays that are kept beside it."""
    own = {name: tensor for name, tensor in tensors.items() if not name.startswith(PREFIX)}
    kept = {name.removeprefix(PREFIX): t.numpy() for name, t in tensors.items() if name.startswith(PREFIX)}
    return own, kept


def check_beside(kept: Mapping[str, Any], net: nn.Module, tensors: Mapping[str, Tensor]) -> None:
    """Raise `ValueError` where what is kept does not fit the network, or its neighbours are no items."""
    body = net.get_submodule("body")
    if not isinstance(body, ItemNet):
        if kept:
            raise ValueError(f"it keeps {next(iter(kept))!r}, and its network is not of histories")
        return
    check_kept(kept, body.n_items)
    found = tensors.get("body.neighbours.items")
    if found is not None and found.numel() and not (int(found.min()) >= 0 and int(found.max()) <= body.n_items):
        raise ValueError("its neighbours are items that are not there")
