"""Shards that were made elsewhere, with webdataset or tar: read once from end to end to make their index."""

import io
import json
import re
import tarfile
from array import array
from collections.abc import Callable, Iterator, Mapping
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

#: No label is longer: what is more is no label, and is not read.
MOST_LABEL = 2**16


def _name(text: str) -> str:
    return text.rstrip("\r\n")  # editors and echo end a file with a line's end


def _number_or_name(text: str) -> int | str:
    return int(text) if re.fullmatch(r"\s*-?[0-9]+\s*", text) else _name(text)


#: How labels are read, by extension. Of several in a row the first one here is its label: tools that write a class
#: write captions and what else they know beside it. Members that are no rows and none of these are passed over.
_READERS: dict[str, Callable[[str], Any]] = {"cls": _number_or_name, "json": json.loads, "txt": _name}


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
            try:
                _scan(path, file, rows)
            except tarfile.TarError as error:
                raise DataError(f"{path}: expected a whole, uncompressed tar, found another file ({error})") from error
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
    with tarfile.open(fileobj=file, mode="r:") as tar:
        for member in _members(path, file, tar):
            folder, _, name = member.name.rpartition("/")
            name, _, extension = name.partition(".")  # webdataset's rule: at the first dot
            if (folder, name) != key:
                _note(path, file, rows, key[1], found)
                key, found = (folder, name), {}
            extension = extension.lower()  # as webdataset does
            if extension in found:
                raise DataError(f"{path}: {found[extension].name} and {member.name} are of one row; remove one of them")
            if extension == "npy" or extension in _READERS:
                found[extension] = member
    _note(path, file, rows, key[1], found)


def _members(path: Path, file: IO[bytes], tar: tarfile.TarFile) -> Iterator[tarfile.TarInfo]:
    size = path.stat().st_size
    while (member := tar.next()) is not None:
        tar.members.clear()  # type: ignore[attr-defined]  # it keeps all of them
        if member.offset_data + member.size > size:
            raise DataError(f"{path}: ends within {member.name}; it is not whole, copy it again")
        if member.isreg() and not member.issparse():
            yield member
    file.seek(tar.offset)
    if file.read(tarfile.BLOCKSIZE) != bytes(tarfile.BLOCKSIZE):  # tarfile takes a tar cut between members for a whole
        raise DataError(f"{path}: ends without the mark of a tar's end; it is not whole, copy it again")


def _note(path: Path, file: IO[bytes], rows: _Rows, key: str, found: Mapping[str, tarfile.TarInfo]) -> None:
    """Note a row of which these members were found."""
    if not found:
        return
    extension = next((name for name in _READERS if name in found), "")
    if "npy" not in found or not extension:
        lacks = ".npy" if extension else "label (.cls, .txt or .json)"
        raise DataError(f"{path}: row {key} has no {lacks}; each row needs both")
    rows.labelled = rows.labelled or extension
    if extension != rows.labelled:
        raise DataError(
            f"{path}: row {key} has its label in .{extension}, the rows before in .{rows.labelled}; write all alike"
        )
    rows.offsets.append(_place(path, file, found["npy"], rows))
    rows.labels.append(_label(path, file, found[extension], extension))


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


def _label(path: Path, file: IO[bytes], member: tarfile.TarInfo, extension: str) -> Any:
    if member.size > MOST_LABEL:
        raise DataError(f"{path}: {member.name} has {member.size:,} bytes, a label at most {MOST_LABEL:,}")
    file.seek(member.offset_data)
    try:
        return _READERS[extension](file.read(member.size).decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise DataError(f"{path}: {member.name} is no label ({error}); write a number or a string") from error


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
