"""What one pass leaves of each row: digest, moments, a small picture. Little of it stays in memory."""

import tempfile
import threading
import weakref
from hashlib import blake2b
from typing import Any

import numpy as np
from numpy.typing import NDArray

from foveal.data.images.reading.resize import resize

Array = NDArray[Any]

#: Bytes of a digest: two rows of a million have the same by chance once in 10^26 times.
DIGEST_BYTES = 16
#: Side of the small pictures that near duplicates are told by, and of the grey ones that candidates are found by.
SIDE, GREY_SIDE = 32, 16
#: Channels whose moments are kept; of more, the first ones.
MOST_CHANNELS = 256


class RowFile:
    """An array (N, values) in a temporary file without a name, read and written a few rows at a time.

    A memory map would count as memory once it was written. 100,000 small pictures take 307 MB of the disk.

    >>> file = RowFile(3, 2, np.uint8)
    >>> file.write(1, np.array([7, 8], np.uint8)); file.read(np.array([1, 0])).tolist()
    [[7, 8], [0, 0]]
    """

    def __init__(self, rows: int, values: int, dtype: Any) -> None:
        self.values, self.dtype = values, np.dtype(dtype)
        self._bytes, self._lock = values * self.dtype.itemsize, threading.Lock()
        self._file = tempfile.TemporaryFile()  # noqa: SIM115  (it lives as long as this does)
        self._file.truncate(rows * self._bytes)
        self._close = weakref.finalize(self, self._file.close)

    def write(self, first: int, values: Array) -> None:
        """Write rows from number `first` on."""
        content = np.ascontiguousarray(values, self.dtype).tobytes()
        with self._lock:
            self._file.seek(first * self._bytes)
            self._file.write(content)

    def read(self, rows: Array) -> Array:
        """Read rows by number, (B, values)."""
        out = np.empty((len(rows), self.values), self.dtype)
        with self._lock:
            for place, row in enumerate(rows.tolist()):
                self._file.seek(row * self._bytes)
                out[place] = np.frombuffer(self._file.read(self._bytes), self.dtype)
        return out

    def close(self) -> None:
        """Give the disk back."""
        self._close()


class Traits:
    """What is kept of N rows.

    read, finite : (N,) whether a row could be read, and holds numbers alone.
    digests : (N, 16) of shape, dtype and values; equal for the same rows.
    means, deviations : (N, C) of each channel of a row.
    grey : (N, 16, 16) uint8, where rows are pictures.
    small : the file of (32, 32, 3) uint8 of each picture, or of the values of each row made small; None for texts.
    rounded : (N, 16) digests of values rounded to `unit`, of rows that are no pictures.
    """

    def __init__(
        self, rows: int, channels: int = 0, *, pictures: bool = False, values: int = 0, unit: Array | None = None
    ) -> None:
        kept = min(channels, MOST_CHANNELS)
        self.read, self.finite = np.zeros(rows, bool), np.ones(rows, bool)
        self.digests = np.zeros((rows, DIGEST_BYTES), np.uint8)
        self.means, self.deviations = np.zeros((2, rows, kept), np.float32)
        self.pictures = pictures
        self.grey = np.zeros((rows if pictures else 0, GREY_SIDE, GREY_SIDE), np.uint8)
        self.sides = np.zeros((rows if pictures else 0, 2), np.int32)
        self.unit, self.rounded = unit, None if unit is None else np.zeros_like(self.digests)
        self.small: RowFile | None = None
        if pictures:
            self.small = RowFile(rows, SIDE * SIDE * 3, np.uint8)
        elif values:
            self.small = RowFile(rows, values, np.float32)

    def take(self, row: int, values: Array, seen: Array | None = None) -> None:
        r"""Keep what is to be kept of a row (\*S, C); `seen` is its picture (H, W, 1 or 3) of uint8, if it is one."""
        self.digests[row] = np.frombuffer(digest_of(values), np.uint8)
        self._moments(row, values)
        if self.rounded is not None and self.unit is not None:
            whole = np.round(np.nan_to_num(values.astype(np.float64)) / self.unit).astype(np.int64)
            self.rounded[row] = np.frombuffer(digest_of(whole), np.uint8)
        if seen is not None and self.small is not None:
            self.sides[row] = seen.shape[:2]
            tiny = resize(seen, (SIDE, SIDE))
            self.small.write(row, np.broadcast_to(tiny, (SIDE, SIDE, 3)).reshape(1, -1))
            self.grey[row] = pooled(tiny.mean(axis=2)[None], GREY_SIDE)[0]
        self.read[row] = True

    def _moments(self, row: int, values: Array) -> None:
        flat = values.reshape(-1, values.shape[-1])
        if values.dtype.kind == "f" and not (known := np.isfinite(flat)).all():
            self.finite[row] = False
            flat = np.where(known, flat, 0)
        flat = flat[:, : self.means.shape[1]]
        flat = flat.astype(np.float64) if flat.dtype.kind != "f" or flat.dtype.itemsize < 4 else flat
        self.means[row] = flat.mean(axis=0, dtype=np.float64)
        self.deviations[row] = flat.std(axis=0, dtype=np.float64)


def digest_of(values: Array) -> bytes:
    """Hash a row with its shape and dtype.

    >>> digest_of(np.zeros((2, 3))) == digest_of(np.zeros((3, 2)))
    False
    """
    digest = blake2b(f"{values.shape}{values.dtype.str}".encode(), digest_size=DIGEST_BYTES)
    digest.update(np.ascontiguousarray(values).data)
    return digest.digest()


def digest_of_text(text: str) -> bytes:
    """Hash a text."""
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=DIGEST_BYTES).digest()


def pooled(pictures: Array, side: int) -> Array:
    """Average pictures (B, S, S) over squares: (B, side, side).

    >>> pooled(np.arange(16.0).reshape(1, 4, 4), 2).tolist()
    [[[2.5, 4.5], [10.5, 12.5]]]
    """
    factor = pictures.shape[1] // side
    found: Array = pictures.reshape(len(pictures), side, factor, side, factor).mean(axis=(2, 4))
    return found


def as_seen(pixels: Array, low: float = 0.0, high: float = 255.0) -> Array:
    """Give pixels (H, W, C) as they are shown, (H, W, 1 or 3) of uint8: `low` is black, `high` white.

    >>> as_seen(np.array([[[0.0], [0.5], [2.0]]]), 0, 1)[..., 0].tolist()
    [[0, 128, 255]]
    """
    shown = pixels[..., :3] if pixels.shape[-1] >= 3 else pixels[..., :1]
    if shown.dtype == np.uint8 and (low, high) == (0.0, 255.0):
        return np.ascontiguousarray(shown)
    scaled = (np.nan_to_num(shown.astype(np.float32)) - low) * (255.0 / max(high - low, 1e-30))
    return np.ascontiguousarray(np.clip(scaled + 0.5, 0, 255).astype(np.uint8))
