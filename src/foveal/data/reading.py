"""Rows shaped as those of a fit, read without scikit-learn: to predict, to validate on, to serve."""

from collections.abc import Sequence
from typing import Any

from foveal.core.errors import DataError, DataTypeError, ShapeError
from foveal.core.forms import Form, Part, is_signals
from foveal.core.rules import shown
from foveal.data.arrays import check_finite
from foveal.data.convert import as_array, as_numbers, check_columns
from foveal.data.layout import channels_last, check_row_shape
from foveal.data.promises import check_not_empty, check_parts
from foveal.data.rows import Rows
from foveal.data.shards import Shards
from foveal.data.signals.given import signals_given, signals_like
from foveal.data.source import Source, is_source, lacking


def rows_like(
    X: Any,
    form: Form,
    layout: str | None,
    dtype: Any,
    *,
    columns: Sequence[str] | None = None,
    name: str = "X",
    finite: bool = True,
) -> Source:
    """Give the rows of X, which must be of a form: arrays as `layout` says, or a source where that is None.

    `columns` are those of fit, held against a DataFrame's. Without `finite` the caller checks that, of the rows that
    count. Raises `DataError`, and `ShapeError` for other shapes.

    >>> import numpy as np
    >>> from foveal.core.forms import form_of
    >>> len(rows_like(np.zeros((5, 8, 8)), form_of((1, 8, 8)), "NHW", np.float32))
    5
    """
    if layout is not None and is_signals(form):
        X = signals_like(X, layout, name)
    if layout is None or is_source(X):
        check_form(X, form, name)
        return X  # type: ignore[no-any-return]
    X = X if isinstance(X, Shards) else as_array(X, name)
    if hasattr(X, "iloc"):
        check_columns(X, name)
        if columns is not None and list(X.columns) != list(columns):
            raise DataError(
                f"{name} has the columns {shown(list(X.columns))}, but fit saw {shown(list(columns))}; pass the same "
                "ones in the same order"
            )
        X = X.to_numpy()
    if not isinstance(X, Shards):
        X = as_numbers(X, name)
    check_row_shape(X.shape, layout, form[0].sizes, name)
    if finite:
        check_finite(X, dtype, name)
    return Rows(channels_last(X, layout))


def as_rows(X: Any, layout: str | None = None, name: str = "X") -> Any:
    """Give a source or shards as they are, signals of unequal length as one, all else as an array of rows.

    >>> as_rows([[1, 2], [3, 4]]).shape
    (2, 2)
    """
    X = signals_given(X, layout, name)
    return X if is_source(X) or isinstance(X, Shards) else as_array(X, name)


def check_form(source: Any, form: Form, name: str = "X") -> None:
    """Refuse what is no source, and a source whose rows are not of the form of fit's."""
    if not is_source(source):
        missing = lacking(source)
        lacks = f", which has no {', '.join(missing)}" if missing else ""
        raise DataError(
            f"{name} must be a source of rows {_told(form)}, as at fit, got {type(source).__name__}{lacks}; see "
            "foveal.data.source.Source"
        )
    check_parts(source.form, name)
    if [(part.name, part.shape) for part in source.form] != [(part.name, part.shape) for part in form]:
        raise ShapeError(f"{name} must have rows {_told(form)}, as at fit, got {_told(source.form)}")
    if list(map(_kind, source.form)) != list(map(_kind, form)):
        told = [", ".join(f"{part.name} {part.dtype}" for part in parts) for parts in (form, source.form)]
        raise DataTypeError(f"{name} must have parts of the dtypes of fit's, {told[0]}, got {told[1]}; convert them")
    check_not_empty(source, name)


def _kind(part: Part) -> str:
    """Name the dtype of what counts or marks; numbers and bytes may stand for each other."""
    return part.dtype if part.dtype in ("int64", "bool") else "number"


def _told(form: Form) -> str:
    return ", ".join(f"{part.name} {part.shape}" for part in form)
