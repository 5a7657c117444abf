"""What lies in the user's cache, for people to look at and to clear: decoded pictures, headers, fetched data sets."""

import os
import shutil
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from foveal.core.errors import ModelFileError, ParameterError
from foveal.core.rules import did_you_mean
from foveal.data.fetch import cache_folder
from foveal.data.images.cache.about import read_about
from foveal.data.images.cache.headers import headers_folder
from foveal.data.images.cache.rows_file import STATES, state_of
from foveal.data.images.cache.store import LOCK, held, home
from foveal.data.images.reading.mask_rule import without_labels
from foveal.data.images.reading.rule import check_rule, dtype_of, shape_of

#: What `chosen` takes beside names.
ALL, UNFINISHED = "all", "unfinished"


class Entry(NamedTuple):
    """Something in the cache: `kind` is "pictures", "headers" or "fetched"; `used` is the time of its last use."""

    name: str
    kind: str
    root: str
    rows: int
    size: int
    complete: bool
    used: float
    folder: Path

    @property
    def state(self) -> str:
        """Say whether it is complete."""
        return "complete" if self.complete else "unfinished"


def entries() -> list[Entry]:
    """List what lies in the cache: decoded pictures, the longest unused first, then headers and fetched data sets."""
    pictures = sorted(map(_pictures, _folders(home())), key=lambda entry: entry.used)
    headers = [_other(folder, "headers", "headers") for folder in [headers_folder()] if folder.is_dir()]
    known = (home(), headers_folder(), cache_folder() / "debian")
    fetched = [folder for folder in _folders(cache_folder()) if folder not in known]
    return [
        *pictures,
        *headers,
        *(_other(folder, folder.name, "fetched") for folder in [*_folders(cache_folder() / "debian"), *fetched]),
    ]


def chosen(found: Sequence[Entry], name: str) -> list[Entry]:
    """Give the entries of a name, of one that begins so, or all or the unfinished ones of pictures.

    Fetched data sets are chosen by their names alone. Raises `ParameterError` for a name that none has, or several.
    """
    ours = [entry for entry in found if entry.kind != "fetched"]
    if name == ALL:
        return ours
    if name == UNFINISHED:
        return [entry for entry in ours if not entry.complete]
    named = [entry for entry in found if entry.name == name] or [e for e in found if name and e.name.startswith(name)]
    if len(named) == 1:
        return named
    names = [*(entry.name for entry in found), ALL, UNFINISHED]
    if named:
        raise ParameterError(f"--clear {name}: {len(named)} entries begin so; write more of the one that is meant")
    raise ParameterError(
        f"--clear {name}: nothing in the cache has this name{did_you_mean(name, names)}; foveal cache lists what it "
        f"has, {ALL} and {UNFINISHED} clear more than one"
    )


def clear(entry: Entry) -> bool:
    """Delete an entry, and tell whether that was done: pictures that are being decoded now stay."""
    if entry.kind == "pictures":
        with suppress(OSError), (entry.folder / LOCK).open("wb") as handle:
            if not held(handle):
                return False
            (entry.folder / STATES).unlink(missing_ok=True)  # first of all nothing is said to be there
    shutil.rmtree(entry.folder, ignore_errors=True)
    return not entry.folder.exists()


def _folders(folder: Path) -> list[Path]:
    """List the folders in a folder, hidden ones left out."""
    if not folder.is_dir():
        return []
    return sorted(part for part in folder.iterdir() if part.is_dir() and not part.name.startswith("."))


def _pictures(folder: Path) -> Entry:
    about = read_about(folder)
    rows, bad = (value if type(value := about.get(name)) is int else 0 for name in ("rows", "bad"))
    complete = about.get("tried") is True and _there(folder, about.get("rule")) + bad >= rows
    size, used = _taken(folder)
    return Entry(folder.name, "pictures", str(about.get("root", "?")), rows, size, complete, used, folder)


def _other(folder: Path, name: str, kind: str) -> Entry:
    size, used = _taken(folder, read=True)
    return Entry(name, kind, str(folder), 0, size, True, used, folder)


def _there(folder: Path, rule: Any) -> int:
    """Count the rows that are there."""
    with suppress(OSError, ModelFileError, TypeError):
        known = check_rule(without_labels(rule))
        state = state_of(shape_of(known)[2], dtype_of(known))
        content = (folder / STATES).read_bytes()
        states = np.frombuffer(content[: len(content) // state.itemsize * state.itemsize], state)
        return int((states["there"] == 1).sum())
    return 0


def _taken(folder: Path, *, read: bool = False) -> tuple[int, float]:
    """Give the bytes that a folder takes on the disk, and when one of its files was written last, or `read`."""
    size, used = 0, 0.0
    for at, _, names in os.walk(folder):
        for name in names:
            with suppress(OSError):
                status = Path(at, name).lstat()
                size += getattr(status, "st_blocks", -(-status.st_size // 512)) * 512
                used = max(used, status.st_mtime, status.st_atime if read else 0.0)
    return size, used
