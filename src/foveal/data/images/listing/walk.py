"""What lies in a folder and below it: one pass over names, in which no file is opened."""

import os
import stat
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from foveal.core.errors import DataError, ResourceError
from foveal.core.files import as_path
from foveal.core.rules import did_you_mean
from foveal.data.images.listing.names import PICTURES, Sort, in_order, is_hidden, many, printable, some
from foveal.data.images.records import Told

_Identity = tuple[int, int]  # a folder's device and inode


@dataclass
class Found:
    """Names relative to the folder, with "/" between their parts.

    files : those with a picture's ending, whatever they are: a pipe, a link to nothing. Reading tells.
    folders : all folders below, the empty ones too, but for those that stand among the files.
    others : files with other endings.
    circles : links to folders that were not followed: they lead back, or to where another link has led.
    """

    files: list[str] = field(default_factory=list)
    folders: list[str] = field(default_factory=list)
    others: list[str] = field(default_factory=list)
    circles: list[str] = field(default_factory=list)


def kind_of(path: Path) -> str:
    """Tell what a path leads to: "a folder", "a file", "no file" (a pipe, a device) or "nothing".

    Raises `ResourceError` where the system does not let us look.
    """
    try:
        mode = path.stat().st_mode
    except PermissionError as error:
        raise ResourceError(
            f"{printable(str(path))}: cannot be looked at ({error.strerror}); give permission to the folders above it"
        ) from error
    except (OSError, ValueError):  # it is missing, too long, links to itself, or holds a null byte
        return "nothing"
    return "a folder" if stat.S_ISDIR(mode) else "a file" if stat.S_ISREG(mode) else "no file"


def existing_folder(path: str | os.PathLike[str]) -> str:
    """Give a folder's whole path; what is none is a `DataError` with the nearest name that is there."""
    return _existing(as_path(path, "folder"), "a folder")


def existing_file(path: str | os.PathLike[str]) -> str:
    """Give a file's whole path; what is none is a `DataError` with the nearest name that is there."""
    return _existing(as_path(path, "file"), "a file")


def _existing(path: Path, wanted: str) -> str:
    whole = path.absolute()
    found = kind_of(whole)
    if found != wanted:
        hint = neighbours(whole) if found == "nothing" else ""
        raise DataError(f"{printable(str(path))}: expected {wanted}, found {found} there{hint}")
    return str(whole)


def neighbours(path: Path) -> str:
    """Give "; did you mean 'x'?" with a name beside one that is not there, or say what the folder above lacks."""
    while kind_of(path.parent) != "a folder" and path.parent != path:
        path = path.parent
    try:
        beside = [entry.name for entry in path.parent.iterdir() if entry.name != path.name]
    except OSError:
        return ""
    return did_you_mean(path.name, beside) or f"; {printable(str(path.parent))} has no {printable(path.name)!r}"


def walk(folder: str, sort: Sort = PICTURES) -> Found:
    """Find what lies in a folder and below it, files of a sort and others; hidden files and folders are left out.

    Links are followed. A link to a folder that lies above it is a circle, known by device and inode. Below each folder
    of the first level the target of links is walked once, so links across each other come to an end too. A folder with
    a picture's ending that holds no picture is listed as a file: reading it tells what is wrong.
    The order is that of the names, not of the file system. No file is looked at but by its name and entry.

    Raises
    ------
    ResourceError
        If a folder cannot be read.
    """
    found = Found()
    linked: set[tuple[str, _Identity]] = set()
    waiting: list[tuple[str, tuple[_Identity, ...]]] = [("", (_identity(folder, ""),))]
    while waiting:
        name, above = waiting.pop()
        deeper = []
        for entry in _entries(folder, name):
            inside = f"{name}/{entry.name}" if name else entry.name
            if not _is_folder(entry):
                (found.files if sort.has(entry.name) else found.others).append(inside)
                continue
            identity = _identity(folder, inside)
            link = (inside.partition("/")[0], identity)
            if identity in above or (entry.is_symlink() and link in linked):
                found.circles.append(inside)
                continue
            if entry.is_symlink():
                linked.add(link)
            found.folders.append(inside)
            deeper.append((inside, (*above, identity)))
        waiting += reversed(deeper)
    like_files = _none_inside(found, sort)
    found.folders = [name for name in found.folders if name not in like_files]
    found.files, found.others = in_order(found.files + list(like_files)), in_order(found.others)
    return found


def tell_left_out(found: Found, told: Told, sort: Sort = PICTURES) -> None:
    """Say which files and links of a folder are not listed."""
    if found.others:
        told(f"left out {many(len(found.others), 'file')} without a {sort.word}'s ending: {some(found.others)}")
    if found.circles:
        told(f"not followed: {many(len(found.circles), 'link')} back or to the same folder: {some(found.circles)}")


def _entries(folder: str, name: str) -> Iterator[os.DirEntry[str]]:
    """Give what a folder holds, in the order of names."""
    path = Path(folder, name)
    try:
        with os.scandir(path) as entries:
            by_name = {entry.name: entry for entry in entries}
    except OSError as error:
        raise ResourceError(
            f"{printable(str(path))}: the folder cannot be read ({error.strerror}); give it permission or move it away"
        ) from error
    return (by_name[entry] for entry in in_order(by_name) if not is_hidden(entry))


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link to itself
        return False


def _identity(folder: str, name: str) -> _Identity:
    try:
        status = Path(folder, name).stat()  # an entry's own has no inode on Windows
    except OSError as error:
        raise ResourceError(f"{printable(name)}: the folder cannot be read ({error.strerror})") from error
    return status.st_dev, status.st_ino


def _none_inside(found: Found, sort: Sort) -> dict[str, None]:
    """List the folders that are named like a file of the sort and hold none."""
    files = sorted(found.files)

    def holds(name: str) -> bool:
        place = bisect_left(files, f"{name}/")
        return any(file.startswith(f"{name}/") for file in files[place : place + 1])

    return dict.fromkeys(name for name in found.folders if sort.has(name) and not holds(name))
