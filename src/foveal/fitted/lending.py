"""Frozen networks that wait for the next call, which then need not be made anew: only what is folded is."""

from collections.abc import Iterator
from contextlib import contextmanager
from weakref import WeakKeyDictionary

from torch import nn

from foveal.kernels.sameness import Sameness
from foveal.layers.altered import hooks_of_all_modules
from foveal.layers.frozen import Frozen

#: How many networks wait at most, and the bytes of their folded filters; those of the longest ago go first.
MOST_NETWORKS, MOST_BYTES = 8, 2**28


class Lent:
    """What was made of a network for calls with and without folding, as long as the network is as it was."""

    def __init__(self, net: nn.Module) -> None:
        self.same = Sameness(net)
        self.made: dict[bool, Frozen] = {}

    @property
    def nbytes(self) -> int:
        """The bytes that are held."""
        return sum(frozen.folding.nbytes for frozen in self.made.values())

    def serves(self, net: nn.Module) -> bool:
        """Tell whether steps that were made still are those of their network."""
        return self.same.holds(net) and not hooks_of_all_modules()

    def frozen(self, net: nn.Module, *, fold: bool) -> Frozen:
        """Give the network's steps, its batch norms folded as they are now."""
        found = self.made.get(fold)
        if found is None or not found.folding.fold():
            found = self.made[fold] = Frozen(net, fold=fold)
        return found


#: One is taken out while it is used, so that no two threads share its memory; each goes with its network.
_SHELF: WeakKeyDictionary[nn.Module, Lent] = WeakKeyDictionary()


@contextmanager
def frozen_for(net: nn.Module, *, fold: bool) -> Iterator[Frozen]:
    """Lend a network, which is in inference mode, frozen as it is now; what was made for it waits for the next call.

    It does not where modules are not of torch or foveal, or have hooks: they may hold the network, and change unseen.
    """
    found = _SHELF.pop(net, None)
    if found is None or not found.serves(net):
        found = Lent(net)
    yield found.frozen(net, fold=fold)
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
