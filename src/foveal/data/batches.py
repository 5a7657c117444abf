"""Mini-batches whose order is a function of (seed, epoch)."""

from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import torch
from torch import Tensor

from foveal.core.shares import Share
from foveal.data.changes import Augment, Changes, Follow, InTurn, Mixes, Mixing
from foveal.data.order import epoch_order, order_of_work, spans_of_work
from foveal.data.source import Array
from foveal.data.store import Parts, Store

WHOLE_BATCH = Share()


class Whole(NamedTuple):
    """The batch that several processes have shares of: its rows, and their weight where they are weighted."""

    rows: int
    weight: Tensor | None


class Mixed(NamedTuple):
    """What was mixed into the rows of a batch: their partners' targets and weights, and the share that each kept."""

    y: Parts
    weight: Tensor | None
    kept: Tensor


class Batch(NamedTuple):
    """Rows for one step: a tensor for each part of the inputs and of the encoded targets, weights or None.

    `whole` is there where other processes have some of the batch, too, `mixed` where two rows were put in one.
    """

    x: Parts
    y: Parts
    weight: Tensor | None
    whole: Whole | None = None
    mixed: Mixed | None = None


def with_each(batch: Batch, change: Callable[[Tensor], Tensor]) -> Batch:
    """Change each tensor of a batch, and give a batch of its own of them."""

    def changed(parts: Parts) -> Parts:
        return tuple([change(part) for part in parts])

    weight, mixed = None if batch.weight is None else change(batch.weight), batch.mixed
    if mixed is not None:
        others = None if mixed.weight is None else change(mixed.weight)
        mixed = Mixed(changed(mixed.y), others, change(mixed.kept))
    return Batch(changed(batch.x), changed(batch.y), weight, mixed=mixed)


