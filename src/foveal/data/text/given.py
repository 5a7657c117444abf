"""Texts as people have them: lists, arrays, a table's column; every one of them a string."""

from collections.abc import Iterable
from typing import Any

from foveal.core.errors import DataError, DataTypeError
from foveal.core.rules import shown


def texts_given(X: Any, name: str = "X") -> list[str]:
    """Give the texts of a list, an array of one axis or a table's column; raise an error that names the first odd row.

    Numbers that stand for text are refused: write them as strings, as they would be read.

    >>> texts_given(["one", 2])
    Traceback (most recent call last):
    foveal.core.errors.DataTypeError: row 1 of X must be a string, got 2 (int); write it as one, str(value)
    """
    if isinstance(X, str | bytes) or not isinstance(X, Iterable) or isinstance(X, dict):
        raise DataTypeError(f"{name} must be texts, a list of strings or a column of a table, got {shown(X)}; for one "
                            "text pass a list of it")  # fmt: skip
    if len(getattr(X, "shape", (0,))) != 1:
        raise DataError(
            f"{name} must have one text a row, (N,), got shape {tuple(X.shape)}; pass one column of a table"  # type: ignore[attr-defined]
        )
    texts = X.tolist() if hasattr(X, "tolist") else list(X)
    if not texts:
        raise DataError(f"{name} is empty: 0 texts while a minimum of 1 is required; check how it was selected")
    for row, text in enumerate(texts):
        if not isinstance(text, str):
            _refuse(text, row, name)
    return texts


def _refuse(text: Any, row: int, name: str) -> None:
    missing = text is None or type(text).__name__ in ("NAType", "NaTType") or (isinstance(text, float) and text != text)
    if missing:
        raise DataError(f"row {row} of {name} is missing ({shown(text)}); leave it out, or write '' for an empty text")
    way = "decode it" if isinstance(text, bytes) else "write it as one, str(value)"
    raise DataTypeError(f"row {row} of {name} must be a string, got {shown(text)} ({type(text).__name__}); {way}")
