"""Labels or targets that come as an array or a list, one a picture."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from foveal.core.errors import DataError, DataTypeError
from foveal.data.images.listing.labels import as_label, number_classes

Y = NDArray[Any]


def read_y(y: Any, count: int) -> tuple[Y, tuple[str, ...] | None]:
    """Give y as numbers, and the names of the classes; None where they are targets.

    y : (N,) strings, integers or booleans are labels; (N,) floats are targets. (N, K) of 0 and 1 are K labels, named by
    their columns' numbers; other (N, K) are targets. (N, 1) is (N,).

    Raises
    ------
    DataError
        If y has another length than `count`, if labels or targets are missing or not finite, or it has more axes.

    >>> read_y(["dog", "cat", "dog"], 3)
    (array([1, 0, 1]), ('cat', 'dog'))
    >>> read_y([0.5, 2.0], 2)
    (array([0.5, 2. ]), None)
    """
    try:
        values = np.asarray(y)
    except ValueError as error:
        raise DataError(f"y must hold one label or target a picture, in rows of one length ({error})") from error
    if values.ndim == 0 or len(values) != count:
        found = "a single value" if values.ndim == 0 else f"{len(values):,}"
        raise DataError(f"y must be as long as the list of files, {count:,}, got {found}")
    if values.ndim == 2 and values.shape[1] == 1:
        values = values[:, 0]
    if values.ndim == 1:
        return _targets(values) if values.dtype.kind == "f" else _labels(values)
    if values.ndim != 2 or not values.shape[1] or values.dtype.kind not in "iubf":
        raise DataError(f"y must be (N,), or (N, K) of numbers, got {values.shape} of {values.dtype}")
    if np.isin(values, (0, 1)).all():
        return values.astype(np.uint8), tuple(map(str, range(values.shape[1])))
    return _targets(values)


def _labels(values: Y) -> tuple[Y, tuple[str, ...]]:
    if values.dtype.kind not in "iubUO":
        raise DataTypeError(f"y must hold strings or numbers, got {values.dtype}; give labels as strings")
    labels = [as_label(value) for value in values.tolist()]
    _refuse([row for row, label in enumerate(labels) if label is None], values, "no label")
    return number_classes([label for label in labels if label is not None])


def _targets(values: Y) -> tuple[Y, None]:
    values = values.astype(np.float64)
    bad = ~np.isfinite(values.reshape(len(values), -1)).all(axis=1)
    _refuse(np.flatnonzero(bad).tolist(), values, "no finite number")
    return values, None


def _refuse(rows: Sequence[int], values: Y, what: str) -> None:
    if rows:
        first = ", ".join(f"row {row}: {values[row]!r}" for row in rows[:5])
        raise DataError(f"y has {what} in {len(rows):,} rows ({first}); mend them, or leave these pictures out")
