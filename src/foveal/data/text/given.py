"""Texts as people have them: lists, arrays, columns of tables; one text a row, or two."""

import os
from collections.abc import Sequence
from typing import Any

import numpy as np

from foveal.core.errors import DataError, DataTypeError
from foveal.core.rules import shown
from foveal.data.source import Array

_WAY = 'give one string a row: a list, an array, a Series; pairs are rows of two, [("a", "b"), ...]'


def as_texts(X: Any, name: str = "X") -> Array:
    """Give texts as an array of strings, (N,), or (N, 2) for pairs of texts.

    X : a list or an array of strings, a Series, a table of one column, or of two, or a list of pairs.

    Raises `DataTypeError` or `DataError` that names the first row that is no text.

    >>> as_texts(["a", "b"]).tolist(), as_texts([("a", "b")]).tolist()
    (['a', 'b'], [['a', 'b']])
    """
    if isinstance(X, str | bytes):
        raise DataTypeError(f"{name} is one text, and rows of texts are expected; put it into a list: [{name}]")
    if hasattr(X, "iloc"):  # a table or a column
        X = X.to_numpy(dtype=object)
    if isinstance(X, np.ndarray):
        return _array(X, name)
    if hasattr(X, "to_pylist"):  # pyarrow's
        X = X.to_pylist()
    if not isinstance(X, Sequence):
        if not hasattr(X, "__iter__") or isinstance(X, dict | set):
            raise DataTypeError(f"{name} must be texts, got {type(X).__name__}; {_WAY}")
        X = list(X)
    pairs = len(X) > 0 and isinstance(X[0], list | tuple)
    return _pairs(X, name) if pairs else _checked(X, name)


def _array(X: Array, name: str) -> Array:
    if X.dtype.kind not in "OU":
        raise DataTypeError(f"{name} must be texts, got an array of {X.dtype}; {_WAY}")
    if X.ndim == 2 and X.shape[1] in (1, 2):
        return _checked(X[:, 0].tolist(), name) if X.shape[1] == 1 else _pairs(X.tolist(), name)
    if X.ndim != 1:
        raise DataError(f"{name} must have a text in each row, (N,), or two, (N, 2), got shape {X.shape}; {_WAY}")
    return as_texts(X.tolist(), name)


def _pairs(X: Sequence[Any], name: str) -> Array:
    for number, row in enumerate(X):
        if not isinstance(row, list | tuple) or len(row) != 2:
            raise DataError(
                f"row {number} of {name} must be a pair of texts, as row 0 is, got {shown(row, 60)}; {_WAY}"
            )
    return _checked([text for row in X for text in row], name, 2).reshape(-1, 2)


def _checked(X: Sequence[Any], name: str, each: int = 1) -> Array:
    for place, text in enumerate(X):
        if not isinstance(text, str):
            raise _refused(text, place // each, name)
    found = np.empty(len(X), object)
    found[:] = X
    return found


def _refused(text: Any, number: int, name: str) -> Exception:
    if text is None or (isinstance(text, float) and np.isnan(text)) or type(text).__name__ in ("NAType", "NaTType"):
        return DataError(f"row {number} of {name} is missing ({shown(text)}); drop the row, or fill it in with ''")
    if isinstance(text, bytes | bytearray):
        return DataTypeError(f"row {number} of {name} is bytes, and a text is a str; decode it: text.decode('utf-8')")
    if isinstance(text, os.PathLike):
        return DataTypeError(f"row {number} of {name} is a path; read the text: path.read_text('utf-8')")
    return DataTypeError(f"row {number} of {name} must be a text (str), got {shown(text, 60)}; {_WAY}")
