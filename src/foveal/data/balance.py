"""Rows drawn so that classes come equally often: a function of (seed, epoch), and as long as an ordinary epoch."""

import numpy as np

from foveal.core.randomness import derive, hashed
from foveal.data.source import Array


def balanced_rows(classes: Array, *, shuffle: bool, seed: int = 0, epoch: int = 0) -> Array:
    """Give numbers of rows for an epoch, as many as there are, classes taking turns; `classes` has that of each row.

    Classes take turns through all epochs, so that within one their numbers differ by 1 at most. The rows of a class
    come in passes: each row once, in an order of the pass's own, then all of them again. Passes go through epochs as
    well, so that no row of a large class waits until others have come twice. Without `shuffle` a pass is in the rows'
    order.

    >>> balanced_rows(np.array([0, 0, 0, 0, 0, 1]), shuffle=False).tolist()
    [0, 5, 1, 5, 2, 5]
    >>> balanced_rows(np.array([0, 0, 0, 0, 0, 1]), shuffle=False, epoch=1).tolist()
    [3, 5, 4, 5, 0, 5]
    """
    n, counts = len(classes), np.unique(classes, return_counts=True)[1]
    members = np.split(np.argsort(classes, kind="stable"), np.cumsum(counts)[:-1])
    before, k = epoch * n, len(members)
    rows = np.empty(n, np.int64)
    for number, own in enumerate(members):
        first = (number - before) % k
        wanted = len(range(first, n, k))
        rows[first::k] = own[_places(len(own), (before + first) // k, wanted, shuffle, derive(seed, "balance", number))]
    return rows


def _places(size: int, begun: int, wanted: int, shuffle: bool, seed: int) -> Array:
    """Give places in a class of `size` rows, of which `begun` have been taken before."""
    first, stop = begun // size, -(-(begun + wanted) // size)  # passes
    numbers = np.arange(first * size, stop * size).reshape(-1, size)
    places = np.argsort(hashed(numbers, seed), axis=1, kind="stable") if shuffle else numbers % size
    skipped = begun - first * size
    return np.asarray(places.reshape(-1)[skipped : skipped + wanted])
