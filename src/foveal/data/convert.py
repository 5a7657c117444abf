"""From what people have to arrays: tensors, tables, lists, masked and sparse arrays, taken or refused by name."""

from typing import Any

import numpy as np
import torch

from foveal.core.errors import DataError, DataTypeError
from foveal.core.rules import shown
from foveal.data.source import lacking


def as_array(values: Any, name: str, *, ragged: str = "pad, crop or resize them") -> Any:
    """Return the array of a tensor, a list or what else has one; tables with columns stay what they are.

    >>> as_array([[1], [2, 3]], "X")
    Traceback (most recent call last):
    foveal.core.errors.DataError: X is ragged: its rows have different shapes, and every row must have the same; pad, \
crop or resize them
    """
    if hasattr(values, "toarray"):
        raise DataTypeError(f"{name} is a sparse matrix, which is not supported; pass {name}.toarray()")
    if isinstance(values, np.ma.MaskedArray) and np.ma.is_masked(values):
        raise DataError(f"{name} is a masked array in which values are masked; fill them, for example {name}.filled(0)")
    if hasattr(values, "columns"):
        return values
    if missing := lacking(values):
        raise DataTypeError(
            f"{name} is no source, because {type(values).__name__} has no {', '.join(missing)}; see "
            "foveal.data.source.Source"
        )
    try:
        array = _of_tensor(values) if isinstance(values, torch.Tensor) else np.asarray(values)
    except ValueError as error:
        raise DataError(
            f"{name} is ragged: its rows have different shapes, and every row must have the same; {ragged}"
        ) from error
    except (TypeError, RuntimeError) as error:  # a tensor without memory, or a list of tensors that need gradients
        raise DataTypeError(f"{name} cannot be made an array ({error}); pass a dense array or tensor") from error
    if array.ndim == 0:
        raise DataTypeError(f"{name} must be an array with an entry for each row, got {shown(values)}")
    return array


def as_numbers(array: np.ndarray, name: str) -> np.ndarray:
    """Return an array of real numbers; one of objects is converted, anything else is refused.

    >>> as_numbers(np.array([1, 2.5], dtype=object), "X").dtype
    dtype('float64')
    """
    kind = array.dtype.kind
    if kind in "buif":
        return array
    if kind == "c":
        raise DataError(f"Complex data not supported: {name} must hold real numbers; pass np.abs(...), for example")
    if kind == "O":
        return _numbers_of_objects(array, name)
    raise DataError(
        f"{name} must hold real numbers, got dtype {array.dtype}; encode it as numbers, or convert numbers written as "
        "text with astype(float)"
    )


def check_length(values: Any, n_rows: int, name: str) -> None:
    """Refuse what has not an entry for each row of X.

    >>> check_length([1, 2], 3, "y")
    Traceback (most recent call last):
    foveal.core.errors.DataError: X and y have inconsistent numbers of samples: 3 rows and 2 entries; give y an entry \
for each row of X
    """
    shape = getattr(values, "shape", None)
    if shape == () or not (shape or hasattr(values, "__len__")):
        shape = as_array(values, name).shape
    entries = shape[0] if shape else len(values)
    if entries != n_rows:
        raise DataError(
            f"X and {name} have inconsistent numbers of samples: {n_rows} rows and {entries} entries; give {name} an "
            "entry for each row of X"
        )


def check_columns(frame: Any, name: str = "X") -> None:
    """Refuse a DataFrame with a column that holds no numbers, and name the column."""
    sparse = [str(column) for column, dtype in frame.dtypes.items() if _is_sparse(dtype)]
    if sparse:
        way = "X.sparse.to_dense()" if len(sparse) == frame.shape[1] else "np.asarray(X)"
        raise DataTypeError(f"column {sparse[0]!r} of {name} is sparse, and dense data are required; pass {way}")
    for place, (column, dtype) in enumerate(frame.dtypes.items()):
        if dtype.kind not in "buif":
            as_numbers(np.asarray(frame.iloc[:, place]), f"column {column!r} of {name}")


def _of_tensor(tensor: torch.Tensor) -> np.ndarray:
    tensor = tensor.detach().cpu().resolve_conj().resolve_neg()
    if tensor.is_floating_point() and tensor.itemsize < 4:  # NumPy has no bfloat16
        tensor = tensor.float()
    return np.asarray(tensor.numpy())


def _is_sparse(dtype: Any) -> bool:
    """Tell pandas' dtype of sparse columns, without pandas."""
    return type(dtype).__name__ == "SparseDtype"


def _refuse_rows(array: np.ndarray, name: str) -> None:
    """Refuse an object array of arrays or lists, one a row."""
    shapes: dict[tuple[int, ...], int] = {}
    for row, entry in enumerate(array):
        if not (getattr(entry, "ndim", 0) or isinstance(entry, list | tuple)):
            return
        shapes.setdefault(np.shape(entry) if hasattr(entry, "ndim") else (len(entry),), row)
    if len(shapes) > 1:
        (first, _), (other, row) = list(shapes.items())[:2]
        raise DataError(
            f"{name} is ragged: row 0 has the shape {first}, row {row} {other}, and every row must have the same; pad, "
            "crop or resize them"
        )
    raise DataError(f"{name} holds {len(array)} arrays, one a row; make them one array with np.stack({name})")


def _numbers_of_objects(array: np.ndarray, name: str) -> np.ndarray:
    if array.ndim == 1 and len(array):
        _refuse_rows(array, name)
    try:
        return array.astype(np.float64)
    except TypeError as error:
        raise DataTypeError(f"{name} must hold real numbers: {error}; encode or drop what is none") from error
    except (ValueError, OverflowError) as error:
        raise DataError(f"{name} must hold real numbers: {error}; encode or drop what is none") from error
