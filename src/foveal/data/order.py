"""The order of an epoch's rows: a function of (seed, epoch), and of the rows' lengths where they differ."""

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
