"""Frozen networks that wait for the next call, which then need not be made anew: only what is folded is."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple
from weakref import WeakKeyDictionary

from torch import nn

from foveal.kernels.inference import Answers
from foveal.kernels.mixed_answers import Calls, with_kernels
from foveal.kernels.sameness import Sameness
from foveal.layers.altered import hooks_of_all_modules
from foveal.layers.flow import flow
from foveal.layers.frozen import Frozen

#: How many networks wait at most, and the bytes that are held for them; those of the longest ago go first.
MOST_NETWORKS, MOST_BYTES = 8, 2**28


class Ready(NamedTuple):
    """A frozen network, and those of its steps that run on kernels."""

    frozen: Frozen
    on_kernels: list[Answers]

    @property
    def nbytes(self) -> int:
        """The bytes that are held."""
        return self.frozen.folding.nbytes + sum(answers.program.size for answers in self.on_kernels)

    def renew(self) -> bool:
        """Take the weights as they are now; False where they are of another kind."""
        return self.frozen.folding.fold() and all(answers.renew() for answers in self.on_kernels)


class Lent:
    """What was made of a network for each kind of call, as long as the network is as it was."""

    def __init__(self, net: nn.Module) -> None:
        self.same = Sameness(net)
        self.made: dict[tuple[bool, Calls | None], Ready] = {}

    @property
    def nbytes(self) -> int:
        """The bytes that are held."""
        return sum(ready.nbytes for ready in self.made.values())

    def serves(self, net: nn.Module) -> bool:
        """Tell whether steps that were made still are those of their network."""
        return self.same.holds(net) and not hooks_of_all_modules()

    def frozen(self, net: nn.Module, *, fold: bool, calls: Calls | None) -> Frozen:
        """Give the network's steps, its batch norms folded as they are now; for `calls` some of them on kernels."""
        calls = calls if self.same.looks_at_all and not hooks_of_all_modules() else None
        found = self.made.get((fold, calls))
        if found is None or not found.renew():
            self.made = {made: ready for made, ready in self.made.items() if made[1] in (None, calls)}
            found = self.made[fold, calls] = _ready(net, fold, calls)
        return found.frozen


def _ready(net: nn.Module, fold: bool, calls: Calls | None) -> Ready:
    if calls is None:
        return Ready(Frozen(net, fold=fold), [])
    nodes = with_kernels(flow(net), calls)
    return Ready(Frozen(net, fold=fold, nodes=nodes), [node.what for node in nodes if isinstance(node.what, Answers)])


#: One is taken out while it is used, so that no two threads share its memory; each goes with its network.
_SHELF: WeakKeyDictionary[nn.Module, Lent] = WeakKeyDictionary()


@contextmanager
def frozen_for(net: nn.Module, *, fold: bool, calls: Calls | None = None) -> Iterator[Frozen]:
    """Lend a network, which is in inference mode, frozen as it is now; what was made for it waits for the next call.

    It does not where modules are not of torch or foveal, or have hooks: they may hold the network, and change unseen.
    With `calls` rows of layers run on compiled kernels where that is faster.
    """
    found = _SHELF.pop(net, None)
    if found is None or not found.serves(net):
        found = Lent(net)
    yield found.frozen(net, fold=fold, calls=calls)
    if found.same.looks_at_all and found.nbytes <= MOST_BYTES and not hooks_of_all_modules():
        _SHELF[net] = found
        _make_room()


def _make_room() -> None:
    held = list(_SHELF.items())
    total = sum(lent.nbytes for _, lent in held)
    while len(held) > MOST_NETWORKS or total > MOST_BYTES:
        net, lent = held.pop(0)
        total -= lent.nbytes
        _SHELF.pop(net, None)
