"""Rows of whole numbers of unequal length behind one another in one array: tokens of texts, items of histories."""

import hashlib
from collections.abc import Sequence
from typing import NamedTuple, Self

import numpy as np

from foveal.data.source import Array


class Sequences(NamedTuple):
    """Whole numbers row by row: `values` behind one another, int32, and where each row begins and how long it is.

    >>> rows = Sequences.of([[5, 6, 7], [8]])
    >>> rows.padded(np.array([1, 0])).tolist(), rows.there(np.array([1, 0])).tolist()
    ([[8, 0, 0], [5, 6, 7]], [[True, False, False], [True, True, True]])
    """

    values: Array
    starts: Array
    lengths: Array

    @classmethod
    def of(cls, rows: Sequence[Sequence[int]]) -> Self:
        """Put lists behind one another."""
        lengths = np.fromiter(map(len, rows), np.int64, len(rows))
        values = np.fromiter((value for row in rows for value in row), np.int32, int(lengths.sum()))
        return cls.flat(values, lengths)

    @classmethod
    def flat(cls, values: Array, lengths: Array) -> Self:
        """Take values that stand behind one another, row by row."""
        lengths = np.asarray(lengths, np.int64)
        return cls(np.asarray(values, np.int32), np.cumsum(lengths) - lengths, lengths)

    def row(self, number: int) -> Array:
        """Give one row."""
        start = int(self.starts[number])
        return self.values[start : start + int(self.lengths[number])]

    def chosen(self, rows: Array) -> Self:
        """Give some of the rows, in that order; nothing is copied."""
        return self._replace(starts=self.starts[rows], lengths=self.lengths[rows])

    def there(self, rows: Array, *, least: int = 1) -> Array:
        """Give the mask of some rows, (B, T), True for the places of each that are there; T is `least` or more."""
        lengths = self.lengths[rows]
        there: Array = np.arange(max(least, int(lengths.max(initial=0)))) < lengths[:, None]
        return there

    def padded(self, rows: Array, *, least: int = 1) -> Array:
        """Give some rows as (B, T) int64, zeros behind the shorter ones; T is `least` or more."""
        there = self.there(rows, least=least)
        found = np.zeros(there.shape, np.int64)
        found[there] = self.values[self.places(rows)]
        return found

    def places(self, rows: Array) -> Array:
        """Give the numbers of the places of some rows in `values`, row by row."""
        lengths = self.lengths[rows]
        before = np.repeat(np.cumsum(lengths) - lengths, lengths)
        places: Array = np.arange(int(lengths.sum())) - before + np.repeat(self.starts[rows], lengths)
        return places

    def digest(self) -> bytes:
        """Hash lengths and values of the rows, in their order."""
        rows = np.arange(len(self.lengths))
        digest = hashlib.sha256(np.ascontiguousarray(self.lengths).tobytes())
        digest.update(np.ascontiguousarray(self.values[self.places(rows)]).tobytes())
        return digest.digest()
