"""Decoded pictures on disk, in the user's cache: written once, gone on with after a kill, mapped into memory.

A folder for each key holds the rows (`rows_file`) and `about.json`, which says what they are of.
"""

import os
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path
from typing import IO, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from foveal.core.errors import ResourceError
from foveal.core.free_memory import shown_size
from foveal.data.fetch import cache_folder
from foveal.data.images.cache.about import ABOUT, write_about
from foveal.data.images.cache.reader import Reader
from foveal.data.images.cache.reuse import Wanted, take_over
from foveal.data.images.cache.rows_file import DamagedError, RowsFile
from foveal.data.images.progress import Progress
from foveal.data.images.reading.pool import Outcome, decoded
from foveal.data.images.reading.rule import InputRule, dtype_of, shape_of
from foveal.data.images.records import Bad, Place

try:
    from fcntl import LOCK_EX, LOCK_NB, flock
except ImportError:  # Windows: two processes that decode the same pictures write the same bytes to the same places
    flock = None  # type: ignore[assignment]

LOCK = "lock"
#: Seconds from one point that a killed decoding goes on from to the next.
_EVERY = 2.0


class Decoded(NamedTuple):
    """Rows (N, H, W, C), mapped from a file, and what is no picture.

    `digests` are those of the rows' pixels, (N, 16), `sums` those of their channels, (N, C, 2); of floats (N, 0, 2).
    """

    X: NDArray[Any]
    digests: NDArray[np.uint8]
    sums: NDArray[np.uint64]
    bad: list[Bad]


