"""The order of an epoch's rows: a function of (seed, epoch), and of the rows' lengths where they differ."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from foveal.core.randomness import generator
from foveal.data.balance import balanced_rows
from foveal.data.source import Array

#: Batches within which rows are sorted by length: enough that those of a batch are alike, few enough that an epoch's
#: batches are not those of the last one.
POOL = 64


def epoch_order(
    rows: int,
    batch_size: int,
    lengths: Array | None = None,
    *,
    shuffle: bool,
    seed: int = 0,
    epoch: int = 0,
    classes: Array | None = None,
) -> Tensor:
    """Give the rows' numbers in the order of an epoch; batches are cut from it in steps of `batch_size`.

    Where rows differ in length those of `POOL` batches are sorted by it, so that a batch needs little padding, and the
    full batches then come in an order of their own. Without `shuffle` all rows are sorted by length. With the rows'
    `classes` these come equally often: `balanced_rows` says how.

    >>> epoch_order(6, 2, np.array([3, 1, 2, 1, 3, 2]), shuffle=False).tolist()
    [1, 3, 2, 5, 0, 4]
    """
    order = torch.arange(rows, device="cpu")
    if classes is not None:
        order = torch.from_numpy(balanced_rows(classes, shuffle=shuffle, seed=seed, epoch=epoch))
    if shuffle:
        order = order[torch.randperm(rows, generator=generator(seed, "order", epoch), device="cpu")]
    if lengths is None:
        return order
    known = lengths[order.numpy()]
    if not shuffle:
        return order[torch.from_numpy(np.argsort(known, kind="stable"))]
    pool = POOL * batch_size
    pieces = [start + np.argsort(known[start : start + pool], kind="stable") for start in range(0, rows, pool)]
    order = order[torch.from_numpy(np.concatenate(pieces))]
    full = max(0, -(-rows // batch_size) - 2)  # the last two may be joined, and the last one is short
    turn = torch.randperm(full, generator=generator(seed, "order of buckets", epoch), device="cpu")
    batches = order[: full * batch_size].view(full, batch_size)[turn].flatten()
    return torch.cat((batches, order[full * batch_size :]))


def spans_of_work(lengths: Array, work: int, most: int) -> list[tuple[int, int]]:
    """Cut rows that are sorted by length into batches of about `work` places, padding among them, `most` rows at most.

    A batch has one row at least, however long that is. The cuts follow from the sorted lengths alone, so that they are
    the same in every epoch, whichever rows of one length come into which batch.

    >>> spans_of_work(np.array([2, 1, 5, 2, 3, 9]), 6, 100)
    [(0, 3), (3, 4), (4, 5), (5, 6)]
    """
    ascending = np.sort(lengths)
    spans, start = [], 0
    while start < len(ascending):
        stop = start + 1
        reach = min(len(ascending), start + most)
        while stop < reach:  # doubling, then halving: the longest of a batch decides what it takes
            ahead = min(reach, start + 2 * (stop - start))
            if (ahead - start) * int(ascending[ahead - 1]) > work:
                stop += _more(ascending, start, stop, ahead, work)
                break
            stop = ahead
        spans.append((start, stop))
        start = stop
    return spans


def _more(ascending: Array, start: int, stop: int, ahead: int, work: int) -> int:
    """Count the rows from `stop` to `ahead` that a batch still takes."""
    ends = np.arange(stop + 1, ahead + 1)
    return int(np.searchsorted((ends - start) * ascending[ends - 1].astype(np.int64), work, side="right"))


def order_of_work(
    lengths: Array, spans: Sequence[tuple[int, int]], *, shuffle: bool, seed: int = 0, epoch: int = 0
) -> tuple[Tensor, list[tuple[int, int]]]:
    """Give the rows' numbers in the order of an epoch, and where its batches are in it.

    Rows are sorted by length, those of one length by chance, and the batches then come in an order of their own.
    Without `shuffle` both are as they were.

    >>> order_of_work(np.array([3, 1, 2]), [(0, 2), (2, 3)], shuffle=False)
    (tensor([1, 2, 0]), [(0, 2), (2, 3)])
    """
    if not shuffle:
        return torch.from_numpy(np.argsort(lengths, kind="stable")), list(spans)
    drawn = torch.randperm(len(lengths), generator=generator(seed, "order", epoch), device="cpu").numpy()
    order = drawn[np.argsort(lengths[drawn], kind="stable")]
    turn = torch.randperm(len(spans), generator=generator(seed, "order of buckets", epoch), device="cpu").tolist()
    pieces = [order[slice(*spans[place])] for place in turn]
    ends = np.cumsum([len(piece) for piece in pieces]).tolist()
    return torch.from_numpy(np.concatenate(pieces)), list(zip([0, *ends], ends, strict=False))
