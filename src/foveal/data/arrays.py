"""X as it comes, checked: what it may be, which value is not a number."""

from typing import TYPE_CHECKING, Any

import numpy as np

from foveal.core.errors import DataError, DataTypeError
from foveal.data.convert import as_array, as_numbers, check_columns
from foveal.data.layout import check_axes, check_row_shape
from foveal.data.shards import Shards

if TYPE_CHECKING:
    from sklearn.base import BaseEstimator

#: Values looked at in one go, so that checks of a memory-mapped X need little memory.
CHUNK = 2**22

#: Largest value in any precision, so that its square is finite; in float32 a quarter of what there is, so that its
#: difference from a mean is.
LARGEST = 1e150


def check_inputs(estimator: "BaseEstimator", X: Any, fitted: tuple[str, tuple[int, ...]] | None = None) -> Any:
    """Return X as a real numeric array: NumPy, torch, DataFrame, lists and memory maps, of two to five axes.

    Without `fitted` the estimator learns `n_features_in_` and the column names; with it, the layout and row shape of
    fit, X is held against them. A memory-mapped X stays where it is, and so do `Shards`.
    """
    from sklearn.utils.validation import validate_data  # it takes as long to load as torch, and sources need none

    X = X if isinstance(X, Shards) else as_array(X, "X")
    if hasattr(X, "iloc"):
        check_columns(X)
    elif hasattr(X, "dtype"):
        X = as_numbers(X, "X")
    if fitted is None or len(fitted[0]) == 2:
        check_axes(X.shape)
    else:
        check_row_shape(X.shape, *fitted)
    try:
        X = validate_data(
            estimator,
            X,
            reset=fitted is None,
            skip_check_array=isinstance(X, Shards),  # which are real numbers, or they would not be open
            allow_nd=True,
            ensure_all_finite=False,
            dtype="numeric",
            order=None,
        )
    except TypeError as error:
        raise DataTypeError(str(error)) from error
    except ValueError as error:
        raise DataError(str(error)) from error
    if fitted is not None:
        check_row_shape(X.shape, *fitted)
    return X if is_mapped(X) else np.asarray(X)


def check_finite(X: Any, dtype: Any, name: str = "X", rows: np.ndarray | None = None) -> None:
    """Refuse NaN, infinity and what is too large for `dtype`, naming the first row that holds one; of `rows` alone.

    >>> check_finite(np.array([[0.0], [np.nan]]), np.float32)
    Traceback (most recent call last):
    foveal.core.errors.DataError: Input X contains NaN, first in row 1; drop or impute such rows
    """
    if X.dtype.kind != "f":
        return
    largest = np.dtype(dtype).type(min(float(np.finfo(dtype).max) / 4, LARGEST))
    step = max(1, CHUNK // max(1, X[0].size))
    for start in range(0, len(X) if rows is None else len(rows), step):
        block = np.asarray(X[start : start + step] if rows is None else X[rows[start : start + step]])
        block = block.reshape(len(block), -1)
        good = np.abs(block) <= largest  # False for NaN too
        if not good.all():
            bad = int(np.flatnonzero(~good.all(axis=1))[0])
            nan = np.isnan(block[bad]).any()
            row = start + bad if rows is None else rows[start + bad]
            what = "NaN" if nan else f"infinity or a value too large for {np.dtype(dtype)!r}"
            way = "drop or impute such rows" if nan else "drop such rows, or rescale what is too large"
            raise DataError(f"Input {name} contains {what}, first in row {row}; {way}")


def is_mapped(X: Any) -> bool:
    """Tell whether an array's values are in a file, not in memory."""
    while X is not None:
        if isinstance(X, np.memmap | Shards):
            return True
        X = getattr(X, "base", None)
    return False


#: The way out where y is (N, points, axes).
_POINTS = "; for points, (N, points, axes), give task='points' (--task points)"


def check_targets_finite(y: Any, name: str = "y") -> np.ndarray:
    """Return regression targets as float64 of one or two axes, every one finite."""
    y = as_numbers(np.asarray(as_array(y, name)), name)
    if y.ndim > 2 or y.size == 0:
        raise DataError(f"{name} must be (N,) or (N, targets), got shape {y.shape}{_POINTS if y.ndim == 3 else ''}")
    check_finite(y, np.float32, name)
    return np.array(y, np.float64, order="C")  # torch takes no stride below 0
