"""Histories as a source: rows of items, each of which but the first is a target, or of which the last one is asked."""

import hashlib
from typing import Any, Self

import numpy as np

from foveal.core.forms import Form, Part
from foveal.data.interactions.transitions import Transitions, popularity, transitions
from foveal.data.sequences import Sequences
from foveal.data.source import Array

#: Longest row of zeros that a model file may name.
_LONGEST = 2**16
#: No history is longer: a length beyond it is all of them.
_MOST = 2**53


class Histories:
    """Rows of item numbers, 1 to n, as `items` (T,) and their `mask`; targets are the items shifted by one.

    `of_all` cuts histories into rows of `length` + 1 items that share their ends, so that each item but the first of a
    history is a target once; `of_last` takes the last ones of each, whose last item is the one target.
    """

    in_memory = True

    def __init__(self, rows: Sequences, whole: Sequences, n_items: int, firsts: Array, kept: Any = None) -> None:
        self.rows, self.whole, self.n_items, self.firsts = rows, whole, n_items, firsts
        self.kept = kept  # what the model keeps of the data
        usual = max(1, min(int(np.median(rows.lengths)), _LONGEST)) if len(rows.lengths) else 1
        self.form: Form = (
            Part("items", (None,), "int64", usual, n_items + 1),
            Part("mask", (None,), "bool", usual),
        )

    @classmethod
    def of_all(cls, whole: Sequences, n_items: int, length: int, kept: Any = None) -> Self:
        """Cut every history from its end into rows of at most `length` + 1 items, each of which begins another's end.

        >>> Histories.of_all(Sequences.of([[1, 2, 3, 4, 5], [6]]), 6, 2).rows.lengths.tolist()
        [3, 3]
        """
        length = min(length, _MOST)
        pieces = -(-(whole.lengths - 1) // length)
        owner = np.repeat(np.arange(len(pieces)), pieces)
        number = np.arange(len(owner)) - np.repeat(np.cumsum(pieces) - pieces, pieces)
        stops = whole.lengths[owner] - number * length
        starts = np.maximum(stops - length - 1, 0)
        rows = Sequences(whole.values, whole.starts[owner] + starts, stops - starts)
        return cls(rows, whole, n_items, np.ones(len(owner), np.int64), kept)

    @classmethod
    def of_last(cls, whole: Sequences, n_items: int, length: int) -> Self:
        """Take the last `length` + 1 items of every history."""
        lengths = np.minimum(whole.lengths, min(length, _MOST) + 1)
        rows = Sequences(whole.values, whole.starts + whole.lengths - lengths, lengths)
        return cls(rows, whole, n_items, lengths - 1)

    @property
    def lengths(self) -> Array:
        """The length of each row."""
        return self.rows.lengths

    @property
    def n_targets(self) -> Array:
        """How many targets each row has: its weight, so that the mean over rows is one over targets."""
        found: Array = (self.rows.lengths - self.firsts).astype(np.float64)
        return found

    def __len__(self) -> int:
        return len(self.rows.lengths)

    def read(self, rows: Array) -> tuple[Array, Array]:
        """Read rows as (B, T) items, zeros behind the shorter ones, and their mask."""
        return self.rows.padded(rows), self.rows.there(rows)

    def chosen(self, rows: Array) -> Self:
        """Give some of the rows, in that order; nothing is copied."""
        found = type(self)(self.rows.chosen(rows), self.whole, self.n_items, self.firsts[rows], self.kept)
        found.form = self.form
        return found

    def statistics(self, rows: Array, dtype: Any) -> None:
        """Give nothing: items are not scaled."""
        return

    def digest(self) -> bytes:
        """Hash rows, and which of their places are targets."""
        digest = hashlib.sha256(self.rows.digest() + np.ascontiguousarray(self.firsts).tobytes())
        return digest.digest()

    def popularity(self) -> Array:
        """Count how often each item stands in the histories, (n_items + 1,)."""
        return popularity(self.whole, self.n_items)

    def transitions(self, most: int, steps: int) -> Transitions:
        """Give what followed each item in the histories."""
        return transitions(self.whole, self.n_items, most, steps=steps)
