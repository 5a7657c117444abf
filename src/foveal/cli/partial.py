"""Rows of a long work in a file beside its result: what is done stays done when the work is killed.

FILE.partial holds JSON lines. The first says what the rows are of; each other is a row, in their order.
"""

import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from foveal.cli.output import to_json
from foveal.core.errors import ResourceError

try:
    from fcntl import LOCK_EX, LOCK_NB, flock
except ImportError:  # Windows: nobody sees that two commands write one file
    flock = None  # type: ignore[assignment]

Row = dict[str, Any]


class Partial:
    """Rows that are done, `count` of them; more are added, and all are read in the end."""

    def __init__(self, file: BinaryIO, start: int, count: int) -> None:
        self.file, self.start, self.count = file, start, count

    def add(self, rows: list[Row]) -> None:
        """Write rows; they are there from now on, whatever becomes of this process."""
        self.file.write("".join(to_json(row, indent=None) + "\n" for row in rows).encode())
        self.file.flush()
        self.count += len(rows)

    def rows(self) -> Iterator[Row]:
        """Read all rows."""
        self.file.seek(self.start)
        return map(json.loads, self.file)


@contextmanager
def partial_rows(out: Path, of: Mapping[str, Any], total: int, say: Callable[[str], None]) -> Iterator[Partial]:
    """Open the rows for `out` that are done, of the same work: all that `of` says is as it was; else begin anew.

    At the end they are removed: the result is there. Raises `ResourceError` where they cannot be written, or another
    process writes them.
    """
    path = out.with_name(f"{out.name}.partial")
    try:
        with os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o666), "r+b") as file:
            _lock(file, path)
            first = f"{to_json(of, indent=None)}\n".encode()
            said = file.readline()
            count = _whole(file, total) if said == first else 0
            if said == first and count:
                say(f"{path}: goes on after {count:,} of {total:,} rows")
            elif said != first:
                if said:
                    say(f"{path}: begins anew, because {_other(said, of)}")
                file.seek(0)
                file.truncate()
                file.write(first)
                file.flush()
            yield Partial(file, len(first), count)
        path.unlink()
    except OSError as error:
        full = "what is done is kept; free some space" if path.exists() else "choose another folder"
        raise ResourceError(f"cannot write {path}: {error.strerror}; {full}") from error


def _lock(file: BinaryIO, path: Path) -> None:
    try:
        if flock is not None:
            flock(file, LOCK_EX | LOCK_NB)
    except BlockingIOError as error:
        raise ResourceError(f"{path}: another process writes it now; wait for it, or choose another file") from error
    except OSError:  # a file system that knows no locks
        return


def _whole(file: BinaryIO, total: int) -> int:
    """Count the rows that are whole, and cut off what follows them."""
    count, end = 0, file.tell()
    for line in file:
        if count == total or not _is_row(line):
            break
        count, end = count + 1, end + len(line)
    file.seek(end)
    file.truncate()
    return count


def _is_row(line: bytes) -> bool:
    try:
        return line.endswith(b"\n") and isinstance(json.loads(line), dict)
    except ValueError:
        return False


def _other(said: bytes, of: Mapping[str, Any]) -> str:
    """Say what is not as it was."""
    try:
        before = json.loads(said)
        names = [name for name, value in of.items() if before[name] != json.loads(to_json({"": value}))[""]]
    except (ValueError, TypeError, KeyError):
        names = []
    return f"it is of another {' and another '.join(names)}" if names else "it is damaged"
