"""Files that are whole or not there, and what is no file: it is written through, or refused by name.

A link is followed and stays. FIFOs, character devices (/dev/null) and this process's own open files (/dev/stdout,
/dev/fd/3, a shell's >(command)) take what is written as it comes; folders, sockets and disks are refused.
"""

import errno
import os
import re
import secrets
import stat
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, TypeAlias

from foveal.core.errors import ParameterError, ParameterTypeError, ResourceError

#: Bytes written at once.
_BUFFER = 2**20
#: What a file is written of, one after the other; a view is of single bytes.
Part: TypeAlias = bytes | memoryview
#: What a temporary file is called: the file's name between a dot and a random number.
_TEMPORARY = re.compile(r"\..+\.[0-9a-f]{16}\.tmp")
#: Seconds that a FIFO waits for somebody who reads: as long as a second command takes to be typed, not for ever.
READER_SECONDS = 10.0
_REFUSED = {stat.S_IFDIR: "a folder", stat.S_IFSOCK: "a socket", stat.S_IFBLK: "a disk"}
#: Folders in which the system lists a process's open files, its own under /proc/self too.
_OPEN_FILES = r"/dev/fd|/proc/{process}(/task/\d+)?/fd"
_MOST_LINKS = 40  # Linux's own bound
_AT_ONCE = os.O_WRONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0)  # Windows has neither


def as_path(path: str | os.PathLike[str], name: str = "path") -> Path:
    """Return a path that names something: an empty one would mean the current folder.

    >>> as_path("")
    Traceback (most recent call last):
    foveal.core.errors.ParameterError: path must name a file or a folder, got ''; for the current folder write '.'
    """
    if not isinstance(path, str | bytes | os.PathLike):
        raise ParameterTypeError(f"{name} must be a string or a pathlib.Path, got {path!r}")
    text = os.fsdecode(path)
    if not text or "\0" in text:
        way_out = "leave the null byte out" if text else "for the current folder write '.'"
        raise ParameterError(f"{name} must name a file or a folder, got {text!r}; {way_out}")
    return Path(text)


def write_atomically(path: str | os.PathLike[str], content: bytes | Iterable[Part], *, read_back: bool = False) -> None:
    """Write a file so that at any moment either the old or the new one is there; raises `ResourceError`.

    With `read_back` what stands on the disk is held against `content` before it takes its name.
    """
    parts = [content] if isinstance(content, bytes) else list(content) if read_back else content
    with whole_file(path, parts if read_back and isinstance(parts, list) else None) as file:
        for part in parts:
            file.write(part)


@contextmanager
def whole_file(path: str | os.PathLike[str], expected: Sequence[Part] | None = None) -> Iterator[BinaryIO]:
    """Give a file to write that takes its name only once it is whole, and is found to hold what was `expected`.

    A temporary file beside it is filled, flushed to the disk and renamed; then the folder is flushed. Of a file that
    is replaced it takes permissions and, where the system allows it, the owner. What is no file is written through.
    Raises `ParameterError` for an empty path, `ResourceError` for what cannot be written.
    """
    path = as_path(path)
    try:
        old = _status(path)
        through = _opened(path, old)
        if through is None:
            with _replaced(Path(os.path.realpath(path)), old, expected) as file:
                yield file
        else:
            with os.fdopen(through, "wb", buffering=_BUFFER) as file:
                yield file
    except OSError as error:
        full = "free some space or " if error.errno in (errno.ENOSPC, errno.EDQUOT) else ""
        raise ResourceError(f"cannot write {path}: {error.strerror}; {full}choose another folder") from error


