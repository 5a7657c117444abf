"""Rows of files that are as they were, taken over from another folder of the cache: what is new alone is decoded."""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from foveal.data.images.cache.about import ABOUT, is_by, read_about
from foveal.data.images.cache.reader import Reader
from foveal.data.images.cache.rows_file import STATES, DamagedError, RowsFile
from foveal.data.images.progress import Progress
from foveal.data.images.reading.pool import Outcome, decoded
from foveal.data.images.reading.rule import InputRule
from foveal.data.images.records import Place

#: Files that are decoded to see whether another folder's rows are theirs: an archive may have given other pictures the
#: same names, sizes and times.
_TRIED = 16


class Wanted(NamedTuple):
    """What is to be taken over: all places, the digests of their files, (N, 16), and the rule.

    `root` is what people call them; folders of the same name are looked at first. `reader` is what decodes, where these
    are no pictures.
    """

    root: str
    places: Sequence[Place]
    files: NDArray[np.uint8]
    rule: InputRule
    reader: Reader | None = None


def take_over(rows: RowsFile, wanted: Wanted, todo: NDArray[np.intp], every: float, progress: Progress) -> None:
    """Copy what other folders beside `rows.folder` have of the rows `todo`, and mark it at least `every` seconds.

    A copy is held against its digest. What cannot be read there is left to be decoded; what cannot be written here is
    an `OSError`.
    """
    left = set(todo.tolist())
    for folder in _others(rows.folder, wanted):
        if not left:
            return
        with ExitStack() as stack:
            try:
                old = stack.enter_context(_opened(folder, rows))
            except OSError:  # removed meanwhile, or somebody else's
                continue
            if (pairs := _pairs(old, wanted, left)) and _are_theirs(old, wanted, pairs):
                taken = _copy(rows, old, wanted.files, pairs, every, progress)
                progress.say(f"{len(taken):,} of {len(todo):,} decoded pictures are taken over from {folder}")
                left.difference_update(taken)


def _others(folder: Path, wanted: Wanted) -> list[Path]:
    """List the folders of rows by the same rule: those of the same name first, the last used first."""
    found = []
    for other in folder.parent.iterdir():
        about = read_about(other)
        if other != folder and is_by(about, wanted.rule):
            with suppress(OSError):
                found.append((about.get("root") == wanted.root, (other / ABOUT).stat().st_mtime, other))
    return [other for *_, other in sorted(found, reverse=True)]


def _opened(folder: Path, rows: RowsFile) -> RowsFile:
    """Open another folder, of as many rows as it has states for."""
    count = (folder / STATES).stat().st_size // rows.states.itemsize
    return RowsFile(folder, (count, *rows.shape[1:]), rows.dtype, write=False)


def _pairs(old: RowsFile, wanted: Wanted, left: set[int]) -> dict[int, int]:
    """Give the row there of each row here that is of the same file, and where it is there."""
    try:
        old.check()
    except (OSError, DamagedError):
        return {}
    known = {old.states["file"][row].tobytes(): row for row in np.flatnonzero(old.there).tolist()}
    pairs = {row: known.get(wanted.files[row].tobytes(), -1) for row in sorted(left)}
    return {row: there for row, there in pairs.items() if there >= 0}


def _are_theirs(old: RowsFile, wanted: Wanted, pairs: Mapping[int, int]) -> bool:
    """Decode a few files, and tell whether their pixels are those of the rows there."""
    tried = list(pairs)[:: max(1, len(pairs) // _TRIED)][:_TRIED]
    decode = decoded if wanted.reader is None else wanted.reader.decoded
    some = decode(wanted.places, wanted.rule, tried, lambda row, pixels: None)
    return all(
        outcome.digest == old.states["digest"][pairs[outcome.row]].tobytes()
        for outcomes in some
        for outcome in outcomes
    )


def _copy(
    rows: RowsFile, old: RowsFile, files: NDArray[np.uint8], pairs: Mapping[int, int], every: float, progress: Progress
) -> list[int]:
    """Copy rows, and give those that were copied: what is damaged there is not."""
    waiting, saved, taken = list[Outcome](), time.monotonic(), list[int]()
    try:
        for row, pixels, state in _read(old, pairs):
            rows.write(row, pixels)
            waiting.append(Outcome(row, state["digest"].tobytes(), "", state["sums"]))
            taken.append(row)
            if time.monotonic() - saved > every:
                rows.mark(waiting, files)
                waiting, saved = [], time.monotonic()
                progress.show("copying", len(taken), 0, len(pairs))
    finally:
        rows.mark(waiting, files)
    return taken


def _read(old: RowsFile, pairs: Mapping[int, int]) -> Iterator[tuple[int, NDArray[Any], Any]]:
    for row, there in pairs.items():
        with suppress(OSError, DamagedError):
            yield row, old.row(there), old.states[there]
