"""Shards that were made elsewhere, with webdataset or tar: read once from end to end to make their index."""

import io
import tarfile
from array import array
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import numpy as np

from foveal.core.errors import DataError
from foveal.core.files import as_path
from foveal.data.array_files import check_header, parse_header, reading
from foveal.data.packing import write_index
from foveal.data.shard_index import INDEX, LABELS, Index
from foveal.data.shards import Shards
from foveal.data.tar_members import LABEL_READERS, read_label, row_of, tar_members


@dataclass
class _Rows:
    """What is known of the rows so far."""

    head: bytes = b""  # the .npy header, the same for all
    size: int = 0
    shape: tuple[int, ...] = ()
    dtype: np.dtype = field(default_factory=lambda: np.dtype(np.uint8))
    offsets: "array[int]" = field(default_factory=lambda: array("Q"))
    labels: list[Any] = field(default_factory=list)
    labelled: str = ""  # the extension of the labels, the same for all


def index_shards(folder: str | Path) -> Shards:
    """Make the index of the tars of a folder, KEY.npy and KEY.cls, KEY.json or KEY.txt in each row, and open them.

    Of several labels .cls comes before .json before .txt, in all rows the same; capital extensions are small ones, and
    a line's end or a byte order mark is no part of a label. All rows must have one shape and dtype. Members of other
    extensions are passed over.
    Raises `DataError` for a folder without tars, and for tars that are damaged, compressed or without such rows.
    """
    folder, rows = as_path(folder, "folder"), _Rows()
    paths = sorted(folder.glob("*.tar"))
    if not paths:
        raise DataError(f"{folder}: expected tar shards, found none; write some with foveal pack")
    counts = []
    for path in paths:
        before = len(rows.offsets)
        with reading(path), path.open("rb") as file:
            _scan(path, file, rows)
        if len(rows.offsets) == before:
            raise DataError(f"{path}: expected rows KEY.npy with KEY.cls, .txt or .json, found none")
        counts.append(len(rows.offsets) - before)
    y = _joined(folder, rows.labels)
    sizes = tuple(path.stat().st_size for path in paths)
    offsets = np.frombuffer(rows.offsets, np.uint64).astype(np.int64)
    names = tuple(path.name for path in paths)
    write_index(folder, Index(names, sizes, np.array(counts), offsets, rows.shape, rows.dtype, y))
    return Shards.open(folder)


def _scan(path: Path, file: IO[bytes], rows: _Rows) -> None:
    """Note each row of a tar: one .npy and one label under the same key."""
    key: tuple[str, str] = ("", "")
    found: dict[str, tarfile.TarInfo] = {}
    for member in tar_members(path, file):
        if not member.isreg() or member.issparse():
            continue
        row, extension = row_of(member.name)
        if row != key:
            _note(path, file, rows, key[1], found)
            key, found = row, {}
        if extension in found:
            raise DataError(f"{path}: {found[extension].name} and {member.name} are of one row; remove one of them")
        if extension == "npy" or extension in LABEL_READERS:
            found[extension] = member
    _note(path, file, rows, key[1], found)


def _note(path: Path, file: IO[bytes], rows: _Rows, key: str, found: Mapping[str, tarfile.TarInfo]) -> None:
    """Note a row of which these members were found."""
    if not found:
        return
    extension = next((name for name in LABEL_READERS if name in found), "")
    if "npy" not in found or not extension:
        lacks = ".npy" if extension else "label (.cls, .txt or .json)"
        raise DataError(f"{path}: row {key} has no {lacks}; each row needs both")
    rows.labelled = rows.labelled or extension
    if extension != rows.labelled:
        raise DataError(
            f"{path}: row {key} has its label in .{extension}, the rows before in .{rows.labelled}; write all alike"
        )
    rows.offsets.append(_place(path, file, found["npy"], rows))
    label = found[extension]
    rows.labels.append(read_label(path, file, label.name, label.offset_data, label.size, extension))


def _place(path: Path, file: IO[bytes], member: tarfile.TarInfo, rows: _Rows) -> int:
    """Give where a row's values begin; its header must be that of the first row."""
    file.seek(member.offset_data)
    if not rows.head:
        start = file.read(min(member.size, 2**16))
        begun = io.BytesIO(start)
        rows.shape = check_header(path, member.name, begun, member.size)
        rows.head, rows.size = start[: begun.tell()], member.size
        _, columns_first, rows.dtype = parse_header(io.BytesIO(rows.head))
        if columns_first:
            raise DataError(f"{path}: {member.name} lies in Fortran's order; write rows with np.ascontiguousarray")
    elif member.size != rows.size or file.read(len(rows.head)) != rows.head:
        raise DataError(f"{path}: {member.name} is of another shape or dtype than the first row, {rows.shape}")
    return member.offset_data + len(rows.head)


def _joined(folder: Path, labels: list[Any]) -> np.ndarray:
    kinds = {type(label) for label in labels}
    try:
        y = np.array(labels)
    except ValueError:  # lists of unequal lengths
        y = np.empty(0, object)
    if (str in kinds and len(kinds) > 1) or y.dtype.kind not in LABELS or y.ndim not in (1, 2):
        names = ", ".join(sorted(kind.__name__ for kind in kinds))
        raise DataError(f"{folder / INDEX}: labels must be numbers, strings or lists of one length, found {names}")
    return y
