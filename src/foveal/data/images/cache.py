"""Decoded pictures on disk, in the user's cache: written once, gone on with after a kill, mapped into memory.

A folder for each key (names, sizes, times of the files, and the rule) holds `rows.npy`, an ordinary NumPy file, and
`states`, 17 bytes a picture: whether its row is there, and the digest of its pixels. A row is on the disk before its
state says so. Rows are written by `pwrite`, which says when the disk is full; a memory map would end the process.
"""

import json
import math
import os
import shutil
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from foveal.core.errors import ResourceError
from foveal.core.files import write_atomically
from foveal.core.free_memory import shown_size
from foveal.data.fetch import cache_folder
from foveal.data.images.pool import DIGEST_BYTES, Outcome, decoded
from foveal.data.images.records import Bad, Place
from foveal.data.images.rule import InputRule

try:
    from fcntl import LOCK_EX, flock
except ImportError:  # Windows: two processes that decode the same pictures at once do the work twice
    flock = None  # type: ignore[assignment]

#: Of the rule's meaning and of the files: another number, another key.
VERSION = 1
_ROWS, _STATES, _ABOUT = "rows.npy", "states", "about.json"
_STATE = np.dtype([("there", np.uint8), ("digest", np.uint8, DIGEST_BYTES)])
#: Seconds from one point that a killed decoding goes on from to the next.
_EVERY = 2.0

Shown = Callable[[int, int, int], None]  # done, bad, of so many


class Decoded(NamedTuple):
    """Rows (N, H, W, C), mapped from a file; the digest of each row's pixels, (N, 16); and what is no picture."""

    X: NDArray[Any]
    digests: NDArray[np.uint8]
    bad: list[Bad]


class Entry(NamedTuple):
    """A folder of the cache: what it was decoded from, and how large it is."""

    folder: Path
    root: str
    rows: int
    size: int
    complete: bool
    used: float


def home() -> Path:
    """Give the folder that all decoded pictures lie in."""
    return cache_folder() / "pictures"


def key_of(places: Sequence[Place], rule: InputRule) -> str:
    """Give the name of the folder for these files as they are now, read by this rule."""
    digest = sha256(json.dumps([VERSION, list(map(dict, rule))], sort_keys=True).encode())
    for place in places:
        try:
            status = os.stat(place.path)  # noqa: PTH116  (a Path for each of a million files takes as long again)
            told = place.name, place.offset, place.size, status.st_size, status.st_mtime_ns
        except OSError as error:
            told = place.name, place.offset, place.size, error.errno or 0, 0
        digest.update(repr(told).encode("utf-8", "surrogateescape"))
    return digest.hexdigest()[:32]


def row_bytes(shape: Sequence[int], dtype: Any) -> int:
    """Count the bytes of one decoded picture."""
    return math.prod(shape) * int(np.dtype(dtype).itemsize)


