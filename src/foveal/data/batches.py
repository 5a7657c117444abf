"""Mini-batches whose order is a function of (seed, epoch)."""

from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol, runtime_checkable

import torch
from torch import Tensor

from foveal.core.errors import ParameterError
from foveal.core.randomness import coins, derive, generator
from foveal.core.shares import Share
from foveal.data.order import epoch_order
from foveal.data.source import Array
from foveal.data.store import Parts, Store

Augment = Callable[[Tensor, torch.Generator], Tensor]
WHOLE_BATCH = Share()


@runtime_checkable
class InTurn(Protocol):
    """An augmentation that each row sees in every second epoch; `change(x, marked)` changes the marked rows."""

    @property
    def change(self) -> Callable[[Tensor, Tensor], Tensor]:
        """The function (x, marked) -> x."""
        ...

    def __call__(self, x: Tensor, rng: torch.Generator) -> Tensor:
        """Change rows by chance."""
        ...


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

    def epoch(self, epoch: int, first: int = 0) -> Generator[Batch, None, None]:
        """Yield the batches of an epoch from number `first` on; to be closed where not all are taken."""
        n, device = len(self.inputs), self.device
        order = epoch_order(n, self.batch_size, self.lengths, shuffle=self.shuffle, seed=self.seed, epoch=epoch)
        order = _moved(order, device)
        wholes = [order[start:stop] for start, stop in self.bounds()[first:]]
        indices = [self._read(whole) for whole in wholes]
        with closing(self.inputs.gathered(indices)) as gathered:  # whatever reads ahead ends with the epoch
            for number, (whole, index, x) in enumerate(zip(wholes, indices, gathered, strict=True), start=first):
                if self.augment:
                    x = self._augmented(x, index, epoch, number)
                yield self._batch(x, whole)

    @property
    def device(self) -> torch.device:
        """Where the batches lie."""
        return self.targets[0].device

    def trial(self, rows: int) -> Batch:
        """Give the first rows of all, changed by chance as in the first step: what is tried before the training."""
        read = self.bounds()[0][1] if self.augment else min(rows, len(self.inputs))
        index = torch.arange(read, device=self.device)
        x = self.inputs.gather(index)
        x = self._augmented(x, index, 0, 0) if self.augment else x
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
        return any(not (isinstance(augment, InTurn) and self.in_turn) for augment in self.augment)

    def _augmented(self, parts: Parts, index: Tensor, epoch: int, number: int) -> Parts:
        """Change the first part of the rows, which the others belong to."""
        x, *others = parts
        for i, augment in enumerate(self.augment):
            if isinstance(augment, InTurn) and self.in_turn:
                marked = coins(index, derive(self.seed, f"augment {i}")) ^ bool(epoch % 2)
                x = _same_shape(augment.change(x, marked), x)
            else:
                rng = generator(self.seed, f"augment {i}", epoch, number, device=x.device)
                x = changed(augment, x, rng)
        return (_as_stored(x), *others)


def _moved(order: Tensor, device: torch.device) -> Tensor:
    """Move an order to the device; to a GPU without waiting for what it is doing, which pinned memory allows."""
    return order.pin_memory().to(device, non_blocking=True) if device.type == "cuda" else order.to(device)


def _as_stored(x: Tensor) -> Tensor:
    r"""Lay (B, C, \*S) out channels-last again: an augmentation may have changed the order, or one channel's strides.

    Convolutions go by the strides: those of (B, 1, H, W) in ordinary order made the first layer three times slower.
    """
    rows = x.movedim(1, -1).contiguous()
    return rows.flatten().view(rows.shape).movedim(-1, 1)


def changed(augment: Augment, x: Tensor, rng: torch.Generator) -> Tensor:
    """Change a batch; raise `ParameterError` if what comes out is none of its shape."""
    return _same_shape(augment(x, rng), x)


def _same_shape(out: Any, x: Tensor) -> Tensor:
    if isinstance(out, Tensor) and (out.is_complex() or out.dtype == torch.bool):
        raise ParameterError(f"augment: a function must give real numbers, as it is given ({x.dtype}), got {out.dtype}")
    if not isinstance(out, Tensor) or out.shape != x.shape:
        got = tuple(out.shape) if isinstance(out, Tensor) else type(out).__name__
        raise ParameterError(
            f"augment: a function must give a batch of the shape it is given, {tuple(x.shape)}, got {got}"
        )
    return out
