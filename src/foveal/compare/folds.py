"""Repeated folds: rows dealt into parts, each of which is tested on once, several times anew."""

import re
import warnings
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from foveal.core.errors import DataError, ParameterError
from foveal.core.rules import is_integer, shown

Array = NDArray[Any]
_FOLDS = re.compile(r"(?:([1-9]\d{0,3})x)?([1-9]\d{0,5})")


class Fold(NamedTuple):
    """The rows to train on and the rows to test on, in order."""

    train: Array
    test: Array


def read_folds(folds: Any, name: str = "folds") -> tuple[int, int]:
    """Read how often rows are dealt, and into how many folds: "5x2" is 5 times 2 folds, "10" or 10 once 10.

    >>> read_folds("5x2"), read_folds(10)
    ((5, 2), (1, 10))
    """
    text = str(folds) if isinstance(folds, str) or is_integer(folds) else ""
    match = _FOLDS.fullmatch(text)
    if match is None or int(match[2]) < 2:
        raise ParameterError(
            f"{name} must be TIMESxFOLDS, as '5x2' for 5 times 2 folds, or a number of folds, at least 2, got "
            f"{shown(folds)}; use '5x2' for little data, '1x10' for more"
        )
    return int(match[1] or 1), int(match[2])


def make_folds(
    n_rows: int,
    folds: Any,
    seed: int,
    *,
    classes: Array | None = None,
    groups: Array | None = None,
    name: str = "folds",
) -> list[Fold]:
    """Deal rows into folds, each tested on once, several times anew: what "5x2" asks for is 10 folds.

    `classes` (their numbers) come into folds in equal proportion, rows of one of `groups` into one fold. scikit-learn's
    `RepeatedStratifiedKFold`, or `RepeatedKFold` without classes; with groups `StratifiedGroupKFold` or `GroupKFold`,
    shuffled anew each time.

    Raises `DataError` where there are not enough rows or groups, or a fold would train on one class only.

    >>> [fold.test.tolist() for fold in make_folds(4, "1x2", 0, classes=np.array([0, 0, 1, 1]))]
    [[1, 2], [0, 3]]
    """
    times, parts = read_folds(folds, name)
    units = n_rows if groups is None else len(np.unique(groups))
    if units < parts:
        what = "rows" if groups is None else "groups"
        raise DataError(f"{name}={shown(folds)} needs at least {parts} {what}, and there are {units}; use fewer folds")
    largest = n_rows if classes is None else int(np.bincount(classes).max())
    if largest < parts:
        raise DataError(
            f"{name}={shown(folds)} deals each class into {parts} folds, and the largest has {largest} rows; use fewer "
            f"folds, as '{times}x2'"
        )
    found = _dealt(n_rows, times, parts, seed % 2**32, classes, groups)
    for number, fold in enumerate(found, start=1):
        if not len(fold.test) or not len(fold.train):
            raise DataError(f"{name}={shown(folds)}: fold {number} has no group; use fewer folds, or give more groups")
        if classes is not None and len(np.unique(classes[fold.train])) < 2:
            raise DataError(
                f"{name}={shown(folds)}: fold {number} would train on one class only; use fewer folds, or give more "
                "groups"
            )
    return found


def _dealt(n_rows: int, times: int, parts: int, seed: int, classes: Array | None, groups: Array | None) -> list[Fold]:
    from sklearn.model_selection import GroupKFold, RepeatedKFold, RepeatedStratifiedKFold, StratifiedGroupKFold

    rows = np.zeros(n_rows)
    with warnings.catch_warnings(action="ignore"):  # of classes with fewer rows than folds
        if groups is None:
            kind = RepeatedKFold if classes is None else RepeatedStratifiedKFold
            dealt = kind(n_splits=parts, n_repeats=times, random_state=seed).split(rows, classes)
            return [Fold(np.sort(train), np.sort(test)) for train, test in dealt]
        grouped = GroupKFold if classes is None else StratifiedGroupKFold
        found = []
        for time in range(times):
            splitter = grouped(parts, shuffle=True, random_state=(seed + time) % 2**32)
            found += [Fold(np.sort(a), np.sort(b)) for a, b in splitter.split(rows, classes, groups)]
    return found


def absent(classes: Array, labels: Sequence[Any], folds: Sequence[Fold]) -> list[str]:
    """Say which classes have no row to train on in some folds: their rows there count as wrong.

    >>> absent(np.array([0, 0, 1]), ["cat", "dog"], [Fold(np.array([0, 1]), np.array([2]))])
    ["class 'dog' has no row to train on in 1 of 1 folds; its rows there count as wrong"]
    """
    missing = np.zeros(len(labels), int)
    for fold in folds:
        missing += np.bincount(classes[fold.train], minlength=len(labels)) == 0
    return [
        f"class {label!r} has no row to train on in {count} of {len(folds)} folds; its rows there count as wrong"
        for label, count in zip(labels, missing.tolist(), strict=True)
        if count
    ]