def rows_between(batch: Batch, first: int, stop: int) -> Batch:
    """Give some of the rows of a batch, as a batch of its own."""
    return with_each(batch, lambda tensor: tensor[first:stop])


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
    augment: Sequence[Augment | InTurn | Mixes] = ()
    in_turn: bool = True  # epochs show the same rows, so that changes can take turns
    share: Share = WHOLE_BATCH
    lengths: Array | None = None  # of the rows, where they differ
    classes: Array | None = None  # of the rows, where these are drawn so that classes come equally often
    work: int | None = None  # places of a batch, where rows of any length are cut into batches by these
    anew: bool = False  # the source reads rows in another way in each epoch
    follow: Follow | None = None  # how targets move with their rows, where they have a value for each place

    def bounds(self) -> list[tuple[int, int]]:
        """Give the first and the last-but-one position of each batch in the epoch's order.

        Where batches are cut by their work, those are the batches of every epoch, in the order of their lengths.

        >>> Batches(range(5), (torch.zeros(5),), None, 2).bounds()
        [(0, 2), (2, 5)]
        """
        if self._spans is not None:
            return self._spans
        starts = list(range(0, len(self.inputs), self.batch_size))
        if len(starts) > 1 and len(self.inputs) - starts[-1] == 1:
            starts.pop()
        return list(zip(starts, [*starts[1:], len(self.inputs)], strict=True))

    def __len__(self) -> int:
        """Count the batches without listing them: every step asks.

        >>> len(Batches(range(5), (torch.zeros(5),), None, 2))
        2
        """
        if self._spans is not None:
            return len(self._spans)
        full, rest = divmod(len(self.inputs), self.batch_size)
        count = full + (rest > 0)
        return count - (count > 1 and (rest or self.batch_size) == 1)

    def picks(self, epoch: int, first: int = 0) -> Generator[Pick, None, None]:
        """Yield the batches of an epoch from number `first` on, none of them gathered."""
        order, bounds = self._order(epoch)
        order = _moved(order, self.device)
        for number, (start, stop) in enumerate(bounds[first:], start=first):
            yield Pick(order[start:stop], epoch, number)

    def _order(self, epoch: int) -> tuple[Tensor, list[tuple[int, int]]]:
        how = {"shuffle": self.shuffle, "seed": self.seed, "epoch": epoch}
        if self._spans is not None and self.lengths is not None:
            return order_of_work(self.lengths, self._spans, **how)  # type: ignore[arg-type]
        sizes = len(self.inputs), self.batch_size, self.lengths
        return epoch_order(*sizes, classes=self.classes, **how), self.bounds()  # type: ignore[arg-type]

    @cached_property
    def _spans(self) -> list[tuple[int, int]] | None:
        if self.work is None or self.lengths is None:
            return None
        return spans_of_work(self.lengths, self.work, self.batch_size)

    def epoch(self, epoch: int, first: int = 0) -> Generator[Batch, None, None]:
        """Yield the batches of an epoch from number `first` on; to be closed where not all are taken."""
        picks = list(self.picks(epoch, first))
        indices = [self._read(pick.rows) for pick in picks]
        inputs = self.inputs.at(self.seed, epoch) if self.anew else self.inputs
        with closing(inputs.gathered(indices)) as gathered:  # whatever reads ahead ends with the epoch
            for pick, index, x in zip(picks, indices, gathered, strict=True):
                yield self._batch(*self._augmented(x, index, bool(epoch % 2), pick), pick.rows)

    def drawn(self, pick: Pick) -> list[torch.Generator]:
        """Make the generators that a batch's changes by chance draw from."""
        return [torch.Generator(self.device).manual_seed(seed) for seed in self.changes.seeds(pick.epoch, pick.number)]

    def gather(self, index: Tensor, odd: bool | Tensor, drawn: Sequence[torch.Generator]) -> Batch:
        """Gather the rows `index` for one process's step, of an epoch of odd number or not.

        What varies from step to step comes from memory alone, so that this can be recorded and replayed.
        """
        return self._batch(*self._augmented(self.inputs.gather(index), index, odd, drawn), index)

    @property
    def device(self) -> torch.device:
        """Where the batches lie."""
        return self.targets[0].device

    def trial(self, rows: int) -> Batch:
        """Give the first rows of all, changed by chance as in the first step: what is tried before the training."""
        read = self.bounds()[0][1] if self.augment else min(rows, len(self.inputs))
        index = torch.arange(read, device=self.device)
        x, y, mixing = self._augmented(self.inputs.gather(index), index, False, Pick(index, 0, 0))
        mixed = self._mixed(mixing, index)
        return rows_between(Batch(x, y or self._targets(index), self._weights(index), mixed=mixed), 0, rows)

    def _read(self, index: Tensor) -> Tensor:
        """Choose what is read of a batch: this process's rows, or all of them, as for one process."""
        return index if self.share.world == 1 or self._together else self.share.cut(index)

    def _batch(self, x: Parts, y: Parts, mixing: Mixing | None, index: Tensor) -> Batch:
        """Put a batch together from what was read of it, targets that have followed, and the whole batch's index."""
        if self.share.world == 1:
            return Batch(x, y or self._targets(index), self._weights(index), mixed=self._mixed(mixing, index))
        own, cut = self.share.cut(index), self.share.cut
        mixed = self._mixed(mixing and Mixing(*map(cut, mixing)), index)
        if self._together:
            x, y = tuple(map(cut, x)), tuple(map(cut, y))
        whole = Whole(len(index), None if self.weights is None else self.weights[index].sum())
        return Batch(x, y or self._targets(own), self._weights(own), whole, mixed)

    def _mixed(self, mixing: Mixing | None, index: Tensor) -> Mixed | None:
        """Give what was mixed into rows; partners are numbers of places in the whole batch's index."""
        if mixing is None:
            return None
        partners = index[mixing.partner]
        return Mixed(self._targets(partners), self._weights(partners), mixing.kept)

    def _targets(self, index: Tensor) -> Parts:
        return tuple([part[index] for part in self.targets])

    def _weights(self, index: Tensor) -> Tensor | None:
        return None if self.weights is None else self.weights[index]

    @property
    def _together(self) -> bool:
        """Whether a batch is read as a whole by each process: where chance changes it, and where it is padded."""
        return bool(self.changes.by_chance) or self.work is not None

    @property
    def changes(self) -> Changes:
        """The augmentations, with the seed that they go by."""
        return Changes(self.augment, self.in_turn, self.seed, self.follow)

    def _augmented(
        self, parts: Parts, index: Tensor, odd: bool | Tensor, drawn: Pick | Sequence[torch.Generator]
    ) -> tuple[Parts, Parts, Mixing | None]:
        """Change the first part of the rows, which the others belong to; a pick says what the generators are.

        Gives the parts, the targets where they have followed, and what was mixed.
        """
        if not self.augment:
            return parts, (), None
        x, *others = parts
        generators = self.drawn(drawn) if isinstance(drawn, Pick) else drawn
        y = () if self.follow is None else self._targets(index)
        changed = self.changes.apply(x, index, odd, generators, y)
        return (changed.x, *others), changed.y, changed.mixing


def _moved(order: Tensor, device: torch.device) -> Tensor:
    """Move an order to the device; to a GPU without waiting for what it is doing, which pinned memory allows."""
    return order.pin_memory().to(device, non_blocking=True) if device.type == "cuda" else order.to(device)
