"""Tar shards written: rows as webdataset has them, streamed, each shard whole or not there, last of all the index."""

import io
import json
import tarfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib import format as npy

from foveal.core.errors import DataError, ResourceError
from foveal.core.files import as_path, whole_file
from foveal.data.array_files import Array
from foveal.data.shard_index import INDEX, LABELS, NUMBERS, Index
from foveal.data.shards import Shards

#: A shard's size: large enough to be read in one go elsewhere, small enough to be copied alone.
SHARD_BYTES = 256 * 2**20
#: Rows are taken out of X in blocks of this size.
BLOCK_BYTES = 16 * 2**20
_TAR_BLOCK = 512


def write_shards(
    folder: str | Path,
    X: Any,
    y: Any,
    *,
    class_names: Sequence[str] | None = None,
    shard_bytes: int = SHARD_BYTES,
) -> Shards:
    """Write X and y to tar shards in a folder and open them.

    Parameters
    ----------
    folder : str or Path
        Made where it is not there. Shards that it holds are replaced, their index first of all.
    X : array of shape (N, ...)
        Numbers of two to five axes; memory-mapped, or `Shards`, it is never in memory as a whole.
    y : array (N,) or (N, K)
        Whole numbers become KEY.cls, strings KEY.txt, anything else KEY.json: webdataset decodes all three.
    class_names : names of the classes 0, 1, 2 ..., kept in the index.
    shard_bytes : size that no shard exceeds, unless a single row does.

    Raises `DataError` for what no shard can hold, `ResourceError` where the disk refuses.
    """
    for _ in shards_written(folder, X, y, class_names=class_names, shard_bytes=shard_bytes):
        pass
    return Shards.open(folder)


def shards_written(
    folder: str | Path,
    X: Any,
    y: Any,
    *,
    class_names: Sequence[str] | None = None,
    shard_bytes: int = SHARD_BYTES,
) -> Iterator[int]:
    """Do what `write_shards` does, yielding the number of rows written so far; the last step is the index."""
    folder, y = as_path(folder, "folder"), np.asarray(y)
    extension, text = _label_member(y)
    _check(X, y)
    cleared(folder)
    _make(folder)
    row_shape = tuple(map(int, X.shape[1:]))
    head = _npy_header(X.dtype, row_shape)
    each = 3 * _TAR_BLOCK + _padded(len(head) + X[0].nbytes)
    a_shard, a_block = max(1, shard_bytes // each), max(1, BLOCK_BYTES // each)
    offsets = np.empty(len(X), np.int64)
    names: list[str] = []
    sizes: list[int] = []
    counts: list[int] = []
    for first in range(0, len(X), a_shard):
        stop, name = min(first + a_shard, len(X)), f"shard-{len(names):06d}.tar"
        with whole_file(folder / name) as file:
            with tarfile.open(fileobj=file, mode="w", format=tarfile.USTAR_FORMAT) as tar:
                for start in range(first, stop, a_block):
                    end = min(start + a_block, stop)
                    for i, row in enumerate(np.ascontiguousarray(X[start:end]), start):
                        offsets[i] = _add(tar, f"{i:08d}.npy", head + row.tobytes()) + len(head)
                        _add(tar, f"{i:08d}.{extension}", text(y[i]).encode())
                    yield end
            sizes.append(file.tell())
        names.append(name)
        counts.append(stop - first)
    named = None if class_names is None else tuple(map(str, class_names))
    write_index(
        folder,
        Index(tuple(names), tuple(sizes), np.array(counts), offsets, row_shape, np.dtype(X.dtype), y, named),
    )


def write_index(folder: Path, index: Index) -> None:
    """Write the index, its offsets in the narrowest dtype that holds them."""
    arrays: dict[str, Any] = dict(index.arrays())
    arrays["offsets"] = index.offsets.astype(np.min_scalar_type(int(index.offsets.max())))
    with whole_file(folder / INDEX) as file:
        np.savez(file, **arrays)


def cleared(folder: Path) -> None:
    """Remove the shards of an earlier pack: its index first, so that what is left is no pack at any moment."""
    try:
        (folder / INDEX).unlink(missing_ok=True)
        for pattern in ("shard-*.tar", ".shard-*.tmp", f".{INDEX}.*.tmp"):
            for old in folder.glob(pattern):
                old.unlink()
    except OSError as error:
        raise ResourceError(f"cannot clear {folder}: {error.strerror}; choose another folder") from error


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ResourceError(f"cannot write in {folder}: {error.strerror}; choose another folder") from error


def _check(X: Any, y: Array) -> None:
    if getattr(X, "lengths", None) is not None:
        raise DataError("X must have rows of one length to be packed, and these vary; train on them as they are")
    if not 2 <= X.ndim <= 5 or X.dtype.kind not in NUMBERS or 0 in X.shape:
        raise DataError(
            f"X must hold real numbers in 2 to 5 axes to be packed, got {X.dtype} {X.shape}; convert or reshape it"
        )
    if len(y) != len(X):
        raise DataError(f"X and y must be of one length to be packed, got {len(X)} and {len(y)}; pass a label a row")


def _label_member(y: Array) -> tuple[str, Callable[[Any], str]]:
    """Choose the extension of the labels, by which webdataset chooses how to decode them, and how they are written."""
    if y.ndim not in (1, 2) or y.dtype.kind not in LABELS:
        raise DataError(
            f"y must hold numbers or strings, (N,) or (N, K), to be packed, got {y.dtype} {y.shape}; names in an "
            "object array become strings by y.astype(str)"
        )
    if y.ndim == 1 and y.dtype.kind in "iu":
        return "cls", str
    if y.ndim == 1 and y.dtype.kind == "U":
        return "txt", str
    return "json", lambda value: json.dumps(value.tolist())


def _npy_header(dtype: Any, shape: tuple[int, ...]) -> bytes:
    head = io.BytesIO()
    npy.write_array_header_1_0(head, {"descr": npy.dtype_to_descr(dtype), "fortran_order": False, "shape": shape})
    return head.getvalue()


def _add(tar: tarfile.TarFile, name: str, data: bytes) -> int:
    """Add a member and return where its data begin; without time or owner: the same rows, the same bytes."""
    info = tarfile.TarInfo(name)
    info.size, at = len(data), tar.offset + _TAR_BLOCK
    tar.addfile(info, io.BytesIO(data))
    tar.members.clear()  # type: ignore[attr-defined]  # it keeps all of them: 100 MB for a shard of small rows
    return at


def _padded(size: int) -> int:
    return -(-size // _TAR_BLOCK) * _TAR_BLOCK
