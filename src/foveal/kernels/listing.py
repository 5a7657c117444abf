"""What runs where, as a list to be read: the modules of a network, kernels or PyTorch, and why."""

from collections.abc import Sequence
from ctypes import byref
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from foveal.kernels.interface import METHODS
from foveal.kernels.mixed import reading_of
from foveal.kernels.planner import Plan
from foveal.kernels.worth import is_worth_it
from foveal.layers.flow import Node, count_places, joined
from foveal.layers.wiring import Join

#: Rows of a batch where nothing else is said.
ROWS = 100


class Place(NamedTuple):
    """Modules that are computed together, what computes them, and how, or why the kernels do not."""

    modules: str
    runs_on: str
    how: str


def places(net: nn.Module, shape: Sequence[int], found: Plan, rows: int = ROWS) -> list[Place]:
    r"""List where the modules of a planned network run in training, for batches of `rows` rows of (C, \*S).

    What shape a module of the user's gives is found by running it on a row of zeros, in inference mode.
    """
    names = {module: name for name, module in net.named_modules()}
    if found.library is None or not (found.whole or found.some):
        return [Place("all", "PyTorch", found.why or "the network is not a row of modules")]
    level, calls = found.library.level, found.library.calls
    listed = [] if found.standardize is None else [Place(names[found.standardize], level, "on the way in")]
    rest, held = list(found.nodes), [torch.zeros(1, *shape, device="cpu")] * count_places(found.nodes)
    while rest:
        reading = reading_of(rest, held[rest[0].reads[0]].shape[1:])
        nodes = rest[: sum(len(block.modules) for block in reading.blocks) or 1]
        modules = [node.what for node in nodes if isinstance(node.what, nn.Module)]
        if found.whole or is_worth_it(reading.blocks, rows):
            methods = [METHODS[calls.foveal_method(byref(block.plan))] for block in reading.blocks]
            named = [_named(block.modules, names) for block in reading.blocks]
            listed += [Place(name, level, method) for name, method in zip(named, methods, strict=True)]
            held[nodes[0].to] = torch.zeros(1, *reading.output, device="cpu")
        else:
            why = (
                reading.why if not reading.blocks else "too little in a row, or too few places, to be faster on kernels"
            )
            listed += [Place(_named(modules, names), "PyTorch", why)] if modules else []
            _run(nodes, held)
        rest = rest[len(nodes) :]
    return listed


def _named(modules: Sequence[nn.Module], names: dict[nn.Module, str]) -> str:
    """Name modules in a row by what they share: body.conv1.{conv, norm}."""
    whole = [names.get(module, type(module).__name__) for module in modules]
    parent = whole[0].rpartition(".")[0]
    if len(whole) > 1 and parent and all(name.startswith(parent + ".") for name in whole):
        return f"{parent}.{{{', '.join(name[len(parent) + 1 :] for name in whole)}}}"
    return ", ".join(whole)


def _run(nodes: Sequence[Node], held: list[Tensor]) -> None:
    with torch.no_grad():
        for what, reads, to in nodes:
            was = isinstance(what, nn.Module) and what.training
            compute: Any = joined(what) if isinstance(what, Join) else what.eval()
            held[to] = compute(*[held[place] for place in reads])
            if was:
                what.train()
