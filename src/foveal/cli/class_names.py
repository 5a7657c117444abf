"""The names that data sets have for classes, brought together with a model's."""

from collections.abc import Sequence

import numpy as np


def by_name(
    y: np.ndarray, names: Sequence[str] | None, own: Sequence[str] | None
) -> tuple[np.ndarray, Sequence[str] | None]:
    """Give the classes 0, 1, 2 ... of a data set the numbers that the model has for their names, and all names.

    Two data sets may list the same classes in another order: a position says nothing. Classes that the model does not
    know come behind its own. Without names on both sides, or where y is no such number, y stays as it is.

    >>> by_name(np.array([0, 1, 2]), ("dog", "cat", "eel"), ("cat", "dog"))
    (array([1, 0, 2]), ['cat', 'dog', 'eel'])
    """
    if names is None or own is None or list(names) == list(own) or y.ndim != 1 or y.dtype.kind not in "iu":
        return y, names if own is None else own
    if not len(y) or y.min() < 0 or y.max() >= len(names):
        return y, own
    mine = set(own)
    known = [*own, *(name for name in names if name not in mine)]
    place = {name: number for number, name in reversed(list(enumerate(known)))}  # the first of a name counts
    return np.array([place[name] for name in names])[y], known
