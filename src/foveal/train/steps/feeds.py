"""Where a recorded step finds its batch: memory that stays, filled anew before each replay."""

from collections.abc import Hashable, Sequence

import torch
from torch import Tensor

from foveal.augment.table import is_ours
from foveal.data.batches import Batch, Batches, Pick, with_each
from foveal.data.store import Resident

#: A batch, or what it is gathered from.
StepInput = Batch | Pick


def stored(batches: Batches) -> list[Tensor] | None:
    """List what a graph gathers batches from; None where it cannot: rows elsewhere, changes that nobody knows.

    What a user's augmentation does next time is its own affair; ours draw from their generator and read nothing back.
    """
    rows = batches.inputs
    known = all(map(is_ours, batches.augment))
    if not isinstance(rows, Resident) or not known or batches.share.world > 1:
        return None
    return [*rows.parts, *batches.targets, *([] if batches.weights is None else [batches.weights])]


def gathered(batches: Batches, inputs: StepInput) -> Batch:
    """Give the batch itself."""
    if isinstance(inputs, Batch):
        return inputs
    return batches.gather(inputs.rows, bool(inputs.epoch % 2), batches.drawn(inputs))


def rows_in(inputs: StepInput) -> int:
    """Count the rows of a batch."""
    return len(inputs.rows if isinstance(inputs, Pick) else inputs.x[0])


def sizes_of(inputs: StepInput) -> Hashable:
    """Give the sizes by which batches of as many rows differ: rows that are gathered from memory are of one size."""
    return () if isinstance(inputs, Pick) else tuple(tensor.shape for tensor in tensors_of(inputs))


def tensors_of(batch: Batch) -> list[Tensor]:
    """List the tensors of a batch."""
    mixed = batch.mixed
    others = [] if mixed is None else [*mixed.y, mixed.kept, *([] if mixed.weight is None else [mixed.weight])]
    return [*batch.x, *batch.y, *([] if batch.weight is None else [batch.weight]), *others]


class Copied:
    """A batch that is copied to where the recorded step reads it."""

    drawn: Sequence[torch.Generator] = ()

    def __init__(self, batch: Batch) -> None:
        self.kept = with_each(batch, Tensor.clone)

    def batch(self) -> Batch:
        """Give the memory that the step reads."""
        return self.kept

    def fill(self, batch: Batch) -> None:
        """Copy another batch into it."""
        for kept, new in zip(tensors_of(self.kept), tensors_of(batch), strict=True):
            kept.copy_(new)


class Gathered:
    """A batch that the recorded step gathers and augments: only numbers of rows are copied, and seeds are set."""

    def __init__(self, batches: Batches, pick: Pick) -> None:
        self.batches, self.index = batches, pick.rows.clone()
        self.odd = torch.zeros((), dtype=torch.bool, device=pick.rows.device)
        self.drawn = batches.drawn(pick)

    def batch(self) -> Batch:
        """Gather: what is recorded."""
        return self.batches.gather(self.index, self.odd, self.drawn)

    def fill(self, pick: Pick) -> None:
        """Say which rows are next, and seed what chance changes in them as an ordinary step does."""
        self.index.copy_(pick.rows)
        self.odd.fill_(pick.epoch % 2)
        for rng, seed in zip(self.drawn, self.batches.changes.seeds(pick.epoch, pick.number), strict=True):
            rng.manual_seed(seed)


def feed(batches: Batches, inputs: StepInput) -> Copied | Gathered:
    """Make the memory that is to hold batches like the one given."""
    return Gathered(batches, inputs) if isinstance(inputs, Pick) else Copied(inputs)
