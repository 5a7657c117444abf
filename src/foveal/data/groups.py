"""Which groups of rows are held out, so that none has rows on both sides."""

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np

from foveal.core.errors import DataError

#: Folds that the groups are laid out in where fewer come near enough to `valid_size`, and how near that is.
MOST_FOLDS, NEAR = 20, 0.01


#: Why nothing is held out of classes that are one group each.
ONE_GROUP = ": the rows of each class are of one group, as pictures with the same pixels are, and tiles of one"


def in_several_groups(groups: np.ndarray, classes: np.ndarray | None) -> np.ndarray:
    """Give the rows of classes that are in two groups or more: only of these some can be held out.

    >>> in_several_groups(np.array([0, 0, 1, 2]), np.array([0, 0, 1, 1])).tolist()
    [2, 3]
    """
    kinds = np.zeros(len(groups), int) if classes is None else np.unique(classes, return_inverse=True)[1]
    pairs = np.unique(np.stack([kinds, groups]), axis=1)  # each class with each of its groups
    return np.flatnonzero(np.bincount(pairs[0])[kinds] > 1)


def split_groups(
    groups: np.ndarray,
    valid_size: float,
    seed: int | None,
    classes: np.ndarray | None = None,
    labels: Sequence[Any] | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Choose the training and the held-out rows so that no group has rows on both sides.

    The groups are laid out in folds of about the same size, in equal proportion of classes as far as they allow:
    scikit-learn's `StratifiedGroupKFold` and `GroupKFold`. So many folds are held out as come nearest to `valid_size`;
    then single groups change sides for as long as that brings the held-out share nearer, to 0.01. Every class keeps
    training rows where that can be. The same seed gives the same rows; without one nothing is shuffled.

    Raises `DataError` where there is only one group, or a class would keep no training row; `labels` are the classes'.

    >>> train, valid = split_groups(np.repeat(np.arange(10), 3), 0.4, None)
    >>> len(valid), set(train // 3) & set(valid // 3)
    (12, set())
    """
    if valid_size == 0:
        return np.arange(len(groups)), np.arange(0)
    numbers = np.unique(groups, return_inverse=True)[1]
    if numbers.max() < 1:
        raise DataError("groups holds one group only: there is nothing to hold out; give more groups, or valid_size=0")
    kinds = np.zeros(len(groups), int) if classes is None else np.unique(classes, return_inverse=True)[1]
    fold_of, folds, taken = _folds(numbers, kinds, valid_size, seed)
    wanted = valid_size * len(groups)
    sizes = np.bincount(numbers)

    def quality(first: int) -> tuple[bool, float]:
        held = (fold_of - first) % folds < taken
        return len(_without_training(kinds, held[numbers])) > 0, abs(wanted - sizes[held].sum())

    first = min(range(folds), key=quality)
    held = (fold_of - first) % folds < taken
    missing = _without_training(kinds, held[numbers])
    if len(missing):
        number = np.unique(classes)[missing[0]] if classes is not None else 0
        named = f"class number {number}" if labels is None else f"class {labels[number]!r}"
        raise DataError(
            f"{named} has all its rows in groups that are held out; give it more groups, a smaller valid_size, or "
            "validation=(X, y)"
        )
    _bring_nearer(held, numbers, kinds, wanted)
    return np.flatnonzero(~held[numbers]), np.flatnonzero(held[numbers])


def _folds(numbers: np.ndarray, kinds: np.ndarray, valid_size: float, seed: int | None) -> tuple[np.ndarray, int, int]:
    """Lay groups out in folds: the fold of each, how many there are, and how many of them to hold out."""
    from sklearn.model_selection import GroupKFold, StratifiedGroupKFold  # 60 modules that no other split needs

    most = int(min(max(MOST_FOLDS, round(1 / valid_size)), numbers.max() + 1))
    largest = int(np.bincount(kinds).max())  # scikit-learn's stratified folds are at most so many
    stratified = kinds.max() > 0 and largest > 1
    most = min(most, largest) if stratified else most

    def distance(folds: int) -> float:
        return float(abs(_taken(folds, valid_size) / folds - valid_size))

    nearest = min(range(2, most + 1), key=distance)
    folds = next(n for n in range(2, nearest + 1) if distance(n) <= max(NEAR, distance(nearest)))
    shuffled = {} if seed is None else {"shuffle": True, "random_state": seed % 2**32}
    kind = StratifiedGroupKFold if stratified else GroupKFold
    fold_of = np.zeros(numbers.max() + 1, int)
    with warnings.catch_warnings(action="ignore"):  # of classes with fewer rows than folds
        for fold, (_, rows) in enumerate(kind(folds, **shuffled).split(numbers, kinds, numbers)):
            fold_of[numbers[rows]] = fold
    return fold_of, folds, _taken(folds, valid_size)


def _taken(folds: int, valid_size: float) -> int:
    return min(max(1, round(folds * valid_size)), folds - 1)


def _without_training(kinds: np.ndarray, held: np.ndarray) -> np.ndarray:
    """List the classes all of whose rows are held out."""
    return np.flatnonzero(np.bincount(kinds[~held], minlength=kinds.max() + 1) == 0)


def _bring_nearer(held: np.ndarray, numbers: np.ndarray, kinds: np.ndarray, wanted: float) -> None:
    """Let single groups change sides, in place: the largest that fit the gap, then one that overshoots by less."""
    sizes, rows_of = np.bincount(numbers), np.split(np.argsort(numbers, kind="stable"), np.bincount(numbers).cumsum())
    training = np.bincount(kinds[~held[numbers]], minlength=kinds.max() + 1)
    gap = wanted - sizes[held].sum()
    side, more = gap < 0, gap > 0  # the groups that may move, and whether they are then held out
    n_held, gap = int(held.sum()), abs(gap)
    order = np.flatnonzero(held == side)
    order = order[np.argsort(-sizes[order], kind="stable")]
    for last in (False, True):
        for group in order if not last else order[::-1]:
            if gap <= NEAR * len(numbers):
                return
            size = sizes[group]
            if held[group] != side or size > (2 * gap if last else gap) or size == 2 * gap:
                continue
            its = np.bincount(kinds[rows_of[group]], minlength=len(training)) if more else 0
            if (more and (training - its == 0).any()) or (not more and n_held == 1):
                continue
            held[group], gap = more, abs(gap - size)
            training, n_held = training - its, n_held + (1 if more else -1)
            if last:
                return


def joined(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Bring two groupings of the same rows together: rows that are together in either are of one group, numbered.

    What is alike is a graph, and its connected parts are the groups.

    >>> joined(np.array([0, 0, 1, 2]), np.array(["a", "b", "b", "c"])).tolist()
    [0, 0, 0, 1]
    """
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    one = np.unique(first, return_inverse=True)[1]
    other = np.unique(second, return_inverse=True)[1] + one.max() + 1
    size = int(other.max()) + 1
    links = coo_matrix((np.ones(len(one)), (one, other)), (size, size))
    return np.unique(connected_components(links, directed=False)[1][one], return_inverse=True)[1]