class Work(NamedTuple):
    """What is to be decoded: of all places the wanted ones, by their numbers; `root` is what people call them.

    `files` are the digests of all places' files, (N, 16), by which rows of theirs are found among those of before.
    `reader` is what decodes, where these are no pictures.
    """

    root: str
    places: Sequence[Place]
    wanted: NDArray[np.intp]
    rule: InputRule
    files: NDArray[np.uint8] | None = None
    reader: Reader | None = None

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape (N, H, W, C) of all rows; those that are not wanted stay empty."""
        return len(self.places), *shape_of(self.rule)

    @property
    def size(self) -> int:
        """The bytes of all rows."""
        return int(np.prod(self.shape, dtype=np.int64)) * dtype_of(self.rule).itemsize


class CannotBeginError(Exception):
    """Nothing can be written to the cache; says why."""


def home() -> Path:
    """Give the folder that all decoded pictures lie in."""
    return cache_folder() / "pictures"


def whole(folder: Path, work: Work) -> Decoded | None:
    """Map what a folder of the cache holds, if all of it is there and sound; only that it was used is written."""
    try:
        with RowsFile(folder, work.shape, dtype_of(work.rule), write=False) as rows:
            rows.check()
            if not rows.there[work.wanted].all():
                return None
            with suppress(OSError):
                os.utime(folder / ABOUT)
            return Decoded(rows.mapped(), rows.states["digest"], rows.states["sums"], [])
    except (OSError, DamagedError):
        return None


def room_for(folder: Path, work: Work, limit: int) -> str:
    """Say why the rows of some work are not written to a folder; nothing if they are."""
    if work.size > limit:
        return f"{shown_size(work.size)} of decoded pictures are more than the limit of {shown_size(limit)}"
    there = next(part for part in (folder, *folder.parents) if part.exists())
    free = shutil.disk_usage(there).free
    with suppress(OSError), RowsFile(folder, work.shape, dtype_of(work.rule), write=False) as rows:
        free += rows.taken
    if work.size <= free:
        return ""
    return f"{shown_size(work.size)} of decoded pictures are more than the {shown_size(free)} that {there} has free"


def decode_into(folder: Path, work: Work, progress: Progress) -> Decoded:
    """Decode into a folder of the cache what neither it nor another one has yet, and map all of it.

    Raises `CannotBeginError` where nothing can be written there, and `ResourceError` where the disk refuses later; what
    is decoded then is kept.
    """
    with ExitStack() as stack:
        try:
            stack.enter_context(_locked(folder, progress.say))
            rows = stack.enter_context(_opened(folder, work, progress.say))
            write_about(folder, work.root, work.rule, len(work.wanted))
        except (OSError, ResourceError) as error:
            raise CannotBeginError(f"{folder}: {getattr(error, 'strerror', None) or error}") from error
        try:
            bad = _fill(rows, work, progress)
        except OSError as error:
            raise ResourceError(
                f"decoded pictures cannot be written to {folder} ({error.strerror or error}); what is there is kept "
                "and gone on with. Make room (foveal cache), set FOVEAL_CACHE to another folder, or use cache=False"
            ) from error
        with suppress(ResourceError):
            write_about(folder, work.root, work.rule, len(work.wanted), tried=True, bad=len(bad))
        return Decoded(rows.mapped(), rows.states["digest"], rows.states["sums"], bad)


def _opened(folder: Path, work: Work, say: Callable[[str], None]) -> RowsFile:
    """Begin, go on, or begin anew where what is there is damaged; set the space aside."""
    rows = RowsFile(folder, work.shape, dtype_of(work.rule), write=True)
    try:
        if rows.is_begun():
            rows.check()
        else:
            rows.begin()
        rows.reserve()
    except DamagedError as error:
        rows.remove()
        rows.close()
        say(f"{folder}: {error}; its pictures are decoded anew")
        return _opened(folder, work, say)
    except OSError:
        rows.close()
        raise
    return rows


def _fill(rows: RowsFile, work: Work, progress: Progress) -> list[Bad]:
    """Take over or decode what is not there; where that is broken off, what is done is marked."""
    todo = work.wanted[~rows.there[work.wanted]]
    if work.files is not None and len(todo):
        take_over(rows, Wanted(work.root, work.places, work.files, work.rule, work.reader), todo, _EVERY, progress)
        todo = todo[~rows.there[todo]]
    bad, waiting, done, saved = list[Bad](), list[Outcome](), len(work.wanted) - len(todo), time.monotonic()
    decode = decoded if work.reader is None else work.reader.decoded
    with closing(decode(work.places, work.rule, todo.tolist(), rows.write)) as some:
        try:
            for outcomes in some:
                waiting += [outcome for outcome in outcomes if not outcome.reason]
                bad += [Bad(work.places[outcome.row], outcome.reason) for outcome in outcomes if outcome.reason]
                done += len(outcomes)
                progress.show("decoding", done - len(bad), len(bad), len(work.wanted))
                if time.monotonic() - saved > _EVERY:
                    rows.mark(waiting, work.files)
                    waiting, saved = [], time.monotonic()
        finally:
            rows.mark(waiting, work.files)
    return bad


@contextmanager
def _locked(folder: Path, say: Callable[[str], None]) -> Iterator[None]:
    """Make a folder and hold it: another process that decodes the same pictures has done the work when it lets go."""
    home().mkdir(mode=0o700, parents=True, exist_ok=True)  # pictures that others may not read stay so
    while True:
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / LOCK).open("wb") as handle:
            _wait(handle, say)
            if not _is(handle, folder / LOCK):  # cleared meanwhile
                continue
            yield
            return


def _wait(handle: IO[bytes], say: Callable[[str], None]) -> None:
    with suppress(OSError):  # a file system that knows no locks: the same bytes come to the same places
        if not held(handle):
            say("another process decodes the same pictures now; waiting for it")
            flock(handle, LOCK_EX)


def held(handle: IO[bytes]) -> bool:
    """Take the lock of a folder without waiting; False where another process has it."""
    try:
        if flock is not None:
            flock(handle, LOCK_EX | LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _is(handle: IO[bytes], path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(handle.fileno()), path.stat())
    except FileNotFoundError:
        return False
