"""Which tars are meant: one, a list, a folder of them, or a pattern with braces."""

import itertools
import os
import re
from pathlib import Path
from typing import Any

from foveal.core.errors import DataError
from foveal.core.files import as_path
from foveal.data.images.listing.names import is_hidden, part_of, printable
from foveal.data.images.listing.walk import existing_file, kind_of

_RANGE = re.compile(r"\{([0-9]+)\.\.([0-9]+)\}")
#: Archives whose members cannot be read where they lie, and what unpacks them.
_PACKED = {
    ".tar.gz": "gunzip", ".tgz": "gunzip", ".tar.bz2": "bunzip2", ".tbz2": "bunzip2", ".tar.xz": "unxz", ".txz": "unxz",
    ".tar.zst": "unzstd", ".zip": "unzip", ".7z": "7z x", ".rar": "unrar x",
}  # fmt: skip


def is_tar(given: Any) -> bool:
    """Tell whether a path or each of a list means a tar, packed or not, or a folder with tars and no folders.

    Or a folder of the parts, train and others, that are such folders.

    >>> is_tar("a.tar"), is_tar("part-{000..009}.tar"), is_tar(["a.tar", "b.png"])
    (True, True, False)
    """
    if isinstance(given, list | tuple):
        return bool(given) and all(isinstance(path, str | os.PathLike) and _ends(path) for path in given)
    if not isinstance(given, str | os.PathLike):
        return False
    folder = Path(given)
    if kind_of(folder) != "a folder":
        return _ends(given)
    return _is_of_tars(folder) or bool(part_folders(folder))


def part_folders(folder: Path) -> list[Path]:
    """Give the folders of a folder where all of them have a part's name and hold tars, in order; else none."""
    if kind_of(folder) != "a folder":
        return []
    entries = sorted(entry for entry in folder.absolute().iterdir() if not is_hidden(entry.name))
    folders = [entry for entry in entries if entry.is_dir()]
    parts = all(part_of(entry.name) is not None and _is_of_tars(entry) for entry in folders)
    return folders if parts and not any(map(_ends, entries)) else []


def _is_of_tars(folder: Path) -> bool:
    entries = [entry for entry in folder.iterdir() if not is_hidden(entry.name)]
    return any(map(_ends, entries)) and not any(entry.is_dir() for entry in entries)


def _ends(path: str | os.PathLike[str]) -> bool:
    return os.fspath(path).lower().endswith((".tar", *_PACKED))


def tar_paths(given: Any) -> list[Path]:
    """Give the whole paths of the tars that are meant, in order.

    A folder gives its tars by name, a folder of parts those of each part; "part-{000..009}.tar" stands for ten of them,
    as in a shell.

    Raises
    ------
    DataError
        If one is missing, or is packed, which says how to unpack it.
    """
    if isinstance(given, list | tuple):
        return [path for each in given for path in tar_paths(each)]
    folder = as_path(given)
    if kind_of(folder) == "a folder":
        if parts := part_folders(folder):
            return [path for part in parts for path in tar_paths(part)]
        found = sorted(entry for entry in folder.absolute().iterdir() if _ends(entry) and not is_hidden(entry.name))
        return [path for entry in found for path in tar_paths(entry)]
    if kind_of(folder) == "nothing" and _RANGE.search(str(folder)):
        return [path for name in _spread(str(folder)) for path in tar_paths(name)]
    path = Path(existing_file(folder))
    tool = next((tool for ending, tool in _PACKED.items() if path.name.lower().endswith(ending)), "")
    if tool:
        raise DataError(
            f"{printable(str(path))}: is packed, and pictures are read where they lie; unpack it first: {tool} "
            f"{printable(path.name)}"
        )
    return [path]


def _spread(pattern: str) -> list[str]:
    """Write out the ranges in braces; zeros in front stay.

    >>> _spread("a{08..10}-{1..2}.tar")
    ['a08-1.tar', 'a08-2.tar', 'a09-1.tar', 'a09-2.tar', 'a10-1.tar', 'a10-2.tar']
    """
    parts = _RANGE.split(pattern)
    literals, ends = parts[::3], list(zip(parts[1::3], parts[2::3], strict=True))
    ranges = [[f"{n:0{len(first)}d}" for n in range(int(first), int(last) + 1)] for first, last in ends]
    return [
        literals[0] + "".join(number + literal for number, literal in zip(numbers, literals[1:], strict=True))
        for numbers in itertools.product(*ranges)
    ]
