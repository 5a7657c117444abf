"""Decoded pictures in two files: `rows.npy`, an ordinary NumPy file, and `states`, which says which rows are there.

A state is 1 where the row is there, else 0, the digest of its pixels, the digest of the file that it was read from, and
the sums of its channels (`reading.sums`). A row is on the disk before its state says so: whatever kills a process, what
is marked is there. Rows are written by `pwrite`, which says when the disk is full; writing to a memory map would end
the process.
"""

import errno
import io
import os
import threading
from collections.abc import Sequence
from contextlib import ExitStack
from math import prod
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from foveal.data.file_views import locked
from foveal.data.images.reading.pool import DIGEST_BYTES, Outcome, digest_of
from foveal.data.images.reading.sums import channels_summed

ROWS, STATES = "rows.npy", "states"
#: Rows that are held against their digests when a file is opened.
_SAMPLED = 32
_FLAGS = os.O_RDWR | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)
#: What file systems answer that cannot set space aside.
_CANNOT = (errno.EINVAL, errno.EOPNOTSUPP, errno.ENOSYS)
_PLACING = threading.Lock()


class DamagedError(Exception):
    """The files are not as they were written; says what is odd."""


def state_of(channels: int, dtype: np.dtype[Any]) -> np.dtype[Any]:
    """Give the dtype of the states of rows of some channels.

    >>> state_of(3, np.dtype(np.uint8)).itemsize
    81
    """
    return np.dtype(
        [
            ("there", np.uint8),
            ("digest", np.uint8, DIGEST_BYTES),
            ("file", np.uint8, DIGEST_BYTES),
            ("sums", "<u8", (channels_summed(channels, dtype), 2)),
        ]
    )


class RowsFile:
    """Rows (N, H, W, C) in a folder, open to be read, and with `write` to be added to; to be closed."""

    def __init__(self, folder: Path, shape: Sequence[int], dtype: np.dtype[Any], *, write: bool) -> None:
        flags = _FLAGS | os.O_CREAT if write else os.O_RDONLY | getattr(os, "O_BINARY", 0)
        self.folder, self.shape, self.dtype = folder, tuple(shape), dtype
        self.row_size = prod(self.shape[1:]) * dtype.itemsize
        self._state = state_of(self.shape[-1], dtype)
        head = io.BytesIO()
        npy.write_array_header_1_0(
            head, {"descr": npy.dtype_to_descr(dtype), "fortran_order": False, "shape": self.shape}
        )
        self._head, self._files = head.getvalue(), list[int]()
        with ExitStack() as half_open:
            half_open.callback(self.close)
            for name in (ROWS, STATES):
                self._files.append(os.open(folder / name, flags, 0o666))
            self.states = self._read_states()
            half_open.pop_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the files; what is mapped stays."""
        for file in self._files:
            os.close(file)
        self._files.clear()

    @property
    def there(self) -> NDArray[np.bool_]:
        """Which rows are there."""
        there: NDArray[np.bool_] = self.states["there"] == 1
        return there

    @property
    def taken(self) -> int:
        """The bytes that the rows take on the disk."""
        status = os.fstat(self._files[0])
        return int(getattr(status, "st_blocks", status.st_size // 512)) * 512

    def check(self) -> None:
        """Hold lengths, heads and some rows against what was written; raises `DamagedError`."""
        rows, states = (os.fstat(file).st_size for file in self._files)
        wanted = len(self._head) + self.shape[0] * self.row_size
        if states != self.shape[0] * self._state.itemsize or (self.states["there"] > 1).any():
            raise DamagedError(f"{STATES} is not as it was written")
        if rows != wanted or _read(self._files[0], len(self._head), 0) != self._head:
            raise DamagedError(f"{ROWS} is not as it was written, {wanted:,} bytes, found {rows:,}")
        marked = np.flatnonzero(self.there)
        for row in marked[:: max(1, len(marked) // _SAMPLED)].tolist():
            self.row(row)

    def is_begun(self) -> bool:
        """Tell whether anything was written; else `begin` is called first."""
        return all(os.fstat(file).st_size for file in self._files)

    def remove(self) -> None:
        """Remove the files; another process may have the rows mapped, and must not see them change."""
        for name in (STATES, ROWS):
            (self.folder / name).unlink(missing_ok=True)

    def begin(self) -> None:
        """Make files of zeros."""
        rows, states = self._files
        os.ftruncate(rows, 0)
        _write(rows, self._head, 0)
        os.ftruncate(rows, len(self._head) + self.shape[0] * self.row_size)
        os.ftruncate(states, self.shape[0] * self._state.itemsize)
        self.states = self._read_states()

    def reserve(self) -> None:
        """Set the space for all rows aside, where the file system can; raises `OSError` where there is not enough."""
        if not hasattr(os, "posix_fallocate"):
            return
        try:
            os.posix_fallocate(self._files[0], 0, len(self._head) + self.shape[0] * self.row_size)
        except OSError as error:
            if error.errno not in _CANNOT:
                raise

    def write(self, row: int, pixels: NDArray[Any]) -> None:
        """Write a row; it is there once it is marked."""
        _write(self._files[0], np.ascontiguousarray(pixels).data.cast("B"), self._place(row))

    def mark(self, outcomes: Sequence[Outcome], files: NDArray[np.uint8] | None = None) -> None:
        """Say that rows are there, once they are on the disk; `files` are the digests of all files, (N, 16)."""
        if not outcomes:
            return
        os.fsync(self._files[0])
        for row, digest, _, sums in outcomes:
            state = self.states[row : row + 1]
            state["there"], state["digest"] = 1, np.frombuffer(digest, np.uint8)
            state["file"] = 0 if files is None else files[row]
            state["sums"] = 0 if sums is None else sums
            _write(self._files[1], state.tobytes(), row * self._state.itemsize)

    def row(self, number: int) -> NDArray[Any]:
        """Read a row; raises `DamagedError` where it is not as it was written."""
        pixels = np.frombuffer(_read(self._files[0], self.row_size, self._place(number)), self.dtype)
        if digest_of(pixels) != self.states["digest"][number].tobytes():
            raise DamagedError(f"row {number} of {ROWS} is not as it was written")
        return pixels

    def mapped(self) -> NDArray[Any]:
        """Map the rows into memory, from the file that is open: another may have taken its name."""
        with open(self._files[0], "rb", closefd=False) as file:
            found = locked(file, self.dtype, len(self._head), self.shape)
        found.filename = str(self.folder / ROWS)
        return found

    def _place(self, row: int) -> int:
        return len(self._head) + row * self.row_size

    def _read_states(self) -> NDArray[Any]:
        size = os.fstat(self._files[1]).st_size
        content = _read(self._files[1], size, 0)
        states = np.zeros(self.shape[0], self._state)
        whole = min(size, states.nbytes) // self._state.itemsize * self._state.itemsize
        found = np.frombuffer(content[:whole], self._state)
        states[: len(found)] = found
        return states


def _write(file: int, content: Any, place: int) -> None:
    """Write all of it; a full disk takes a part first, and refuses the next."""
    left = memoryview(content)
    while len(left):
        if hasattr(os, "pwrite"):
            done = os.pwrite(file, left, place)
        else:  # Windows
            with _PLACING:
                os.lseek(file, place, os.SEEK_SET)
                done = os.write(file, left)
        left, place = left[done:], place + done


def _read(file: int, size: int, place: int) -> bytes:
    with _PLACING:
        os.lseek(file, place, os.SEEK_SET)
        return os.read(file, size)
