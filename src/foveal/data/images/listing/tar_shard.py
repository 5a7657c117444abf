"""One tar of pictures: what lies in it and where."""

import itertools
import posixpath
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from foveal.core.errors import DataError, ResourceError
from foveal.data.images.listing.names import ENDINGS, is_hidden, is_picture, printable
from foveal.data.tar_members import LABEL_READERS, read_label, row_of, tar_members

#: Where a member lies: its offset and size.
Lies = tuple[int, int]
Key = tuple[str, str]
#: Members in which a picture or an array is looked for.
_LOOKED_AT = 1000
_PACKED = {b"\x1f\x8b": "gunzip", b"BZh": "bunzip2", b"\xfd7zXZ": "unxz", b"\x28\xb5\x2f\xfd": "unzstd"}


@dataclass
class Shard:
    """What lies in a tar, by names with "/" between their parts.

    pictures : the members with a picture's ending; of a name that is there again the last, as tar unpacks them.
    labels : the members that may be labels, by extension and row.
    folders : all folders, the empty ones too.
    others : other files, and links to what is not in the tar before them.
    part : the folder of a part that the tar lies in, "train" ...; empty where tars are not split.
    """

    path: Path
    part: str = ""
    pictures: dict[str, Lies] = field(default_factory=dict)
    labels: dict[str, dict[Key, tuple[str, Lies]]] = field(default_factory=lambda: defaultdict(dict))
    folders: dict[str, None] = field(default_factory=dict)
    others: list[str] = field(default_factory=list)

    def read_labels(self, extension: str, keys: list[Key]) -> list[Any]:
        """Read the labels of some rows, in the order of the file."""
        members = self.labels[extension]
        order = sorted(range(len(keys)), key=lambda row: members[keys[row]][1])
        found: list[Any] = [None] * len(keys)
        with _opened(self.path) as file:
            for row in order:
                name, (offset, size) = members[keys[row]]
                found[row] = read_label(self.path, file, name, offset, size, extension)
        return found


def holds_pictures(path: Path) -> bool:
    """Tell whether the first row in a tar is a picture, and no array; False for what cannot be read as a tar."""
    try:
        with path.open("rb") as file:
            names = (member.name for member in tar_members(path, file) if not member.isdir())
            first = next(filter(is_picture, itertools.islice(names, _LOOKED_AT)), "")
    except (OSError, DataError):
        return False
    return bool(first) and not first.lower().endswith(".npy")


def read_shard(path: Path, part: str = "") -> Shard:
    """Find what lies in a tar; hidden members are passed over, links within the tar are followed where they can be.

    Raises
    ------
    DataError
        If it is no tar, is not whole, or is packed under the name of a tar.
    ResourceError
        If it cannot be read.
    """
    shard = Shard(path, part)
    files: dict[str, Lies] = {}
    with _opened(path) as file:
        head = file.read(6)
        tool = next((tool for sign, tool in _PACKED.items() if head.startswith(sign)), "")
        if tool:
            raise DataError(f"{path}: is packed, and pictures are read where they lie; unpack it first ({tool})")
        file.seek(0)
        for member in tar_members(path, file):
            name = posixpath.normpath(member.name).lstrip("/")
            if any(is_hidden(part) for part in name.split("/")):
                continue
            if member.isdir():
                shard.folders[name] = None
            elif member.isreg() and not member.issparse():
                files[name] = (member.offset_data, member.size)
                _note(shard, name, files[name])
            else:
                _link(shard, name, files.get(posixpath.normpath(member.linkname).lstrip("/")))
    for name in shard.pictures:
        _above(shard, name)
    return shard


def _note(shard: Shard, name: str, lies: Lies) -> None:
    row, extension = row_of(name)
    if is_picture(name):
        shard.pictures[name] = lies
    elif extension in LABEL_READERS:
        shard.labels[extension][row] = (name, lies)
    else:
        shard.others.append(name)


def _link(shard: Shard, name: str, target: Lies | None) -> None:
    """Note a hard link, which names a member before it: tar writes a file's bytes once."""
    if target is None:
        shard.others.append(name)
    else:
        _note(shard, name, target)


def _above(shard: Shard, name: str) -> None:
    while name := name.rpartition("/")[0]:
        if name in shard.folders:
            return
        shard.folders[name] = None


def row_pictures(shard: Shard) -> dict[Key, str]:
    """Give the picture of each row, KEY.jpg: the whole extension, from the first dot on, is a picture's.

    Raises `DataError` where a row has two.
    """
    found: dict[Key, str] = {}
    for name in shard.pictures:
        row, extension = row_of(name)
        if extension not in ENDINGS:
            continue
        if row in found:
            raise DataError(f"{shard.path}: {found[row]} and {name} are of one row; remove one of them")
        found[row] = name
    return found


def _opened(path: Path) -> IO[bytes]:
    try:
        return path.open("rb")
    except OSError as error:
        where = printable(str(path))
        raise ResourceError(
            f"{where}: cannot be read ({error.strerror}); check the file and its permissions"
        ) from error
