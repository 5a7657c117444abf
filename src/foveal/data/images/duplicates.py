"""Pictures with the same pixels: they are learnt from or tested on, never both."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from foveal.data.groups import joined


def groups_with_duplicates(same: NDArray[np.intp], groups: NDArray[Any] | None = None) -> NDArray[Any] | None:
    """Give the number of each row's group: the same picture, or one of `groups`, is one group; None if all differ.

    `same` numbers the pictures that differ, `numbers_of`. Groups that share a picture become one.

    >>> same = numbers_of(np.array([[1], [2], [1], [3]], np.uint8))
    >>> groups_with_duplicates(same).tolist()
    [0, 1, 0, 2]
    >>> groups_with_duplicates(same, np.array(["a", "b", "b", "c"])).tolist()
    [0, 0, 0, 1]
    """
    if groups is None:
        return same if len(np.unique(same)) < len(same) else None
    return joined(same, groups)


def numbers_of(digests: NDArray[np.uint8]) -> NDArray[np.intp]:
    """Give each digest that differs a number."""
    rows = np.ascontiguousarray(digests).view(f"V{digests.shape[1]}").ravel()
    return np.unique(rows, return_inverse=True)[1]


def remarks(
    same: NDArray[np.intp], files: NDArray[Any], y: NDArray[Any] | None, split: NDArray[Any] | None
) -> list[str]:
    """Say how many pictures are there more than once, with different labels, or on both sides of a given split."""
    twice = np.bincount(same)[same] > 1
    order = np.flatnonzero(twice)[np.argsort(same[twice], kind="stable")]
    bounds = np.flatnonzero(np.diff(same[order])) + 1
    several = [rows for rows in np.split(order, bounds) if len(rows) > 1]
    if not several:
        return []
    count = sum(len(rows) - 1 for rows in several)
    told = [
        f"{count:,} picture{'s are' if count > 1 else ' is'} there before, with the same pixels "
        f"({_example(several[0], files)}); such pictures are never held out apart"
    ]
    for column, what in ((y, "with different labels"), (split, "on different sides of the split that the data gives")):
        differ = [] if column is None else [rows for rows in several if len(np.unique(column[rows], axis=0)) > 1]
        if differ:
            told.append(f"{len(differ):,} of them {what}: {_example(differ[0], files)}")
    return told


def _example(rows: NDArray[Any], files: NDArray[Any]) -> str:
    return " and ".join(str(files[row]) for row in rows[:2].tolist())
