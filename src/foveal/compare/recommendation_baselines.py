"""Recommenders that are counted, not trained: popularity, item neighbours, what follows what. Ordinary functions.

Each is given histories to learn from, item numbers from 1, and gives a function (histories) -> scores (N, n) of all
items, of which larger ones are recommended first.
"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from foveal.data.interactions.transitions import STEPS, popularity, transitions
from foveal.data.sequences import Sequences

Array = NDArray[Any]
Scores = Callable[[Sequences], Array]
Baseline = Callable[[Sequences, int], Scores]

#: Items of a history that make pairs in the item neighbours, the last ones: memory grows with their square.
PAIRED = 1000


def most_popular(train: Sequences, n_items: int) -> Scores:
    """Score an item by how often it stands in histories, whoever asks.

    >>> most_popular(Sequences.of([[1, 2], [2]]), 2)(Sequences.of([[1]])).tolist()
    [[1.0, 2.0]]
    """
    counts = popularity(train, n_items)[1:].astype(np.float64)
    return lambda histories: np.repeat(counts[None], len(histories.lengths), axis=0)


def item_neighbours(train: Sequences, n_items: int) -> Scores:
    """Score an item by how alike it is to those of a history: the sum of cosines between the items' sets of users.

        cos(i, j) = |U_i and U_j| / sqrt(|U_i| |U_j|)

    Source: Sarwar et al. 2001, Item-based collaborative filtering, section 3.1.1, with 0 and 1 for ratings.

    >>> item_neighbours(Sequences.of([[1, 2], [1, 2], [3, 1]]), 3)(Sequences.of([[2]])).round(2).tolist()
    [[0.82, 0.0, 0.0]]
    """
    return _by_cosines(train, n_items, lambda back: np.ones(len(back)))


def recent_item_neighbours(train: Sequences, n_items: int) -> Scores:
    """Score as `item_neighbours`, the d-th last item of a history counting 1 / d."""
    return _by_cosines(train, n_items, lambda back: 1 / back)


def sequential_neighbours(train: Sequences, n_items: int) -> Scores:
    """Score an item by what followed a history's last items in others: both within 20 steps, weighted 1 / distance.

        K(j) = sum over d = 1 .. 20 of T[s_(t - d + 1), j] / d

    T is that of `data.interactions.transitions`, all of it.

    >>> sequential_neighbours(Sequences.of([[1, 2], [1, 3], [1, 3]]), 3)(Sequences.of([[2, 1]])).round(2).tolist()
    [[0.0, 0.33, 0.67]]
    """
    found = transitions(train, n_items, n_items)

    def scores(histories: Sequences) -> Array:
        result = np.zeros((len(histories.lengths), n_items + 1))
        for number in range(len(result)):
            last = histories.row(number)[::-1][:STEPS]
            weight = found.weights[last] / np.arange(1, len(last) + 1)[:, None]
            np.add.at(result[number], found.items[last], weight)
        return result[:, 1:]

    return scores


BASELINES: Mapping[str, Baseline] = {
    "popularity": most_popular,
    "item neighbours": item_neighbours,
    "recent item neighbours": recent_item_neighbours,
    "sequential neighbours": sequential_neighbours,
}


def _by_cosines(train: Sequences, n_items: int, weight: Callable[[Array], Array]) -> Scores:
    """Score by the cosines to the items of a history, `weight`ed by how far they lie back, the last one 1."""
    from scipy import sparse

    cut = train._replace(
        starts=train.starts + np.maximum(train.lengths - PAIRED, 0), lengths=np.minimum(train.lengths, PAIRED)
    )
    values = cut.values[cut.places(np.arange(len(cut.lengths)))]
    owner = np.repeat(np.arange(len(cut.lengths)), cut.lengths)[values > 0]
    shape = len(cut.lengths), n_items + 1
    had = sparse.csr_matrix((np.ones(len(owner)), (owner, values[values > 0])), shape=shape)
    had.data[:] = 1  # who had an item twice had it
    together = (had.T @ had).tocsr()
    together.setdiag(0)
    norm = np.sqrt(np.maximum(np.asarray(had.sum(0)).ravel(), 1))

    def scores(histories: Sequences) -> Array:
        lengths = histories.lengths
        values = histories.values[histories.places(np.arange(len(lengths)))]
        owner = np.repeat(np.arange(len(lengths)), lengths)
        back = np.repeat(np.cumsum(lengths), lengths) - np.arange(len(values))
        asked = sparse.csr_matrix((weight(back) / norm[values], (owner, values)), shape=(len(lengths), n_items + 1))
        found: Array = (asked @ together).toarray() / norm
        return found[:, 1:]

    return scores
