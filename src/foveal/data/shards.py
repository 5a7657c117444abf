"""Rows in tar shards, read where they lie: an uncompressed tar holds each of them at a known place.

The layout is webdataset's: each row is two members, KEY.npy with its values and KEY.cls, .txt or .json with its label.
An index beside the shards knows every row's place, so any row can be read without those before it, and an epoch's order
is a permutation of all rows, however many shards and processes there are.
"""

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

import numpy as np

from foveal.core.errors import DataError, ResourceError
from foveal.core.files import as_path
from foveal.data.array_files import Array
from foveal.data.shard_index import Index, read_index

View = Callable[[Array], Array]


def _as_they_are(rows: Array) -> Array:
    return rows


class Shards:
    """X of shape (N, ...) in tar shards, to be indexed by rows: `X[5]`, `X[10:20]`, `X[rows]` are ordinary arrays.

    A shard is opened for as long as rows are read from it: nothing is mapped, no file stays open, no memory is kept but
    the index's, and processes that are forked share no position. `y` holds the labels, in memory.

    >>> import tempfile
    >>> from foveal.data.packing import write_shards
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     X = write_shards(folder, np.arange(12).reshape(3, 2, 2), ["a", "b", "a"])
    ...     X.shape, X[2].tolist(), X.y.tolist()
    ((3, 2, 2), [[8, 9], [10, 11]], ['a', 'b', 'a'])
    """

    def __init__(self, folder: Path, index: Index, view: View = _as_they_are) -> None:
        self.folder, self.index, self.view = folder, index, view
        self.y, self.class_names, self.dtype = index.y, index.class_names, index.dtype
        self._ends = np.cumsum(index.counts)
        no_memory = np.broadcast_to(np.zeros((), index.dtype), (len(index.offsets), *index.row_shape))
        self.shape: tuple[int, ...] = view(no_memory).shape

    @classmethod
    def open(cls, folder: str | Path) -> Self:
        """Open a folder of shards with their index; raises `DataError` for anything else."""
        return cls(as_path(folder, "folder"), read_index(Path(folder)))

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return len(self.shape)

    @property
    def size(self) -> int:
        """Number of values."""
        return math.prod(self.shape)

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, rows: Any) -> Array:
        """Read one row, a slice of rows, or rows by number or mask, in any order."""
        if isinstance(rows, slice):
            return self._read(np.arange(*rows.indices(len(self))))
        numbers = np.asarray(rows)
        if numbers.dtype.kind == "b":
            numbers = np.flatnonzero(numbers)
        if isinstance(rows, tuple) or numbers.ndim > 1 or (numbers.size and numbers.dtype.kind not in "iu"):
            raise TypeError(f"shards are indexed by rows, got {rows!r}; read them first: X[:]")
        numbers = numbers.astype(np.int64)
        numbers = np.where(numbers < 0, numbers + len(self), numbers)
        if numbers.size and not 0 <= numbers.min() <= numbers.max() < len(self):
            raise IndexError(f"rows run from 0 to {len(self) - 1}, got {rows!r}")
        return self._read(numbers) if numbers.ndim else self._read(numbers[None])[0]

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Array:
        """Read everything into memory."""
        return self[:] if dtype is None else self[:].astype(dtype)

    def seen_as(self, view: View) -> "Shards":
        """Give the same rows as a function shows them, which must keep the first axis; it gets what is read."""
        return Shards(self.folder, self.index, view)

    def _read(self, rows: Array) -> Array:
        """Read rows shard by shard, in the order of the file."""
        out = np.empty((len(rows), *self.index.row_shape), self.dtype)
        order = np.argsort(rows, kind="stable")
        shards = np.searchsorted(self._ends, rows[order], side="right")
        for places in np.split(order, np.flatnonzero(np.diff(shards)) + 1):
            if len(places):
                shard = int(np.searchsorted(self._ends, rows[places[0]], side="right"))
                self._fill(out, places, self.index.offsets[rows[places]], shard)
        return self.view(out)

    def _fill(self, out: Array, places: Array, offsets: Array, shard: int) -> None:
        path, size = self.folder / self.index.names[shard], self.index.row_bytes
        values = out.reshape(-1).view(np.uint8).data
        try:
            with path.open("rb", buffering=0) as file:
                for place, offset in zip(places.tolist(), offsets.tolist(), strict=True):
                    file.seek(offset)
                    if file.readinto(values[place * size : (place + 1) * size]) != size:
                        raise DataError(f"{path}: ends within a row, at byte {offset:,}; write the pack again")
        except OSError as error:
            raise ResourceError(f"{path}: cannot be read ({error.strerror}); check the disk and the file") from error
