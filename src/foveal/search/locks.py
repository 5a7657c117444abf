"""Locks that end with the process that holds them, however it ends: SQLite's own, on empty files. Torch-free.

The operating system takes such a lock from a process that is killed, so whoever holds none is dead: there is no time
to wait for, as with a heartbeat. They hold on one machine; network file systems do not keep them.
"""

import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from foveal.core.errors import ResourceError

#: Seconds that one process waits while another chooses parameters, which takes far less.
PATIENCE = 120.0
_ENDING = ".alive"


@contextmanager
def one_at_a_time(path: Path) -> Iterator[None]:
    """Let one process at a time in, and the others wait; raises `ResourceError` after two minutes."""
    with closing(_connection(path, PATIENCE)) as connection:
        try:
            connection.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as error:
            raise ResourceError(
                f"{path} has been held by another process for {PATIENCE:g} seconds, or cannot be written ({error}); "
                "look what runs there, or choose another folder"
            ) from error
        yield


@contextmanager
def sign_of_life(folder: Path) -> Iterator[str]:
    """Give a name that `is_alive` knows until the block, or the process, ends."""
    name = secrets.token_hex(8)
    path = folder / f"{name}{_ENDING}"
    try:
        with closing(_connection(path, 0)) as connection:
            connection.execute("BEGIN EXCLUSIVE")
            yield name
    finally:
        path.unlink(missing_ok=True)


def is_alive(folder: Path, name: str | None) -> bool:
    """Tell whether the process that was given this name still runs.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with sign_of_life(Path(folder)) as name:
    ...         before = is_alive(Path(folder), name)
    ...     before, is_alive(Path(folder), name)
    (True, False)
    """
    path = folder / f"{name}{_ENDING}"
    if name is None or not path.exists():
        return False
    with closing(_connection(path, 0)) as connection:
        try:
            connection.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError:
            return True
    path.unlink(missing_ok=True)  # nobody holds it: it was killed
    return False


def _connection(path: Path, seconds: float) -> sqlite3.Connection:
    try:
        return sqlite3.connect(path, timeout=seconds, isolation_level=None)
    except sqlite3.OperationalError as error:
        raise ResourceError(f"cannot write {path}: {error}; choose another folder") from error
