"""What kind of y is it, which classes does it hold, and which numbers stand for them."""

from collections.abc import Hashable
from contextlib import suppress
from datetime import date
from typing import Any

import numpy as np

from foveal.core.errors import DataError, DataTypeError, ParameterError
from foveal.core.rules import shown
from foveal.core.warn import warn_user
from foveal.data.convert import as_array

#: The way out where rows have several labels, or labels of several parts.
_SEVERAL = (
    "for several labels a row make y a 0/1 indicator, sklearn.preprocessing.MultiLabelBinarizer().fit_transform(y), "
    "and for one label of several parts an object array of tuples"
)

#: The way out where y has axes of pictures.
_MASKS = "; for masks, a label at each place, use CNNSegmenter (--task segmentation)"


def as_labels(y: Any, name: str = "y") -> np.ndarray:
    """Return y as an array of one axis, or of two if it is a 0/1 indicator; (N, 1) is ravelled with a warning."""
    y = ravel_targets(with_own_types(y, name))
    if y.ndim not in (1, 2) or y.size == 0:
        way = _MASKS if y.ndim > 2 else ""
        raise DataError(f"{name} must have one label a row, or a 0/1 column for each label, got shape {y.shape}{way}")
    y = _with_pythons_types(y)
    _check_kind(y, name)
    _refuse_missing(y, name)
    return y if y.ndim == 1 else _indicator(y, name)


def with_own_types(y: Any, name: str) -> np.ndarray:
    """Make an array of y; strings listed beside numbers or NaN stay apart, where NumPy would make strings of all."""
    if isinstance(y, list | tuple) and len({isinstance(label, str) for label in y}) == 2:
        return np.fromiter(y, object, len(y))
    return np.asarray(as_array(y, name, ragged=_SEVERAL))


def _with_pythons_types(y: np.ndarray) -> np.ndarray:
    """Make NumPy's and torch's numbers, flags and strings among objects Python's own, which a model file can hold.

    >>> _with_pythons_types(np.array([np.int64(1), np.str_("a"), np.array(True)], object)).tolist()
    [1, 'a', True]
    """
    if y.dtype == np.longdouble:
        return y.astype(np.float64)
    if y.dtype.kind != "O":
        return y
    return np.fromiter(map(_pythons, y.flat), object, y.size).reshape(y.shape)


def _pythons(label: Any) -> Any:
    """Give a lone number, flag or string as Python's own; dates stay NumPy's, `item()` makes numbers of some."""
    if getattr(label, "ndim", None) != 0 or not hasattr(label, "item"):
        return label
    if isinstance(label, np.ndarray | np.generic) and label.dtype.kind not in "buifUSO":
        return label
    own = label.item()
    return float(own) if isinstance(own, np.longdouble) else own


def _check_kind(y: np.ndarray, name: str) -> None:
    if y.dtype.kind == "c":
        raise DataError(f"Complex data not supported: {name} must hold labels; use strings or whole numbers")
    if y.dtype.kind in "ST" or (y.dtype.kind == "O" and any(isinstance(label, bytes) for label in y.flat)):
        got, way = f"dtype {y.dtype}", f"{name}.astype(str)"
        if y.dtype.kind == "O":
            got, way = "bytes among objects", f"[label.decode() for label in {name}]"
        raise DataTypeError(f"{name} must hold labels, got {got}; use strings: {way}")


def check_not_missing(y: np.ndarray, name: str, way: str) -> None:
    """Refuse None, NaN, NaT and NA, with the way out.

    >>> check_not_missing(np.array([None, "a"], object), "groups", "give every row a group")
    Traceback (most recent call last):
    foveal.core.errors.DataError: Input groups contains NaN or None, first in row 0; drop such rows or give every row \
a group
    """
    rows = y.reshape(len(y), -1)
    if y.dtype.kind == "O":
        missing = np.array([any(map(_is_missing, row)) for row in rows])
    elif y.dtype.kind in "fmM":
        missing = (np.isnan(rows) if y.dtype.kind == "f" else np.isnat(rows)).any(axis=1)
    else:
        return
    if missing.any():
        raise DataError(
            f"Input {name} contains NaN or None, first in row {int(missing.argmax())}; drop such rows or {way}"
        )


def _refuse_missing(y: np.ndarray, name: str) -> None:
    check_not_missing(y, name, "give them a label")
    rows = y.reshape(len(y), -1)
    if y.dtype.kind == "f" and not np.isfinite(rows).all():
        row = int((~np.isfinite(rows)).any(axis=1).argmax())
        raise DataError(f"Input {name} contains infinity, first in row {row}; drop such rows or give them a label")


