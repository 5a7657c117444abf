"""What is lent to a network for as long as it trains: a generator, and sight of the other processes' rows."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import nn

from foveal.train.processes.distributed import Processes


@contextmanager
def lent_generator(net: nn.Module, device: torch.device) -> Iterator[torch.Generator]:
    """Lend one generator to every module that can take one (a `generator` attribute), and take it back."""
    borrowers = takers(net)
    before = [m.generator for m in borrowers]
    rng = torch.Generator(device)
    for module in borrowers:
        module.generator = rng
    try:
        yield rng
    finally:
        for module, own in zip(borrowers, before, strict=True):
            module.generator = own


def takers(net: nn.Module) -> list[Any]:
    """List the modules that draw from a `generator` of their own, a user's among them."""
    return [m for m in net.modules() if isinstance(getattr(m, "generator", m), torch.Generator | None)]


@contextmanager
def lent_rows(net: nn.Module, processes: Processes) -> Iterator[None]:
    """Lend every module that looks beyond its rows (a `shared` attribute, None) those of all processes."""
    alone = processes.world == 1
    borrowers: list[Any] = [] if alone else [m for m in net.modules() if getattr(m, "shared", m) is None]
    for module in borrowers:
        module.shared = processes.shared
    try:
        yield
    finally:
        for module in borrowers:
            module.shared = None
