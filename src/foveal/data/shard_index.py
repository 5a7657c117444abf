"""The index of a folder of tar shards: where every row lies, and its label. It is checked before it is believed."""

import math
import re
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np

from foveal.core.errors import DataError, FovealError
from foveal.data.array_files import Array, read_stored

INDEX, VERSION = "index.npz", 1

#: Kinds of dtype that rows and labels may have: none of them is objects.
NUMBERS, LABELS = "buif", "buifU"
#: What the index holds, with the kinds of dtype and the most axes of each array.
_ARRAYS = {
    "version": ("iu", 1),
    "names": ("U", 1),
    "sizes": ("iu", 1),
    "counts": ("iu", 1),
    "offsets": ("iu", 1),
    "shape": ("iu", 1),
    "dtype": ("U", 1),
    "y": (LABELS, 2),
    "class_names": ("U", 1),
}
_OPTIONAL = {"class_names"}
# A name and nothing else: no separator, no drive, no way up.
_NAME = re.compile(r"\w[\w.+ -]*\.tar")


@dataclass(frozen=True, eq=False)
class Index:
    """Where the rows of a folder lie: shard s holds `counts[s]` of them, and row i begins at byte `offsets[i]` of its.

    Shape: offsets (N,), y (N,) or (N, K).
    """

    names: tuple[str, ...]
    sizes: tuple[int, ...]  # bytes of each shard
    counts: Array
    offsets: Array  # in the narrowest dtype, since they are kept in memory: 4 bytes a row
    row_shape: tuple[int, ...]
    dtype: np.dtype
    y: Array
    class_names: tuple[str, ...] | None = None

    @property
    def row_bytes(self) -> int:
        """Bytes of one row."""
        return math.prod(self.row_shape) * self.dtype.itemsize

    def arrays(self) -> dict[str, Array]:
        """Give what the file holds."""
        named = {} if self.class_names is None else {"class_names": np.array(self.class_names)}
        return {
            "version": np.array([VERSION]),
            "names": np.array(self.names),
            "sizes": np.array(self.sizes),
            "counts": self.counts,
            "offsets": self.offsets,
            "shape": np.array(self.row_shape),
            "dtype": np.array([self.dtype.str]),
            "y": self.y,
            **named,
        }


def read_index(folder: Path) -> Index:
    """Read the index of a folder of shards, and hold it against the shards' sizes.

    Raises `DataError` if there is none, or if it says what cannot be: names that lead elsewhere, links, shards of
    another size, rows beyond their end, dtypes that are no numbers. No memory is taken for what is not there.
    """
    path = folder / INDEX
    if not path.is_file():
        raise DataError(
            f"{folder}: expected tar shards with their {INDEX}, found none, so this is no finished pack; run foveal "
            "pack again, or for shards made elsewhere foveal.data.foreign_shards.index_shards(folder)"
        )
    arrays = read_stored(path, tuple(_ARRAYS))
    try:
        return _believed(folder, arrays)
    except FovealError:
        raise
    except (ValueError, TypeError, OverflowError, OSError) as error:
        raise DataError(f"{path}: is damaged or not of these shards ({error}); write the pack again") from error


def _believed(folder: Path, arrays: Mapping[str, Array]) -> Index:
    for name, (kinds, axes) in _ARRAYS.items():
        if name not in arrays and name in _OPTIONAL:
            continue
        array = arrays.get(name)
        if array is None or array.dtype.kind not in kinds or not 1 <= array.ndim <= axes:
            raise ValueError(f"{name} is {'missing' if array is None else f'{array.dtype} {array.shape}'}")
    if (version := int(arrays["version"][0])) > VERSION:
        raise DataError(f"{folder / INDEX}: is of version {version}, this foveal reads {VERSION}; use a newer foveal")
    index = Index(
        names=tuple(arrays["names"].tolist()),
        sizes=tuple(arrays["sizes"].tolist()),
        counts=arrays["counts"],
        offsets=arrays["offsets"],
        row_shape=tuple(arrays["shape"].tolist()),
        dtype=np.dtype(arrays["dtype"].tolist()[0]),
        y=arrays["y"],
        class_names=tuple(arrays["class_names"].tolist()) if "class_names" in arrays else None,
    )
    _check_rows(index)
    _check_files(folder, index)
    _check_places(index)
    return index


def _check_rows(index: Index) -> None:
    if index.dtype.kind not in NUMBERS:
        raise ValueError(f"rows of dtype {index.dtype} are no numbers")
    if not 1 <= len(index.row_shape) <= 4 or min(index.row_shape) < 1:
        raise ValueError(f"rows cannot have the shape {index.row_shape}")
    counts = index.counts.tolist()
    if min(counts) < 1 or not sum(counts) == len(index.offsets) == len(index.y):
        raise ValueError(f"{sum(counts)} rows, {len(index.offsets)} offsets and {len(index.y)} labels")


def _check_files(folder: Path, index: Index) -> None:
    if not len(index.names) == len(index.sizes) == len(index.counts) == len(set(index.names)):
        raise ValueError("names, sizes and counts of the shards differ in number, or a name stands twice")
    for name, size in zip(index.names, index.sizes, strict=True):
        if not _NAME.fullmatch(name):
            raise ValueError(f"{name!r} is not the name of a shard in this folder")
        found = (folder / name).lstat()
        if not stat.S_ISREG(found.st_mode):
            raise ValueError(f"{name} is no regular file; links are not followed")
        if found.st_size != size:
            raise ValueError(f"{name} should have {size:,} bytes, it has {found.st_size:,}")


def _check_places(index: Index) -> None:
    bounds = pairwise([0, *np.cumsum(index.counts).tolist()])
    for name, size, (start, stop) in zip(index.names, index.sizes, bounds, strict=True):
        offsets = index.offsets[start:stop]
        if int(offsets.min()) < 0 or int(offsets.max()) + index.row_bytes > size:
            raise ValueError(f"rows {start} to {stop - 1} of {index.row_bytes:,} bytes do not all lie within {name}")
