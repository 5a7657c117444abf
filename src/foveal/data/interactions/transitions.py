"""What follows what: transitions between items, counted over histories."""

from typing import NamedTuple

import numpy as np

from foveal.data.sequences import Sequences
from foveal.data.source import Array

#: Steps over which one item leads to another, and pairs that are counted at a time.
STEPS, PAIRS = 20, 2**22


class Transitions(NamedTuple):
    """What followed each item most: `items` (n + 1, k) int32, 0 where there are fewer, and `weights` (n + 1, k)."""

    items: Array
    weights: Array


def popularity(histories: Sequences, n_items: int) -> Array:
    """Count how often each item stands in histories, (n_items + 1,); that of place 0 is 0.

    >>> popularity(Sequences.of([[1, 2], [2]]), 3).tolist()
    [0, 1, 2, 0]
    """
    values = histories.values[histories.places(np.arange(len(histories.lengths)))]
    counts = np.bincount(values, minlength=n_items + 1)
    counts[0] = 0
    return counts


def transitions(histories: Sequences, n_items: int, most: int, *, steps: int = STEPS) -> Transitions:
    """Add up 1 / d for each pair of items of which the second stands d places behind the first, d up to `steps`.

        T[i, j] = sum over histories and places t, d <= steps with s_t = i, s_(t+d) = j of 1 / d

    Each row is divided by how often its item stands in histories; its `most` largest entries are kept, of equals those
    of lower numbers. Memory is bounded by the pairs there are. Item 0, one that is unknown, leads nowhere.

    >>> found = transitions(Sequences.of([[1, 2, 3]]), 3, 2)
    >>> found.items[1].tolist(), found.weights[1].tolist()
    ([2, 3], [1.0, 0.5])
    """
    from scipy import sparse  # which scikit-learn has brought

    size = n_items + 1
    total = sparse.csr_matrix((size, size), dtype=np.float64)
    for rows in _portions(histories.lengths, steps):
        some = histories.chosen(rows)
        first, second, weight = _pairs(some, steps)
        total = total + sparse.csr_matrix((weight, (first, second)), shape=(size, size))
    counts = np.maximum(popularity(histories, n_items), 1)
    most = min(most, n_items)
    items, weights = np.zeros((size, most), np.int32), np.zeros((size, most), np.float32)
    for item in range(1, size):
        start, stop = total.indptr[item], total.indptr[item + 1]
        columns, values = total.indices[start:stop], total.data[start:stop]
        kept = np.lexsort((columns, -values))[:most]
        items[item, : len(kept)] = columns[kept]
        weights[item, : len(kept)] = values[kept] / counts[item]
    return Transitions(items, weights)


def _portions(lengths: Array, steps: int) -> list[Array]:
    """Cut rows into portions of a bounded number of pairs."""
    done = np.cumsum(lengths * steps) // PAIRS
    return np.split(np.arange(len(lengths)), np.flatnonzero(np.diff(done)) + 1)


def _pairs(some: Sequences, steps: int) -> tuple[Array, Array, Array]:
    """List the pairs of items within some steps of each other, and their weights."""
    values = some.values[some.places(np.arange(len(some.lengths)))].astype(np.int64)
    owner = np.repeat(np.arange(len(some.lengths)), some.lengths)
    firsts, seconds, weights = [], [], []
    for distance in range(1, steps + 1):
        together = owner[distance:] == owner[:-distance]
        one, other = values[:-distance][together], values[distance:][together]
        known = (one > 0) & (other > 0)
        firsts.append(one[known])
        seconds.append(other[known])
        weights.append(np.full(int(known.sum()), 1 / distance))
    return np.concatenate(firsts), np.concatenate(seconds), np.concatenate(weights)
