"""What kind of y is it, which classes does it hold, and which numbers stand for them."""

import warnings
from collections.abc import Hashable
from contextlib import suppress
from typing import Any

import numpy as np
from sklearn.exceptions import DataConversionWarning
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import column_or_1d

from foveal.core.errors import DataError, DataTypeError


def as_labels(y: Any) -> np.ndarray:
    """Return y as an array of one axis, or of two if it is a 0/1 indicator; (N, 1) is ravelled with a warning."""
    if hasattr(y, "toarray"):
        raise DataTypeError("y is a sparse matrix, which is not supported; pass y.toarray()")
    y = y.detach().cpu().numpy() if hasattr(y, "detach") else np.asarray(y)
    if y.ndim == 2 and y.shape[1] == 1:
        return np.asarray(column_or_1d(y, warn=True))
    if y.ndim not in (1, 2) or y.size == 0:
        raise DataError(f"y must have one label a row, or a 0/1 column for each label, got shape {y.shape}")
    if y.dtype.kind == "f" and np.isnan(y).any():
        row = int(np.flatnonzero(np.isnan(y.reshape(len(y), -1)).any(axis=1))[0])
        raise DataError(f"Input y contains NaN, first in row {row}; drop such rows or give them a label")
    if y.dtype.kind == "f" and not np.isfinite(y).all():
        raise DataError("Input y contains infinity or a value too large for dtype('float64').")
    if y.ndim == 2 and not _is_indicator(y):
        raise DataError(
            f"y has two axes, {y.shape}, so it must be an indicator that holds only 0 and 1, one column for each "
            "label; for one class a row pass y of one axis"
        )
    if y.dtype.kind == "c":
        raise DataError("Complex data not supported: y must hold labels")
    return np.asarray(y)


def _is_indicator(y: np.ndarray) -> bool:
    return y.dtype.kind in "buif" and bool(np.isin(y, (0, 1)).all())


def one_label_a_row(y: np.ndarray) -> bool:
    """Tell whether every row of an indicator has exactly one 1.

    >>> one_label_a_row(np.array([[0, 1], [1, 0]])), one_label_a_row(np.array([[1, 1], [1, 0]]))
    (True, False)
    """
    return bool((y.sum(axis=1) == 1).all())


def ravel_targets(y: np.ndarray) -> np.ndarray:
    """Ravel regression targets of shape (N, 1), with scikit-learn's warning."""
    if y.ndim == 2 and y.shape[1] == 1:
        warnings.warn(
            "A column-vector y was passed when a 1d array was expected. Please change the shape of y to (n_samples,), "
            "for example using ravel().",
            DataConversionWarning,
            stacklevel=4,
        )
        return y.ravel()
    if y.ndim > 2:
        raise DataError(f"y must be (N,) or (N, targets), got shape {y.shape}")
    return y


def find_classes(y: np.ndarray) -> np.ndarray:
    """List the classes of y: sorted, or in order of appearance where labels cannot be compared.

    >>> find_classes(np.array(["b", "a", "b"])).tolist()
    ['a', 'b']
    """
    if y.dtype.kind != "O" or all(isinstance(label, float | np.floating) for label in y):
        _refuse_continuous(y)
    if y.dtype.kind != "O":
        return np.unique(y)
    _refuse_missing(y)
    seen: list[Any] = list(dict.fromkeys(_hashable(y)))
    with suppress(TypeError):  # labels of several kinds cannot be sorted: the order of appearance stays
        seen.sort()
    classes = np.empty(len(seen), object)
    classes[:] = seen
    return classes


def class_numbers(y: np.ndarray, classes: np.ndarray) -> np.ndarray:
    """Give each label its place in `classes`; a label that is not there is an error.

    >>> class_numbers(np.array(["b", "a"]), np.array(["a", "b"])).tolist()
    [1, 0]
    """
    if len(y) == 0:
        return np.zeros(0, np.int64)
    place = {label: i for i, label in enumerate(classes.tolist())}
    found = [place.get(label, -1) for label in _hashable(y.astype(object) if y.dtype.kind == "O" else y)]
    numbers = np.array(found, np.int64)
    if (numbers < 0).any():
        row = int(np.flatnonzero(numbers < 0)[0])
        raise DataError(
            f"y holds the label {y[row]!r} (row {row}), which is not among the classes known from the first call: "
            f"{classes.tolist()!r}; name all classes there (partial_fit: classes=...)"
        )
    return numbers


def _refuse_continuous(y: np.ndarray) -> None:
    try:
        check_classification_targets(y)
    except ValueError as error:
        raise DataError(str(error)) from error


def _refuse_missing(y: np.ndarray) -> None:
    for row, label in enumerate(y):
        if label is None or (isinstance(label, float | np.floating) and np.isnan(label)):
            raise DataError(f"Input y contains NaN or None, first in row {row}; drop such rows or give them a label")


def _hashable(y: np.ndarray) -> list[Hashable]:
    labels: list[Hashable] = y.tolist()
    try:
        hash(tuple(labels))
    except TypeError as error:
        raise DataTypeError(f"labels in y must be hashable ({error}); use strings, numbers or tuples") from error
    return labels
