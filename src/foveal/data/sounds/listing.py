"""Sounds in a folder of class folders, or a list of files: listed as pictures are, by another ending."""

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from foveal.core.errors import DataError
from foveal.data.images.listing.class_folders import sort_by_class
from foveal.data.images.listing.lists import list_files
from foveal.data.images.listing.names import Sort, in_order, many, printable, some
from foveal.data.images.listing.splits import check_parts
from foveal.data.images.listing.walk import Found, existing_folder, walk
from foveal.data.images.records import Listing, Place, Told, silent

SOUNDS = Sort("sound", frozenset(["wav", "wave"]), ("wav",))


def is_sound(name: str) -> bool:
    """Tell whether a name has a WAV file's ending.

    >>> is_sound("a/dog.WAV"), is_sound("dog.mp3")
    (True, False)
    """
    return SOUNDS.has(name)


def list_sounds(source: Any, y: Any = None, *, labelled: bool = True, told: Told = silent) -> Listing:
    """List the sounds of a folder of class folders, perhaps within train, valid and test, or of a list of files.

    Without `labelled` a folder gives all that are in it and below. Raises `DataError` where there are none.
    """
    if isinstance(source, str | os.PathLike) and Path(source).is_dir():
        root = existing_folder(source)
        found = _sounds_of(walk(root))
        if not found.files:
            there = f", but {some(found.others, 3)}" if found.others else ""
            raise DataError(f"{printable(root)}: expected sounds (.wav), found none{there}; convert others to WAV")
        if found.others:
            told(f"left out {many(len(found.others), 'file')} without a WAV file's ending: {some(found.others)}")
        if not labelled:
            return Listing(root, _places(root, found.files))
        ordered = sort_by_class(root, found, silent, SOUNDS)
        told(f"{printable(root)}: {many(len(ordered.names), 'sound')} of {many(len(ordered.class_names), 'class')}")
        places = _places(root, ordered.names)
        return check_parts(Listing(root, places, ordered.y, ordered.class_names, ordered.split))
    files: Sequence[Any] = [source] if isinstance(source, str | os.PathLike) else source
    listing = list_files(files, y)
    return listing if labelled else replace(listing, y=None)


def _places(root: str, names: Sequence[str]) -> tuple[Place, ...]:
    base = root.rstrip("/")
    return tuple(Place(f"{base}/{name}", printable(name)) for name in names)


def _sounds_of(found: Found) -> Found:
    """Take sounds for what is listed, and pictures for other files."""
    others = [*found.files, *(name for name in found.others if not is_sound(name))]
    return replace(found, files=[name for name in found.others if is_sound(name)], others=in_order(others))
