"""A folder of checkpoints: one process writes, the last two stay, a broken one is passed over. Torch-free.

checkpoint-000000001200.safetensors    the state after step 1,200
.lock                                  held by the process that trains; the system lets go of it when that dies
"""

import os
import re
import stat
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypeVar

from foveal.core.errors import ModelFileError, NewerFileError, ResourceError
from foveal.core.files import Part, as_path, sweep, write_atomically
from foveal.core.warn import warn_user

try:
    from fcntl import LOCK_EX, LOCK_NB, flock
except ImportError:  # Windows, where two trainings in one folder are not told of each other
    flock = None  # type: ignore[assignment]

Read = TypeVar("Read")

#: Checkpoints that stay: the newest, and one before it should that be broken.
KEPT = 2

_LOCK = ".lock"
# A lock that is a link would have us write over what it points to.
_LOCKED = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
_NAME = re.compile(r"checkpoint-\d{12}\.safetensors")


@contextmanager
def open_folder(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Give a folder of checkpoints, made if need be, to this process alone, without what killed ones left half-written.

    Raises `ResourceError` if another process trains there, or the folder cannot be used.
    """
    folder = as_path(path, "checkpoint")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle = os.open(folder / _LOCK, _LOCKED, 0o666)
    except OSError as error:
        raise _refused(folder, error) from error
    try:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise ResourceError(f"checkpoint: {folder / _LOCK} is no file; remove it, or choose another folder")
        try:
            _lock(handle, folder)
            sweep(folder)
        except OSError as error:
            raise _refused(folder, error) from error
        yield folder
    finally:
        os.close(handle)  # which also unlocks


def _refused(folder: Path, error: OSError) -> ResourceError:
    return ResourceError(f"checkpoint: cannot write in {folder}: {error.strerror}; choose another folder")


def checkpoints(folder: Path) -> list[Path]:
    """List the checkpoints of a folder, the newest first."""
    return sorted((path for path in folder.iterdir() if _NAME.fullmatch(path.name)), reverse=True)


def write_checkpoint(folder: Path, step: int, content: bytes | Iterable[Part]) -> Path:
    """Write the checkpoint of a step, then remove all but the last two."""
    path = folder / f"checkpoint-{step:012d}.safetensors"
    write_atomically(path, content)
    with suppress(OSError):  # what stays too long only takes room; the next save tries again
        for old in checkpoints(folder)[KEPT:]:
            old.unlink()
    return path


def newest(folder: Path, read: Callable[[Path], Read]) -> Read | None:
    """Read the newest whole checkpoint; None if there never was one.

    Where one before a broken one is read there is a warning, and the broken one gets another name, out of the way of
    those to come. Raises `ModelFileError` if all are broken: whether to begin anew is the user's to say.
    """
    broken: list[tuple[Path, ModelFileError]] = []
    try:
        found = checkpoints(folder)
    except OSError as error:
        raise _refused(folder, error) from error
    for path in found:
        try:
            result = read(path)
        except NewerFileError:
            raise
        except ModelFileError as error:
            if isinstance(error.__cause__, OSError):  # it may be whole
                raise ResourceError(f"checkpoint: {error}; see to the disk, or to who may read the file") from error
            broken.append((path, error))
            continue
        for other, why in broken:
            warn_user(f"a checkpoint is broken, the one before it is taken, {path.name}: {why}")
            with suppress(OSError):
                other.rename(other.with_suffix(".broken"))
        return result
    if broken:
        raise ModelFileError(f"no checkpoint in {folder} can be read: {broken[0][1]}; remove the folder to begin anew")
    return None


def remove_checkpoints(folder: Path) -> None:
    """Remove the checkpoints of a run that is over, and their folder if nothing else is in it.

    Raises `ResourceError` if another process trains there: they are its own.
    """
    with open_folder(folder):
        for path in (*checkpoints(folder), *folder.glob("checkpoint-*.broken"), folder / _LOCK):
            path.unlink(missing_ok=True)
        with suppress(OSError):
            folder.rmdir()


def _lock(handle: int, folder: Path) -> None:
    try:
        if flock is not None:
            flock(handle, LOCK_EX | LOCK_NB)
    except BlockingIOError as error:
        owner = os.pread(handle, 20, 0).decode(errors="replace").strip() or "?"
        raise ResourceError(
            f"checkpoint: another training (process {owner}) is writing in {folder}; wait for it, or choose another "
            "folder"
        ) from error
    except OSError:  # a file system without locks
        return
    os.truncate(handle, 0)
    os.pwrite(handle, f"{os.getpid()}\n".encode(), 0)
