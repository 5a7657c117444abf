"""A folder whose folders are classes, or train, valid and test with such folders in each."""

import os
from collections import Counter
from dataclasses import dataclass

import numpy as np

from foveal.data.images.listing.class_checks import check_classes, check_empty
from foveal.data.images.listing.folder_parts import folder_parts
from foveal.data.images.listing.labels import shares, tell_case
from foveal.data.images.listing.names import PICTURES, Sort, in_order, many, nfc, printable, some
from foveal.data.images.listing.splits import Parts, check_parts
from foveal.data.images.listing.walk import Found, existing_folder, tell_left_out, walk
from foveal.data.images.records import Listing, Place, Told, silent


def list_class_folders(folder: str | os.PathLike[str], *, sort: Sort = PICTURES, told: Told = silent) -> Listing:
    r"""List the pictures of a folder by classes, which are the names of its folders; or its files of another sort.

    Files that lie deeper belong to the class too. Where the folders are train, val (valid, validation) and test, in any
    case, each of them holds class folders; train must be there. The order of classes is by code points of their names
    in Unicode's form NFC, so "10" stands before "2" and "Z" before "a"; pictures follow by part, class and name,
    whatever the file system's order.

    * Names that are one in NFC are one class; those that differ only in capital letters are two, which is told.
    * Hidden files and folders are passed over: a leading dot, `__MACOSX`, `Thumbs.db`, `desktop.ini`.
    * A file is a picture by its ending (`names.ENDINGS`, any case); others are left out and counted. What is in a file
      is not guessed at.
    * Links are followed; those that lead back are not, and told. A link to nothing, a pipe, and a folder that is named
      like a picture and holds none are listed: the first look at each file tells what is wrong.
    * Bytes in a file's name that are no UTF-8 are kept in `path` and written as \udcNN in `name`; a class must have
      a name that can be written.

    Raises
    ------
    DataError
        If there is no such folder or there are no class folders in it, a class is empty, or has no file with a
        picture's ending, or is in valid or test only, or it is open whether a folder is a part or a class.
    ResourceError
        If a folder cannot be read.

    >>> import tempfile
    >>> from pathlib import Path
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     for name in ("dog/1.png", "cat/2.jpg", "cat/old/3.jpg"):
    ...         Path(folder, name).parent.mkdir(parents=True, exist_ok=True)
    ...         Path(folder, name).touch()
    ...     listing = list_class_folders(folder)
    >>> listing.class_names, listing.y.tolist(), [place.name for place in listing.places]
    (('cat', 'dog'), [0, 0, 1], ['cat/2.jpg', 'cat/old/3.jpg', 'dog/1.png'])
    """
    root = existing_folder(folder)
    found = walk(root, sort)
    ordered = sort_by_class(root, found, told, sort)
    base = root.rstrip("/")
    places = tuple(Place(f"{base}/{name}", printable(name)) for name in ordered.names)
    return check_parts(Listing(root, places, ordered.y, ordered.class_names, ordered.split))


@dataclass(frozen=True)
class Ordered:
    """Names in the order of a listing, with what the folders say of each."""

    names: list[str]
    y: np.ndarray
    class_names: tuple[str, ...]
    split: np.ndarray | None


def sort_by_class(where: str, found: Found, told: Told, sort: Sort = PICTURES) -> Ordered:
    """Read class and part of each name off its folders, and put the names in order.

    Raises what `list_class_folders` raises, but for what concerns the file system and several parts.
    """
    parts = folder_parts(where, found, told, sort)
    depth = 2 if parts else 1
    classes = [name for name in found.folders if name.count("/") == depth - 1 and _counts(name, parts)]
    loose = [name for name in found.files if name.count("/") < depth and _counts(name, parts)]
    inside = [name for name in found.files if name.count("/") >= depth and _counts(name, parts)]
    check_classes(where, found, classes, loose, inside, sort)
    folder_of = {name: _first(name, depth) for name in inside}
    counts = Counter(folder_of.values())
    for folder in classes:
        if not counts[folder]:
            check_empty(where, found, folder, parts.get(_first(folder, 1), "train"), told, sort)
    named = {folder: nfc(folder.rpartition("/")[2]) for folder in counts}
    names = in_order(set(named.values()))
    number = {name: place for place, name in enumerate(names)}
    part_number = {folder: Parts._fields.index(part) for folder, part in parts.items()}
    keyed = [(part_number.get(_first(name, 1), 0), number[named[folder_of[name]]], name) for name in inside]
    keyed.sort(key=lambda key: key[:2])  # the names are in order
    y = np.array([key[1] for key in keyed], np.int64)
    _tell(where, found, loose, names, y, told, sort)
    split = np.array([Parts._fields[key[0]] for key in keyed]) if parts else None
    return Ordered([key[2] for key in keyed], y, tuple(names), split)


def _first(name: str, depth: int) -> str:
    """Give the first folders of a name."""
    return "/".join(name.split("/", depth)[:depth])


def _counts(name: str, parts: dict[str, str]) -> bool:
    """Tell whether a name lies in one of the parts, where there are some."""
    return not parts or name.partition("/")[0] in parts


def _tell(where: str, found: Found, loose: list[str], names: list[str], y: np.ndarray, told: Told, sort: Sort) -> None:
    told(
        f"{printable(where)}: {many(len(y), sort.word)} of {shares(y, names)}, by folders; the order is by code points"
    )
    tell_case(names, told)
    if loose:
        told(f"left out {many(len(loose), sort.word)} in no class folder: {some(loose)}")
    tell_left_out(found, told, sort)
