"""Rows of one array as a source: in memory, mapped from a file, or read from shards."""

import hashlib
from typing import Any, Self

import numpy as np

from foveal.core.forms import Form, Part
from foveal.data.arrays import channel_statistics, is_mapped
from foveal.data.source import Array, Statistics

#: Rows that stand for all of them in a digest.
_SAMPLED = 256


class Rows:
    r"""Rows of X, (N, \*S, C): an array, a memory map, or `Shards` seen with their channels last.

    >>> rows = Rows(np.arange(12.0).reshape(3, 2, 2))
    >>> rows.form[0].shape, rows.chosen(np.array([2]))[0].tolist()
    ((2, 2), [[8.0, 9.0], [10.0, 11.0]])
    """

    lengths: Array | None = None

    def __init__(self, X: Any, numbers: Array | None = None) -> None:
        self.X, self.numbers = X, numbers
        self.in_memory, self.dtype = not is_mapped(X), X.dtype
        kind = "uint8" if X.dtype == np.uint8 else "float32"
        self.form: Form = (Part("x", (int(X.shape[-1]), *map(int, X.shape[1:-1])), kind),)

    def __len__(self) -> int:
        return len(self.X) if self.numbers is None else len(self.numbers)

    def __getitem__(self, row: int) -> Array:
        return np.asarray(self.X[row if self.numbers is None else self.numbers[row]])

    def read(self, rows: Array) -> tuple[Array]:
        r"""Read rows as (B, \*S, C)."""
        return (self.X[self._numbers(rows)],)

    def chosen(self, rows: Array) -> Self:
        """Give some of the rows; nothing is read or copied."""
        return type(self)(self.X, self._numbers(rows))

    def statistics(self, rows: Array, dtype: Any) -> Statistics:
        """Give each channel's mean and deviation; uint8 is divided by 255 first."""
        scale = 255.0 if self.dtype == np.uint8 else 1.0
        return Statistics(*channel_statistics(self.X, self._numbers(rows), scale, dtype), scale)

    def digest(self) -> bytes:
        """Hash the shape, the dtype and rows in even distances."""
        shape = (len(self), *self.X.shape[1:])
        sampled = self.X[self._numbers(np.arange(0, len(self), max(1, len(self) // _SAMPLED)))]
        digest = hashlib.sha256(repr((shape, self.dtype.str)).encode())
        digest.update(np.ascontiguousarray(sampled).tobytes())
        return digest.digest()

    def _numbers(self, rows: Array) -> Array:
        return rows if self.numbers is None else self.numbers[rows]
