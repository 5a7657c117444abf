"""What runs where, as a list to be read: the modules of a network, kernels or PyTorch, and why."""

from collections.abc import Sequence
from ctypes import byref
from typing import Any, NamedTuple

import torch
from torch import nn

from foveal.kernels.interface import METHODS
from foveal.kernels.mixed import is_worth_it
from foveal.kernels.planner import Plan
from foveal.kernels.recognise import read


class Place(NamedTuple):
    """Modules that are computed together, what computes them, and how, or why the kernels do not."""

    modules: str
    runs_on: str
    how: str


def places(net: nn.Module, shape: Sequence[int], found: Plan) -> list[Place]:
    r"""List where the modules of a planned network run in training, for rows of (C, \*S).

    What shape a module of the user's gives is found by running it on a row of zeros, in inference mode.
    """
    names = {module: name for name, module in net.named_modules()}
    if found.library is None or not (found.whole or found.some):
        return [Place("all", "PyTorch", found.why or "the network is not a row of modules")]
    level, calls = found.library.level, found.library.calls
    listed = [] if found.standardize is None else [Place(names[found.standardize], level, "on the way in")]
    rest, at = list(found.leaves), tuple(shape)
    while rest:
        reading = read(rest, at)
        taken = rest[: len(rest) - len(reading.rest)] or rest[:1]
        if found.whole or is_worth_it(reading.blocks):
            methods = [METHODS[calls.foveal_method(byref(block.plan))] for block in reading.blocks]
            named = [_named(block.modules, names) for block in reading.blocks]
            listed += [Place(name, level, method) for name, method in zip(named, methods, strict=True)]
            at = reading.output
        else:
            why = reading.why if not reading.blocks else "too little in a row to be worth the copies at both ends"
            listed.append(Place(_named(taken, names), "PyTorch", why))
            at = _after(taken, at)
        rest = rest[len(taken) :]
    return listed


def _named(modules: Sequence[nn.Module], names: dict[nn.Module, str]) -> str:
    """Name modules in a row by what they share: body.conv1.{conv, norm}."""
    whole = [names.get(module, type(module).__name__) for module in modules]
    parent = whole[0].rpartition(".")[0]
    if len(whole) > 1 and parent and all(name.startswith(parent + ".") for name in whole):
        return f"{parent}.{{{', '.join(name[len(parent) + 1 :] for name in whole)}}}"
    return ", ".join(whole)


def _after(modules: Sequence[Any], shape: tuple[int, ...]) -> tuple[int, ...]:
    x = torch.zeros(1, *shape, dtype=torch.float32, device="cpu")
    with torch.no_grad():
        for module in modules:
            was = module.training
            x = module.eval()(x)
            module.train(was)
    return tuple(x.shape[1:])
