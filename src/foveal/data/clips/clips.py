"""Clips as rows to learn from: windows of frames, (N, T, H, W, C), and what is known of each."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from foveal.core.errors import DataError
from foveal.core.forms import Form, form_of
from foveal.data.clips.rule import clip_shape, differences, differs
from foveal.data.images.listing.splits import rows_of_part
from foveal.data.images.reading.rule import InputRule
from foveal.data.images.reading.sums import added, sums_of
from foveal.data.images.records import Bad
from foveal.data.rows import Rows
from foveal.data.scale import scale_of_sums
from foveal.data.source import Array, Statistics

#: Videos that were left out, and stand in the model file by their names; rows that stand for all in a digest; rows that
#: are read at once where all are.
_NAMED, _SAMPLED, _AT_ONCE = 20, 64, 16


class Known(NamedTuple):
    """What is known of each row, (N,) each; None where nothing is."""

    files: NDArray[Any]
    starts: NDArray[np.float64]
    stops: NDArray[np.float64]
    groups: NDArray[Any]
    y: NDArray[Any] | None = None
    split: NDArray[Any] | None = None

    def chosen(self, rows: Any) -> "Known":
        """Give some of the rows."""
        return Known(*(None if column is None else column[rows] for column in self))  # type: ignore[arg-type]


class Clips:
    """Windows of videos read by one rule, (N, T, H, W, C) of uint8: what `foveal.open_clips` gives.

    An estimator takes it as X, with `y`. Indexed like an array, `X[5]`, `X[10:20]`, `X[rows]`, it gives ordinary
    arrays. A row is made of its frames when it is read: windows that overlap have their frames once.

    y : the labels or targets of the rows, or None.
    class_names : the classes, in order; None for targets.
    files, starts, stops : the name of each row's video, and the seconds there that it shows.
    input_rule : what is done to a file before the network, step by step; the model file keeps it.
    groups : a number for each row, that of its video: rows of one video, or of two with the same frames, never fall on
        both sides of a split.
    split : "train", "valid" or "test" for each row, where the data says so; `part("train")` gives those rows.
    skipped : files that were no videos, where they were asked to be left out.
    about : how many rows were opened, files left out, and videos there more than once; the model file keeps it.
    """

    lengths: Array | None = None
    dtype = np.dtype(np.uint8)

    def __init__(
        self,
        frames: Any,
        index: NDArray[np.intp],
        input_rule: InputRule,
        known: Known,
        *,
        in_memory: bool,
        sums: NDArray[np.uint64] | None = None,
        names: tuple[str, ...] | None = None,
        skipped: Sequence[Bad] = (),
        duplicates: int = 0,
    ) -> None:
        time, height, width, channels = clip_shape(input_rule)
        self._frames, self._index, self._sums, self._known = Rows(frames), index, sums, known
        self.form: Form = (form_of((channels, time, height, width))[0]._replace(dtype="uint8"),)
        self.in_memory, self.input_rule, self._names, self.skipped = in_memory, input_rule, names, tuple(skipped)
        self.files, self.starts, self.stops, self.groups, self.y, self.split = known
        self.about: Mapping[str, Any] = {
            "rows": len(self),
            "skipped": len(self.skipped),
            "first_skipped": [f"{bad.place.name}: {bad.reason}" for bad in self.skipped[:_NAMED]],
            "duplicates": duplicates,
        }

    @property
    def class_names(self) -> tuple[str, ...] | None:
        """The classes, in order."""
        return self._names

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape (N, T, H, W, C)."""
        return len(self), *clip_shape(self.input_rule)

    @property
    def ndim(self) -> int:
        """Number of axes: 5."""
        return 5

    def __len__(self) -> int:
        return len(self._index)

    def __getitem__(self, rows: Any) -> Array:
        """Read one row, a slice of rows, or rows by number or mask."""
        numbers = np.arange(len(self))[rows]
        found = self.read(np.atleast_1d(numbers))[0]
        return found if numbers.ndim else found[0]

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Array:
        """Read everything into memory."""
        return np.asarray(self[:], dtype)

    def read(self, rows: Array) -> tuple[Array]:
        """Read rows as (B, T, H, W, C)."""
        numbers, frames = self._index[rows], self._frames.X
        if isinstance(frames, np.ndarray):
            found = frames[numbers]
        else:  # decoded now: each frame once
            each, place = np.unique(numbers, return_inverse=True)
            found = frames[each][place.reshape(numbers.shape)]
        return (differences(found) if differs(self.input_rule) else found,)

    def chosen(self, rows: Array) -> Self:
        """Give some of the rows; nothing is read."""
        numbers = np.arange(len(self))[rows]
        found = type(self)(
            self._frames.X,
            self._index[numbers],
            self.input_rule,
            self._known.chosen(numbers),
            in_memory=self.in_memory,
            sums=self._sums,
            names=self._names,
            skipped=self.skipped,
        )
        found.about = self.about  # of all that were opened
        return found

    def part(self, name: str) -> Self:
        """Give the rows of a part of the split, "train", "valid" or "test"."""
        return self.chosen(rows_of_part(self.split, name, "clips"))

    def statistics(self, rows: Array, dtype: Any) -> Statistics:
        """Give each channel's mean and deviation: from the sums of frames; changes are read and summed, exactly too."""
        values = len(rows) * int(np.prod(self.shape[1:-1]))
        if self._sums is None or differs(self.input_rule):
            total = [(0, 0)] * self.shape[-1]
            for first in range(0, len(rows), _AT_ONCE):
                some = self.read(np.sort(rows[first : first + _AT_ONCE]))[0]
                sums = sums_of(some.reshape(-1, *some.shape[-2:]))
                assert sums is not None  # noqa: S101  (of uint8 there always are)
                total = [(a + c, b + d) for (a, b), (c, d) in zip(total, sums.tolist(), strict=True)]
        else:
            total = added(self._sums[self._index[rows].ravel()])
        return scale_of_sums(total, values, self.dtype, dtype)

    def digest(self) -> bytes:
        """Hash the shape, the rule, and rows in even distances."""
        sampled = self.read(np.arange(0, len(self), max(1, len(self) // _SAMPLED)))[0]
        digest = hashlib.sha256(repr((self.shape, json.dumps(list(map(dict, self.input_rule))))).encode())
        digest.update(np.ascontiguousarray(sampled).tobytes())
        return digest.digest()

    def labels(self) -> NDArray[Any]:
        """Give y; raises `DataError` where nothing is known of the rows."""
        if self.y is None:
            raise DataError(
                "these clips have no labels; put videos into a folder for each class, or name a table's column, "
                "label='...'"
            )
        return self.y
