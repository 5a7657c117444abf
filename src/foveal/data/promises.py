"""What a source promises, held against what it gives: a mistake in one is told before the first epoch, by its name."""

from typing import Any

import numpy as np

from foveal.core.errors import DataError, DataTypeError, ShapeError
from foveal.core.forms import Part
from foveal.core.rules import shown
from foveal.data.source import Array, Source, Statistics

#: Dtypes of a part, and the kinds of array that may be read for them; "float32" stands for the network's own.
READ_AS = {"float32": "fiub", "uint8": "u", "int64": "iu", "bool": "b"}
_SEE = "see foveal.data.source.Source"


def check_source(source: Source, name: str = "X") -> None:
    """Hold form, lengths and the first two rows of a source against the contract.

    Raises `DataError`, `DataTypeError` or `ShapeError` with the part and the rule that it breaks.
    """
    check_parts(source.form, name)
    n_rows = check_not_empty(source, name)
    if any(part.varies for part in source.form):
        _check_lengths(source.lengths, n_rows, name)
    rows = np.arange(min(2, n_rows))
    blocks = source.read(rows)
    if not isinstance(blocks, tuple | list) or len(blocks) != len(source.form):
        got = f"{len(blocks)} of them" if isinstance(blocks, tuple | list) else type(blocks).__name__
        parts = f"{len(source.form)} parts" if len(source.form) > 1 else "1 part"
        raise DataTypeError(f"{name}.read must give a tuple of arrays, one for each of {parts}, got {got}; {_SEE}")
    for part, block in zip(source.form, blocks, strict=True):
        _check_block(part, block, len(rows), name)


def check_parts(form: Any, name: str = "X") -> None:
    """Refuse a form that is no tuple of sound parts.

    >>> check_parts((Part("x", (3, 8, 8), "float16"),))
    Traceback (most recent call last):
    foveal.core.errors.DataError: X.form: part 'x' must have a dtype of 'float32', 'uint8', 'int64', 'bool', got \
'float16'; 'float32' stands for the network's own
    """
    if not isinstance(form, tuple) or not form or not all(isinstance(part, Part) for part in form):
        raise DataTypeError(
            f"{name}.form must be a tuple of foveal.core.forms.Part, got {shown(form)}; a single one is (Part(...),)"
        )
    for part in form:
        which = f"{name}.form: part {part.name!r}"
        sizes = part.shape if isinstance(part.shape, tuple) else ()
        if not sizes or not all(n is None or (type(n) is int and n > 0) for n in sizes):
            raise ShapeError(
                f"{which} must have a shape of whole numbers (int) of at least 1, or None where it varies, (C, *S) or "
                f"(L,), got {shown(part.shape)}; for one number a row use (1,)"
            )
        if not isinstance(part.dtype, str) or part.dtype not in READ_AS:
            raise DataError(
                f"{which} must have a dtype of {', '.join(map(repr, READ_AS))}, got {part.dtype!r}; 'float32' stands "
                "for the network's own"
            )
        if type(part.length) is not int or part.length < 1:
            raise DataError(f"{which} must have a length of at least 1, an int, got {part.length!r}")


def check_not_empty(source: Source, name: str = "X") -> int:
    """Give the number of rows; a source of none is refused."""
    n_rows = len(source)
    if n_rows == 0:
        raise DataError(f"{name} is empty: 0 rows while a minimum of 1 is required; check how it was read or selected")
    return n_rows


def statistics_of(source: Source, rows: Array, dtype: Any) -> Statistics | None:
    """Give the statistics of a source over some rows, sound ones, or None."""
    found = source.statistics(rows, dtype)
    if found is None:
        return None
    if not isinstance(found, Statistics):
        raise DataTypeError(
            f"X.statistics must give foveal.data.source.Statistics or None, got {type(found).__name__}; {_SEE}"
        )
    shape = source.form[0].shape
    for what in ("mean", "deviation", "scale"):
        try:
            values = np.asarray(getattr(found, what), np.float64)
        except (TypeError, ValueError) as error:
            raise DataTypeError(f"X.statistics: {what} must hold numbers ({error}); {_SEE}") from error
        if values.shape != (() if what == "scale" else (shape[: values.ndim] or shape[:1])):
            wanted = "one number" if what == "scale" else f"one number for each channel, ({shape[0]},)"
            raise ShapeError(f"X.statistics: {what} must be {wanted}, got shape {values.shape}; {_SEE}")
        if not np.isfinite(values).all() or (what != "mean" and not (values > 0).all()):
            rule = "finite" if what == "mean" else "finite and more than 0"
            way = "leave out what is NaN" if what == "mean" else "give 1 where nothing varies"
            raise DataError(f"X.statistics: {what} must be {rule}, got {shown(values.tolist())}; {way}")
    return found


def digest_of(source: Source) -> bytes:
    """Give the digest of a source, which must be bytes."""
    found: Any = source.digest()
    if not isinstance(found, bytes):
        way = "hashlib's digest() gives bytes, hexdigest() a string"
        raise DataTypeError(f"X.digest must give bytes, got {type(found).__name__}; {way}")
    return found


def _check_lengths(lengths: Any, n_rows: int, name: str) -> None:
    found = np.asarray(lengths)
    if found.shape != (n_rows,) or found.dtype.kind not in "iu" or (found < 1).any():
        got = shown(lengths, 60) if found.shape == (n_rows,) or lengths is None else f"shape {found.shape}"
        raise DataError(
            f"{name}.lengths must be the length of each row, ({n_rows},), whole numbers of at least 1, because an axis "
            f"of its form is None, got {got}; {_SEE}"
        )


def _check_block(part: Part, block: Any, n_rows: int, name: str) -> None:
    which = f"{name}.read: part {part.name!r}"
    if not isinstance(block, np.ndarray):
        raise DataTypeError(f"{which} must be a NumPy array, got {type(block).__name__}; {_SEE}")
    wanted = (n_rows, *part.shape[1:], part.shape[0])
    same = len(wanted) == block.ndim and all(n in (None, got) for n, got in zip(wanted, block.shape, strict=True))
    if not same:
        how = " with its channels last" if len(part.shape) > 1 else ""
        raise ShapeError(
            f"{which} must be of shape {wanted} for {n_rows} row{'s' * (n_rows > 1)} of {part.shape}{how}, got "
            f"{block.shape}; {_SEE}"
        )
    if block.dtype.kind not in READ_AS[part.dtype] or (part.dtype == "uint8" and block.dtype != np.uint8):
        raise DataTypeError(
            f"{which} is {part.dtype} by its form, got {block.dtype}; convert it, or give the part another dtype"
        )
