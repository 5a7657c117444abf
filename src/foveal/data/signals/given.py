"""Whether X is signals of unequal length, as people have them: lists of arrays, object arrays, nested tables."""

from typing import Any

import numpy as np

from foveal.core.errors import DataError
from foveal.data.signals.ragged import LAYOUTS, Ragged
from foveal.data.source import is_source


def signals_given(X: Any, layout: str | None, name: str = "X") -> Any:
    """Give X as `Ragged` where it is signals of unequal length by its form and layout, else as it is.

    A list or an object array of arrays is read so where `layout` says that rows are signals, "NL", "NCL" or "NLC", and
    their lengths differ; without a layout they might be pictures, and a `DataError` says which layouts they may have. A
    table whose cells hold series, a column for each channel (sktime's nested frame), says it by itself.

    >>> signals_given([np.zeros((2, 3)), np.zeros((2, 5))], "NCL").lengths.tolist()
    [3, 5]
    >>> type(signals_given([[1, 2], [3, 4]], "NL")).__name__
    'list'
    """
    if is_source(X):
        return X
    if is_nested(X):
        return _of_nested(X, layout, name)
    if layout not in (None, *LAYOUTS) or not _is_row_by_row(X) or not _differ(X):
        return X
    if layout is None:
        _tell_layout(X, name)
        return X
    return Ragged(X, str(layout), name=name)


def signals_like(X: Any, layout: str, name: str = "X") -> Ragged:
    """Give the rows of X for a model that was fitted on signals of unequal length; they may be of one length too."""
    if isinstance(X, Ragged):
        return X
    if is_nested(X):
        return _of_nested(X, layout, name)
    if not (_is_row_by_row(X) or hasattr(X, "ndim")):
        raise DataError(
            f"{name} must be a list of arrays, layout {layout}, as at fit, got {type(X).__name__}; a single signal "
            "goes into a list"
        )
    return Ragged(X, layout, name=name)


def is_nested(X: Any) -> bool:
    """Tell whether the first cell of a table, or of an object array (N, C), holds a series, not a number."""
    is_table = hasattr(X, "iloc") and hasattr(X, "columns")
    is_objects = isinstance(X, np.ndarray) and X.dtype == object and X.ndim == 2
    if not (is_table or is_objects) or 0 in X.shape:
        return False
    first = X.iloc[0, 0] if is_table else X[0, 0]
    return hasattr(first, "__len__") and np.ndim(first) == 1


def _of_nested(X: Any, layout: str | None, name: str) -> Ragged:
    """Read a table of series: each row's channels as (C, T)."""
    if layout not in (None, *LAYOUTS):
        raise DataError(
            f"{name} is a table of series, a column for each channel, and layout={layout!r} names the axes of "
            "something else; leave layout at None"
        )
    rows = []
    for number, cells in enumerate(X.to_numpy() if hasattr(X, "iloc") else X):
        lengths = {len(cell) if np.ndim(cell) == 1 else None for cell in cells}
        if len(lengths) != 1 or None in lengths:
            raise DataError(
                f"row {number} of {name} must hold a series in each column, all of one length, got lengths "
                f"{sorted(map(str, lengths))}; mend it, or leave it out"
            )
        rows.append(np.stack([np.asarray(cell) for cell in cells]))
    return Ragged(rows, "NCL", name=name)


def _tell_layout(X: Any, name: str) -> None:
    """Refuse rows that differ as signals do, in their length alone, and say which layout they may have."""
    shapes = _shapes(X)
    if len({len(shape) for shape in shapes}) != 1:
        return
    sizes = [set(axis) for axis in zip(*shapes, strict=True)]
    fits = {1: ["NL"], 2: [layout for layout, axis in zip(LAYOUTS[1:], sizes, strict=False) if len(axis) == 1]}
    if found := fits.get(len(sizes)):
        told = " or ".join(f"layout={layout!r}" for layout in found)
        row = next(number for number, shape in enumerate(shapes) if shape != shapes[0])
        raise DataError(
            f"{name} is ragged: row 0 has the shape {shapes[0]}, row {row} {shapes[row]}, and nothing says what their "
            f"axes are; for signals give {told} ('NL': one channel, 'NCL': channels first, 'NLC': channels last), else "
            "pad, crop or resize them"
        )


def _is_row_by_row(X: Any) -> bool:
    """Tell whether X is a list, or an object array, whose entries are rows."""
    is_rows = isinstance(X, list | tuple) or (isinstance(X, np.ndarray) and X.dtype == object and X.ndim == 1)
    return is_rows and len(X) > 0


def _differ(X: Any) -> bool:
    """Tell whether the rows are of several shapes, as far as they are arrays."""
    return len(set(_shapes(X))) > 1


def _shapes(X: Any) -> list[tuple[int, ...]]:
    """Give the shape of each row; of one that is ragged itself, which is told when it is read, the shape (-1,) * 9."""
    shapes = []
    for row in X:
        try:
            shapes.append(tuple(row.shape) if hasattr(row, "shape") else np.shape(row))
        except ValueError:
            shapes.append((-1,) * 9)
    return shapes
