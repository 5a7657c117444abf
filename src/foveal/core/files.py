"""Files that are whole or not there."""

import os
import re
import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from foveal.core.errors import ResourceError

#: Bytes written at once.
_BUFFER = 2**20
#: What a temporary file is called: the file's name between a dot and a random number.
_TEMPORARY = re.compile(r"\..+\.[0-9a-f]{16}\.tmp")


def write_atomically(path: str | os.PathLike[str], content: bytes | Iterable[bytes]) -> None:
    """Write a file so that at any moment either the old or the new one is there; raises `ResourceError`."""
    with whole_file(path) as file:
        for part in (content,) if isinstance(content, bytes) else content:
            file.write(part)


@contextmanager
def whole_file(path: str | os.PathLike[str]) -> Iterator[BinaryIO]:
    """Give a file to write that takes its name only once it is whole.

    A temporary file in the same folder is filled, flushed to the disk and renamed; then the folder is flushed.
    """
    path = Path(path)
    try:
        name = str(path.with_name(f".{path.name}.{secrets.token_hex(8)}.tmp"))
        handle = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)  # the user's umask decides who may read
    except OSError as error:
        raise ResourceError(f"cannot write {path}: {error.strerror}; choose another folder") from error
    try:
        with os.fdopen(handle, "wb", buffering=_BUFFER) as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
        _flush_folder(path.parent)
    except OSError as error:
        raise ResourceError(
            f"cannot write {path}: {error.strerror}; free some space or choose another folder"
        ) from error
    finally:
        with suppress(OSError):  # it has been renamed, or the next sweep takes it
            Path(name).unlink()


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
