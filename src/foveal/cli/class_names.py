"""The names that data sets have for classes, brought together with a model's."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from foveal.core.errors import DataError


def by_name(
    y: np.ndarray, names: Sequence[str] | None, own: Sequence[str] | None, labels: Any = None
) -> tuple[np.ndarray, Sequence[str] | None]:
    """Give the classes 0, 1, 2 ... of a data set the numbers that the model has for their names, and all names.

    Two data sets may list the same classes in another order: a position says nothing. Classes that the model does not
    know come after its own. Where the model's `labels` are names themselves, y is given as names. Without names on
    both sides, or where y is neither such a number nor a name of the model's, y stays as it is. Raises `DataError`
    where two classes have one name.

    >>> by_name(np.array([0, 1, 2]), ("dog", "cat", "eel"), ("cat", "dog"))
    (array([1, 0, 2]), ['cat', 'dog', 'eel'])
    >>> by_name(np.array([0, 1]), ("dog", "cat"), None, np.array(["cat", "dog"]))[0].tolist()
    ['dog', 'cat']
    """
    if own is None and names is not None and _are_names(labels) and _are_places(y, names):
        _check_distinct(names, "the data set")
        return np.array([*names])[y], None
    if own is not None and _are_names(y) and not set(own).isdisjoint(y.tolist()):
        found, y = np.unique(y, return_inverse=True)
        names = [str(name) for name in found]
    if names is None or own is None or list(names) == list(own) or y.ndim != 1 or y.dtype.kind not in "iu":
        return y, names if own is None else own
    if not _are_places(y, names):
        return y, own
    _check_distinct(names, "the data set")
    _check_distinct(own, "the model")
    mine = set(own)
    known = [*own, *(name for name in names if name not in mine)]
    place = {name: number for number, name in enumerate(known)}
    return np.array([place[name] for name in names])[y], known


def _are_names(labels: Any) -> bool:
    """Tell whether labels, one a row, are strings."""
    labels = np.asarray(labels)
    strings = labels.dtype.kind == "U" or (labels.dtype == object and all(isinstance(v, str) for v in labels.flat))
    return strings and labels.ndim == 1 and len(labels) > 0


def _are_places(y: np.ndarray, names: Sequence[str]) -> bool:
    return y.ndim == 1 and y.dtype.kind in "iu" and len(y) > 0 and bool(y.min() >= 0 and y.max() < len(names))


def _check_distinct(names: Sequence[str], whose: str) -> None:
    first: dict[str, int] = {}
    for number, name in enumerate(names):
        if first.setdefault(name, number) != number:
            raise DataError(
                f"classes are compared by name, and {whose} has the name {str(name)!r} for two, {first[name]} and "
                f"{number}; give one of them another name"
            )
