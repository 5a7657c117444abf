"""The members of a tar, found once from end to end: where each lies, so that any is read without those before it."""

import json
import re
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any

from foveal.core.errors import DataError

#: No label is longer: what is more is no label, and is not read.
MOST_LABEL = 2**16


def _name(text: str) -> str:
    return text.rstrip("\r\n")  # editors and echo end a file with a line's end


def _number_or_name(text: str) -> int | str:
    return int(text) if re.fullmatch(r"\s*-?[0-9]+\s*", text) else _name(text)


#: How labels are read, by extension. Of several in a row the first one here is its label: tools that write a class
#: write captions and what else they know beside it. Members that are no rows and none of these are passed over.
LABEL_READERS: dict[str, Callable[[str], Any]] = {"cls": _number_or_name, "json": json.loads, "txt": _name}


def tar_members(path: Path, file: IO[bytes]) -> Iterator[tarfile.TarInfo]:
    """Give the members of an open tar in their order, of every kind: files, links, folders.

    Raises `DataError` for what is no tar, is compressed, or ends too early.
    """
    size = path.stat().st_size
    try:
        with tarfile.open(fileobj=file, mode="r:") as tar:
            member = tar.next()
            while member is not None:
                tar.members.clear()  # type: ignore[attr-defined]  # it keeps all of them
                if member.offset_data + _bytes(member) > size:
                    raise DataError(f"{path}: ends within {member.name}; it is not whole, copy it again")
                yield member
                member = _plain(tar, file) or tar.next()
            file.seek(tar.offset)
    except tarfile.TarError as error:
        raise DataError(f"{path}: expected a whole, uncompressed tar, found another file ({error})") from error
    if file.read(tarfile.BLOCKSIZE) != bytes(tarfile.BLOCKSIZE):  # tarfile takes a tar cut between members for a whole
        raise DataError(f"{path}: ends without the mark of a tar's end; it is not whole, copy it again")


def _plain(tar: tarfile.TarFile, file: IO[bytes]) -> tarfile.TarInfo | None:
    """Read the next member if its header is an ordinary file's and in order; all others are tarfile's.

    It takes a third of the time: 100,000 members in 1 s, all by tarfile in 3 s, on one core of a server.
    """
    if tar.pax_headers:
        return None
    file.seek(tar.offset)
    head = file.read(tarfile.BLOCKSIZE)
    if len(head) < tarfile.BLOCKSIZE or head[156:157] not in b"0\0" or head[345:346] != b"\0":  # its kind, its prefix
        return None
    size, mark = (field.strip(b" \0") for field in (head[124:136], head[148:156]))
    name = head[:100].partition(b"\0")[0].decode("utf-8", "surrogateescape")
    if not (size.isdigit() and mark.isdigit() and name) or name.endswith("/"):
        return None
    if int(mark, 8) != sum(head) - sum(head[148:156]) + 8 * ord(" "):
        return None
    member = tarfile.TarInfo(name)
    member.size, member.offset, member.offset_data = int(size, 8), tar.offset, tar.offset + tarfile.BLOCKSIZE
    tar.offset = member.offset_data + -(-member.size // tarfile.BLOCKSIZE) * tarfile.BLOCKSIZE
    return member


def _bytes(member: tarfile.TarInfo) -> int:
    """Give how many bytes of the tar a member takes at least: a link none, a file with holes fewer than its size."""
    return 0 if member.islnk() or member.issparse() else member.size


def row_of(member: str) -> tuple[tuple[str, str], str]:
    """Give the row that a member belongs to, its folder and key, and its extension in small letters.

    webdataset's rule: the extension begins at the first dot of the name.

    >>> row_of("a.b/0001.seg.PNG")
    (('a.b', '0001'), 'seg.png')
    """
    folder, _, name = member.rpartition("/")
    key, _, extension = name.partition(".")
    return (folder, key), extension.lower()


def read_label(path: Path, file: IO[bytes], name: str, offset: int, size: int, extension: str) -> Any:
    """Read a member as a label; raises `DataError` for one that is too long or no label."""
    if size > MOST_LABEL:
        raise DataError(f"{path}: {name} has {size:,} bytes, a label at most {MOST_LABEL:,}")
    file.seek(offset)
    try:
        return LABEL_READERS[extension](file.read(size).decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise DataError(f"{path}: {name} is no label ({error}); write a number or a string") from error