def _is_missing(label: Any) -> bool:
    """Tell whether a label is None, NaN, pandas' NaT (not equal to themselves) or NA."""
    if label is None or type(label).__name__ == "NAType":
        return True
    return isinstance(label, float | np.floating | np.datetime64 | np.timedelta64 | date) and bool(label != label)


def _indicator(y: np.ndarray, name: str) -> np.ndarray:
    if y.dtype.kind == "O":
        with suppress(TypeError, ValueError):  # what is no number is refused below
            y = y.astype(np.float64)
    if y.dtype.kind not in "buif" or not np.isin(y, (0, 1)).all():
        raise DataError(
            f"{name} has two axes, {y.shape}, so it must be an indicator that holds only 0 and 1, one column for each "
            "label; for one class a row pass y of one axis (an object array, if the labels are tuples)"
        )
    return np.array(y, order="C")  # torch takes no stride below 0


def one_label_a_row(y: np.ndarray) -> bool:
    """Tell whether every row of an indicator has exactly one 1.

    >>> one_label_a_row(np.array([[0, 1], [1, 0]])), one_label_a_row(np.array([[1, 1], [1, 0]]))
    (True, False)
    """
    return bool((y.sum(axis=1) == 1).all())


def ravel_targets(y: np.ndarray) -> np.ndarray:
    """Ravel labels or targets of shape (N, 1), with scikit-learn's warning."""
    if y.ndim != 2 or y.shape[1] != 1:
        return y
    from sklearn.exceptions import DataConversionWarning  # loaded where it is needed: it takes as long as torch

    warn_user(
        "A column-vector y was passed when a 1d array was expected. Please change the shape of y to (n_samples,), "
        "for example using ravel().",
        DataConversionWarning,
    )
    return y.ravel()


def find_classes(y: np.ndarray) -> np.ndarray:
    """List the classes of y: sorted, or in order of appearance where labels cannot be compared.

    >>> find_classes(np.array(["b", "a", "b"])).tolist()
    ['a', 'b']
    """
    if y.dtype.kind != "O":
        _refuse_continuous(y)
    elif all(isinstance(label, float) for label in y):
        _refuse_continuous(y.astype(np.float64))
    if y.dtype.kind != "O":
        return np.unique(y)
    seen: list[Any] = list(dict.fromkeys(_hashable(y)))
    with suppress(TypeError):  # labels of several kinds cannot be sorted: the order of appearance stays
        seen = sorted(seen)
    classes = np.empty(len(seen), object)
    classes[:] = seen
    return classes


def given_classes(classes: Any) -> np.ndarray:
    """List the classes that partial_fit was told of.

    >>> given_classes([2, 0, 1, 1]).tolist()
    [0, 1, 2]
    """
    listed = list(classes) if isinstance(classes, set | frozenset) else classes
    labels = None if isinstance(classes, str) or np.isscalar(classes) else as_labels(listed, "classes")
    if labels is None or labels.ndim != 1:
        raise ParameterError(f"classes must be a list of labels, got {shown(classes)}; use for example [0, 1, 2]")
    return find_classes(labels)


def class_numbers(y: np.ndarray, classes: np.ndarray, name: str = "y") -> np.ndarray:
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
        known, way = "known from the first call", "name all classes there (partial_fit: classes=...)"
        if name != "y":
            known, way = "of fit's y", "leave such rows out, or train on rows of that class too"
        raise DataError(
            f"{name} holds the label {y.tolist()[row]!r} (row {row}), which is not among the classes {known}: "
            f"{classes.tolist()!r}; {way}"
        )
    return numbers


def _refuse_continuous(y: np.ndarray) -> None:
    if y.dtype.kind in "Ubiu":  # classes, whatever their values
        return
    from sklearn.utils.multiclass import check_classification_targets

    try:
        check_classification_targets(y)
    except TypeError as error:
        raise DataTypeError(f"{error}; use strings or whole numbers as labels") from error
    except ValueError as error:
        raise DataError(f"{error} For continuous values use CNNRegressor (foveal train: --task regression).") from error


def _hashable(y: np.ndarray) -> list[Hashable]:
    labels: list[Hashable] = y.tolist()
    try:
        hash(tuple(labels))
    except TypeError as error:
        raise DataTypeError(
            f"labels in y must be hashable ({error}); use strings, numbers or tuples; {_SEVERAL}"
        ) from error
    return labels
