"""Rows of one array as a source: in memory, mapped from a file, or read from shards."""

import hashlib
from collections.abc import Sequence
from typing import Any, Self

import numpy as np

from foveal.core.forms import Form, Part
from foveal.data.arrays import is_mapped
from foveal.data.file_views import FileView, view_of
from foveal.data.scale import learn_scale
from foveal.data.source import Array, Statistics, is_source

#: Rows that stand for all of them in a digest.
_SAMPLED = 256


class Rows:
    r"""Rows of X, (N, \*S, C): an array, a memory map, or `Shards` seen with their channels last.

    `by_column` scales the columns of a table, (N, L, 1), one by one (None: if they differ by orders of magnitude);
    `names` are those of a DataFrame.

    >>> rows = Rows(np.arange(12.0).reshape(3, 2, 2))
    >>> rows.form[0].shape, rows.chosen(np.array([2]))[0].tolist()
    ((2, 2), [[8.0, 9.0], [10.0, 11.0]])
    """

    lengths: Array | None = None

    def __init__(
        self,
        X: Any,
        numbers: Array | None = None,
        *,
        by_column: bool | None = False,
        names: Sequence[Any] | None = None,
    ) -> None:
        self.X, self.numbers, self.by_column, self.names = X, numbers, by_column, names
        self.in_memory, self.dtype = not is_mapped(X), X.dtype
        kind = "uint8" if X.dtype == np.uint8 else "float32"
        self.form: Form = (Part("x", (int(X.shape[-1]), *map(int, X.shape[1:-1])), kind),)

    def __len__(self) -> int:
        return len(self.X) if self.numbers is None else len(self.numbers)

    def __getitem__(self, row: int) -> Array:
        return np.asarray(self.X[row if self.numbers is None else self.numbers[row]])

    def __getstate__(self) -> dict[str, Any]:
        """Send rows that lie in a file by their place: to a worker that is started anew, or one of joblib's."""
        view = view_of(self.X)
        return vars(self) if view is None else {**vars(self), "X": view}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        if isinstance(self.X, FileView):
            self.X = self.X.opened()

    def read(self, rows: Array) -> tuple[Array]:
        r"""Read rows as (B, \*S, C)."""
        return (self.X[self._numbers(rows)],)

    def between(self, first: int, stop: int) -> tuple[Array]:
        r"""Read rows that follow each other; of an array all of whose rows these are, without a copy."""
        return (self.X[first:stop] if self.numbers is None else self.X[self.numbers[first:stop]],)

    def chosen(self, rows: Array) -> Self:
        """Give some of the rows; nothing is read or copied."""
        return type(self)(self.X, self._numbers(rows), by_column=self.by_column, names=self.names)

    def statistics(self, rows: Array, dtype: Any) -> Statistics:
        """Give each channel's or column's mean and deviation, and warn of a scale that costs accuracy."""
        return learn_scale(self.X, self._numbers(rows), dtype, by_column=self.by_column, names=self.names)

    def digest(self) -> bytes:
        """Hash the shape, the dtype and rows in even distances."""
        shape = (len(self), *self.X.shape[1:])
        sampled = self.X[self._numbers(np.arange(0, len(self), max(1, len(self) // _SAMPLED)))]
        digest = hashlib.sha256(repr((shape, self.dtype.str)).encode())
        digest.update(np.ascontiguousarray(sampled).tobytes())
        return digest.digest()

    def _numbers(self, rows: Array) -> Array:
        return rows if self.numbers is None else self.numbers[rows]


def chosen_rows(values: Any, rows: Array) -> Any:
    """Give some rows of a source, a table, an array or a list.

    >>> chosen_rows(["a", "b", "c"], np.array([2, 0])), chosen_rows(np.arange(3), np.array([1])).tolist()
    (['c', 'a'], [1])
    """
    if is_source(values):
        return values.chosen(rows)
    if hasattr(values, "iloc"):
        return values.iloc[rows]
    return [values[i] for i in rows] if isinstance(values, list | tuple) else values[rows]
