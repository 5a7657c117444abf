"""Rows that belong together, as numbers of groups and as lists of rows."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


def same_digests(digests: Array, rows: Array) -> list[tuple[int, ...]]:
    """Give the rows with the same digest, where there are several.

    >>> same_digests(np.array([[1], [2], [1], [2]], np.uint8), np.array([0, 1, 2]))
    [(0, 2)]
    """
    if not len(rows):
        return []
    seen = np.ascontiguousarray(digests[rows]).view(f"V{digests.shape[1]}").ravel()
    return together(np.unique(seen, return_inverse=True)[1], rows)


def together(numbers: Array, rows: Array) -> list[tuple[int, ...]]:
    """Give the rows of each number that several have, in the order of their first rows."""
    several = np.bincount(numbers)[numbers] > 1
    chosen = np.flatnonzero(several)[np.argsort(numbers[several], kind="stable")]
    bounds = np.flatnonzero(np.diff(numbers[chosen])) + 1
    found = [tuple(rows[part].tolist()) for part in np.split(chosen, bounds) if len(part)]
    return sorted(found)


def linked(pairs: Array) -> list[tuple[int, ...]]:
    """Give rows that pairs lead to from one to the other, (P, 2): in the order in which the pairs come.

    >>> linked(np.array([[7, 9], [1, 2], [2, 3]]))
    [(7, 9), (1, 2, 3)]
    """
    if not len(pairs):
        return []
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    rows, numbers = np.unique(pairs, return_inverse=True)
    numbers = numbers.reshape(pairs.shape)
    graph = coo_array((np.ones(len(pairs)), (numbers[:, 0], numbers[:, 1])), shape=(len(rows), len(rows)))
    group = connected_components(graph, directed=False)[1]
    found: dict[int, list[int]] = {number: [] for number in dict.fromkeys(group[numbers[:, 0]].tolist())}
    for row, number in zip(rows.tolist(), group.tolist(), strict=True):
        found[number].append(row)
    return [tuple(group) for group in found.values()]