@contextmanager
def _replaced(path: Path, old: os.stat_result | None, expected: Sequence[Part] | None) -> Iterator[BinaryIO]:
    name = str(path.with_name(f".{path.name}.{secrets.token_hex(8)}.tmp"))
    mode = 0o666 if old is None else 0o600  # a new file: the user's umask decides who may read
    handle = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    try:
        with os.fdopen(handle, "wb", buffering=_BUFFER) as file:
            _dress(handle, old)
            yield file
            file.flush()
            os.fsync(file.fileno())
        if expected is not None and not _holds(name, expected):
            raise ResourceError(f"cannot write {path}: what was written reads otherwise; choose another disk")
        Path(name).replace(path)
        _flush_folder(path.parent)
    finally:
        with suppress(OSError):  # it has been renamed, or the next sweep takes it
            Path(name).unlink()


def is_replaced(path: str | os.PathLike[str]) -> bool:
    """Tell whether what is written to a path becomes a file of that name, and is not written through."""
    path = as_path(path)
    old = _status(path)
    return _own_open_file(path) is None and (old is None or stat.S_ISREG(old.st_mode))


def _holds(name: str, expected: Sequence[Part]) -> bool:
    """Tell whether a file reads as it should, a piece at a time."""
    with Path(name).open("rb") as file:
        for part in expected:
            for done in range(0, len(part), _BUFFER):
                wanted = bytes(part[done : done + _BUFFER])  # bytes: a view is compared one by one
                if file.read(len(wanted)) != wanted:
                    return False
        return not file.read(1)


def _status(path: Path) -> os.stat_result | None:
    """Look at what a path leads to, through all links; None where nothing is yet."""
    try:
        return path.stat()
    except FileNotFoundError:
        return None


def _dress(handle: int, old: os.stat_result | None) -> None:
    """Give a file owner and permissions of the one whose place it will take, before anything is in it."""
    if old is None or not hasattr(os, "fchown"):
        return
    for owner, group in ((-1, old.st_gid), (old.st_uid, -1)):
        with suppress(PermissionError):  # only root may give files away: then it is the writer's
            os.fchown(handle, owner, group)
    os.fchmod(handle, stat.S_IMODE(old.st_mode) & 0o777)


def _opened(path: Path, old: os.stat_result | None) -> int | None:
    """Open what is written through; None for a file, `ResourceError` for what is refused."""
    own = _own_open_file(path)
    if own is not None:
        return os.dup(own)  # which goes on where that is, be it a file that the shell has opened to append to
    kind = 0 if old is None else stat.S_IFMT(old.st_mode)
    if kind in _REFUSED:
        raise ResourceError(f"cannot write {path}: it is {_REFUSED[kind]}; name a file")
    return _open_for_reader(path) if kind in (stat.S_IFIFO, stat.S_IFCHR) else None


def _own_open_file(path: Path) -> int | None:
    """Give the number of the file of this process that a path such as /dev/stdout stands for."""
    listed = _OPEN_FILES.format(process=os.getpid())
    for _ in range(_MOST_LINKS):
        if path.name.isdecimal() and re.fullmatch(listed, os.path.realpath(path.parent)):
            return int(path.name)
        if not path.is_symlink():
            return None
        path = path.parent / path.readlink()
    return None


def _open_for_reader(path: Path) -> int:
    """Open a FIFO or a device; a FIFO that nobody reads from is waited for a while."""
    end = time.monotonic() + READER_SECONDS
    while True:
        try:
            handle = os.open(path, _AT_ONCE)
        except OSError as error:
            if error.errno != errno.ENXIO:
                raise
            if time.monotonic() > end:
                raise ResourceError(
                    f"cannot write {path}: nobody reads from it, for {READER_SECONDS:g} seconds now; start its reader "
                    "first, or name a file"
                ) from error
            time.sleep(0.02)
        else:
            os.set_blocking(handle, True)
            return handle


def _flush_folder(folder: Path) -> None:
    if os.name == "nt":
        return  # Windows cannot open a folder
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sweep(folder: str | os.PathLike[str]) -> list[Path]:
    """Remove the temporary files that processes left in a folder when they were killed; return what was removed.

    For one who knows that nobody writes there now.
    """
    stale = [path for path in Path(folder).iterdir() if _TEMPORARY.fullmatch(path.name)]
    for path in stale:
        with suppress(OSError):
            path.unlink()
    return stale
