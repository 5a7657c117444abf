"""Whether a network still holds what it held when something was made of it."""

from collections.abc import Iterable, Iterator
from itertools import chain, compress, repeat
from operator import is_
from typing import Any

from torch import nn

#: What a module changes of itself, or is lent, while it trains.
_MOVING = {"steps", "generator", "shared"}
_HOOKS = ("_forward_hooks", "_forward_pre_hooks", "_backward_hooks", "_backward_pre_hooks")
_HOLDERS = ("_parameters", "_buffers", "_modules")
_END = object()


class Sameness:
    """Tell in some microseconds whether any module, tensor, hook or setting of a network is another one than it was.

    Everything is compared by identity, so that an equal one counts as another. What stands in the tensors, and where,
    is not looked at. Of modules that only PyTorch runs, users' classes and those with hooks, only the modules within
    count: they may change whatever else they hold as they run.

    >>> net = nn.Sequential(nn.Linear(2, 2), nn.LeakyReLU())
    >>> same = Sameness(net)
    >>> same.holds(net), setattr(net[1], "negative_slope", 0.2), same.holds(net)
    (True, None, False)
    """

    def __init__(self, net: nn.Module) -> None:
        modules = list(net.modules())
        self.parts = modules[1:]  # not the network itself, which lives as long as somebody else holds it
        self.kinds = list(map(type, modules))
        self.plain: list[Iterable[Any]] = []
        self.moving: list[tuple[dict[str, Any], list[bool]]] = []
        self.hooks: list[Any] = []
        self.foreign: list[dict[str, Any]] = []
        self.looks_at_all = True  # nothing of the network may change unseen
        for module in modules:
            held = vars(module)
            if _is_known(module):
                self._look_at(held)
                self.hooks += [held[name] for name in _HOOKS]
            else:
                self.looks_at_all = False
                self.plain.append(held["_modules"].values())
                self.hooks += [held[name] for name in _HOOKS if not held[name]]
                self.foreign += [held] if "forward" not in held else []
        self.known = list(self._held())

    def _look_at(self, held: dict[str, Any]) -> None:
        if _MOVING.isdisjoint(held):
            self.plain.append(held.values())
        else:
            self.moving.append((held, [name not in _MOVING for name in held]))
        self.plain += [held[name].values() for name in _HOLDERS]
        self.plain += [value for value in held.values() if isinstance(value, list)]

    def _held(self) -> Iterator[Any]:
        moving = (compress(held.values(), chain(kept, repeat(True))) for held, kept in self.moving)
        return chain(chain.from_iterable(self.plain), chain.from_iterable(moving), (_END,))

    def holds(self, net: nn.Module) -> bool:
        """Tell whether all of the network is as it was."""
        if any(self.hooks) or any("forward" in held for held in self.foreign):
            return False
        return all(map(is_, self._held(), self.known)) and [type(net), *map(type, self.parts)] == self.kinds


def _is_known(module: nn.Module) -> bool:
    ours = type(module).__module__.partition(".")[0] in ("torch", "foveal")
    return ours and not any(vars(module)[name] for name in _HOOKS)
