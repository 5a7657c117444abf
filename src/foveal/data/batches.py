"""Mini-batches whose order is a function of (seed, epoch)."""

from collections.abc import Generator, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from foveal.core.shares import Share
from foveal.data.changes import Augment, Changes, InTurn
from foveal.data.order import epoch_order
from foveal.data.source import Array
from foveal.data.store import Parts, Store

WHOLE_BATCH = Share()


class Whole(NamedTuple):
    """The batch that several processes have shares of: its rows, and their weight where they are weighted."""

    rows: int
    weight: Tensor | None


class Batch(NamedTuple):
    """Rows for one step: a tensor for each part of the inputs and of the encoded targets, weights or None.

    `whole` is there where other processes have some of the batch, too.
    """

    x: Parts
    y: Parts
    weight: Tensor | None
    whole: Whole | None = None


class Pick(NamedTuple):
    """A batch that is still to be gathered: the numbers of its rows, on the device, its epoch and its own number."""

    rows: Tensor
    epoch: int
    number: int


@dataclass(frozen=True)
class Batches:
    """Mini-batches over a store; `epoch(e)` gives them in the order of epoch e, from any position on.

    A last batch of one row joins the batch before, because batch norm cannot normalise a single row.
    """

    inputs: Store
    targets: Parts
    weights: Tensor | None
    batch_size: int
    seed: int = 0
    shuffle: bool = False
    augment: Sequence[Augment | InTurn] = ()
    in_turn: bool = True  # epochs show the same rows, so that changes can take turns
    share: Share = WHOLE_BATCH
    lengths: Array | None = None  # of the rows, where they differ
    classes: Array | None = None  # of the rows, where these are drawn so that classes come equally often

    def bounds(self) -> list[tuple[int, int]]:
        """Give the first and the last-but-one position of each batch in the epoch's order.

        >>> Batches(range(5), (torch.zeros(5),), None, 2).bounds()
        [(0, 2), (2, 5)]
        """
        starts = list(range(0, len(self.inputs), self.batch_size))
        if len(starts) > 1 and len(self.inputs) - starts[-1] == 1:
            starts.pop()
        return list(zip(starts, [*starts[1:], len(self.inputs)], strict=True))

    def __len__(self) -> int:
        """Count the batches without listing them: every step asks.

        >>> len(Batches(range(5), (torch.zeros(5),), None, 2))
        2
        """
        full, rest = divmod(len(self.inputs), self.batch_size)
        count = full + (rest > 0)
        return count - (count > 1 and (rest or self.batch_size) == 1)

    def picks(self, epoch: int, first: int = 0) -> Generator[Pick, None, None]:
        """Yield the batches of an epoch from number `first` on, none of them gathered."""
        n, device = len(self.inputs), self.device
        sizes, classes = (n, self.batch_size, self.lengths), self.classes
        order = epoch_order(*sizes, shuffle=self.shuffle, seed=self.seed, epoch=epoch, classes=classes)
        order = _moved(order, device)
        for number, (start, stop) in enumerate(self.bounds()[first:], start=first):
            yield Pick(order[start:stop], epoch, number)

    def epoch(self, epoch: int, first: int = 0) -> Generator[Batch, None, None]:
        """Yield the batches of an epoch from number `first` on; to be closed where not all are taken."""
        picks = list(self.picks(epoch, first))
        indices = [self._read(pick.rows) for pick in picks]
        with closing(self.inputs.gathered(indices)) as gathered:  # whatever reads ahead ends with the epoch
            for pick, index, x in zip(picks, indices, gathered, strict=True):
                if self.augment:
                    x = self._augmented(x, index, bool(epoch % 2), self.drawn(pick))
                yield self._batch(x, pick.rows)

    def drawn(self, pick: Pick) -> list[torch.Generator]:
        """Make the generators that a batch's changes by chance draw from."""
        return [torch.Generator(self.device).manual_seed(seed) for seed in self.changes.seeds(pick.epoch, pick.number)]

    def gather(self, index: Tensor, odd: bool | Tensor, drawn: Sequence[torch.Generator]) -> Batch:
        """Gather the rows `index` for one process's step, of an epoch of odd number or not.

        What varies from step to step comes from memory alone, so that this can be recorded and replayed.
        """
        x = self.inputs.gather(index)
        return self._batch(self._augmented(x, index, odd, drawn) if self.augment else x, index)

    @property
    def device(self) -> torch.device:
        """Where the batches lie."""
        return self.targets[0].device

    def trial(self, rows: int) -> Batch:
        """Give the first rows of all, changed by chance as in the first step: what is tried before the training."""
        read = self.bounds()[0][1] if self.augment else min(rows, len(self.inputs))
        index = torch.arange(read, device=self.device)
        x = self.inputs.gather(index)
        x = self._augmented(x, index, False, self.drawn(Pick(index, 0, 0))) if self.augment else x
        first = index[:rows]
        weights = None if self.weights is None else self.weights[first]
        return Batch(tuple(part[:rows] for part in x), self._targets(first), weights)

    def _read(self, index: Tensor) -> Tensor:
        """Choose what is read of a batch: this process's rows, or all where chance changes them, as for one process."""
        return index if self.share.world == 1 or self._by_chance else self.share.cut(index)

    def _batch(self, x: Parts, index: Tensor) -> Batch:
        """Put a batch together from what was read of it, and the whole batch's index."""
        if self.share.world == 1:
            return Batch(x, self._targets(index), None if self.weights is None else self.weights[index])
        own = self.share.cut(index)
        x = tuple(map(self.share.cut, x)) if self._by_chance else x
        whole = Whole(len(index), None if self.weights is None else self.weights[index].sum())
        return Batch(x, self._targets(own), None if self.weights is None else self.weights[own], whole)

    def _targets(self, index: Tensor) -> Parts:
        return tuple([part[index] for part in self.targets])

    @property
    def _by_chance(self) -> bool:
        return bool(self.changes.by_chance)

    @property
    def changes(self) -> Changes:
        """The augmentations, with the seed that they go by."""
        return Changes(self.augment, self.in_turn, self.seed)

    def _augmented(self, parts: Parts, index: Tensor, odd: bool | Tensor, drawn: Sequence[torch.Generator]) -> Parts:
        """Change the first part of the rows, which the others belong to."""
        x, *others = parts
        return (self.changes.apply(x, index, odd, drawn), *others)


def _moved(order: Tensor, device: torch.device) -> Tensor:
    """Move an order to the device; to a GPU without waiting for what it is doing, which pinned memory allows."""
    return order.pin_memory().to(device, non_blocking=True) if device.type == "cuda" else order.to(device)