def decode_into(
    folder: Path,
    root: str,
    places: Sequence[Place],
    rule: InputRule,
    shape: tuple[int, ...],
    dtype: Any,
    shown: Shown = lambda done, bad, total: None,
) -> Decoded:
    """Decode into a folder of the cache what is not there yet, and map all of it.

    Raises `ResourceError` where the disk is full or cannot be written to; what is decoded so far is kept.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with _locked(folder):
            bad = _fill(folder, root, places, rule, shape, dtype, shown)
    except OSError as error:
        raise ResourceError(
            f"decoded pictures cannot be written to {folder} ({error.strerror or error}); what is there is kept and "
            "gone on with. Make room (foveal cache), set FOVEAL_CACHE to another folder, or use cache=False"
        ) from error
    states = np.fromfile(folder / _STATES, _STATE)
    return Decoded(np.load(folder / _ROWS, mmap_mode="r"), states["digest"], bad)


def _fill(
    folder: Path, root: str, places: Sequence[Place], rule: InputRule, shape: tuple[int, ...], dtype: Any, shown: Shown
) -> list[Bad]:
    start = _prepared(folder / _ROWS, (len(places), *shape), np.dtype(dtype))
    states = _states_in(folder / _STATES, len(places))
    todo = np.flatnonzero(states["there"] == 0)
    size, bad = row_bytes(shape, dtype), list[Bad]()
    about = {"root": root, "rows": len(places), "rule": list(map(dict, rule)), "complete": not len(todo)}
    write_atomically(folder / _ABOUT, json.dumps(about).encode("utf-8", "surrogateescape"))
    rows, marks = (os.open(folder / name, os.O_RDWR) for name in (_ROWS, _STATES))
    try:
        os.posix_fallocate(rows, 0, start + size * len(places)) if hasattr(os, "posix_fallocate") else None

        def write(row: int, pixels: NDArray[Any]) -> None:
            os.pwrite(rows, np.ascontiguousarray(pixels).data.cast("B"), start + row * size)

        waiting: list[Outcome] = []
        saved, done = time.monotonic(), len(places) - len(todo)
        for outcomes in decoded(places, rule, todo.tolist(), write):
            good = [outcome for outcome in outcomes if not outcome.reason]
            bad.extend(Bad(places[o.row], o.reason) for o in outcomes if o.reason)
            waiting.extend(good)
            done += len(good)
            shown(done, len(bad), len(places))
            if time.monotonic() - saved > _EVERY:
                _mark(rows, marks, waiting)
                waiting, saved = [], time.monotonic()
        _mark(rows, marks, waiting)
    finally:
        os.close(rows)
        os.close(marks)
    if not bad:
        write_atomically(folder / _ABOUT, json.dumps(about | {"complete": True}).encode("utf-8", "surrogateescape"))
    return bad


def _mark(rows: int, marks: int, outcomes: Sequence[Outcome]) -> None:
    """Say that rows are there, once they are on the disk."""
    if not outcomes:
        return
    os.fsync(rows)
    for outcome in outcomes:
        os.pwrite(marks, b"\x01" + outcome.digest, outcome.row * _STATE.itemsize)


def _prepared(path: Path, shape: tuple[int, ...], dtype: np.dtype[Any]) -> int:
    """Make a NumPy file of zeros, if it is not there; give where its rows begin."""
    if not path.exists():
        begun = path.with_suffix(".begun")
        np.lib.format.open_memmap(begun, "w+", dtype, shape).flush()
        begun.replace(path)
    with path.open("rb") as file:
        np.lib.format.read_magic(file)
        np.lib.format.read_array_header_1_0(file)
        return file.tell()


def _states_in(path: Path, n_rows: int) -> NDArray[Any]:
    if not path.exists():
        path.write_bytes(bytes(n_rows * _STATE.itemsize))
    return np.fromfile(path, _STATE)


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Wait for another process that decodes the same pictures; it has done the work then."""
    with (folder / "lock").open("wb") as handle:
        if flock is not None:
            flock(handle, LOCK_EX)
        yield


def entries() -> list[Entry]:
    """List what lies in the cache, the longest unused first."""
    found = []
    for folder in sorted(home().glob("*")) if home().is_dir() else ():
        about: Mapping[str, Any] = {}
        with suppress(OSError, ValueError):
            about = json.loads((folder / _ABOUT).read_bytes().decode("utf-8", "surrogateescape"))
        files = [file.stat() for file in folder.iterdir() if file.is_file()] if folder.is_dir() else []
        size, used = sum(file.st_blocks * 512 for file in files), max((file.st_atime for file in files), default=0.0)
        complete = bool(about.get("complete"))
        found.append(Entry(folder, str(about.get("root", "?")), int(about.get("rows", 0)), size, complete, used))
    return sorted(found, key=lambda entry: entry.used)


def clear(chosen: Sequence[Entry]) -> int:
    """Delete entries; give the bytes that are free then."""
    for entry in chosen:
        shutil.rmtree(entry.folder, ignore_errors=True)
    return sum(entry.size for entry in chosen)


def room_for(needed: int, limit: int, folder: Path) -> str:
    """Say why so many bytes are not written to the cache; nothing if they are."""
    if needed > limit:
        return f"{shown_size(needed)} of decoded pictures are more than the limit of {shown_size(limit)}"
    there = next(part for part in (folder, *folder.parents) if part.exists())
    free = shutil.disk_usage(there).free
    if needed > free:
        return f"{shown_size(needed)} of decoded pictures are more than the {shown_size(free)} that {there} has free"
    return "" if os.access(there, os.W_OK) else f"{there} cannot be written to"
