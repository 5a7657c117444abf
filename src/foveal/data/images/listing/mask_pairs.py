"""Which mask belongs to which picture: by their relative paths, a column of a table, or two lists."""

import os
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from foveal.core.errors import DataError
from foveal.core.rules import did_you_mean
from foveal.data.images.listing.chosen import only
from foveal.data.images.listing.lists import list_pictures
from foveal.data.images.listing.names import nfc, part_of, printable, some
from foveal.data.images.listing.places import path_problem, place_of
from foveal.data.images.listing.table_columns import find_columns
from foveal.data.images.listing.table_files import TABLES, is_frame, read_table
from foveal.data.images.listing.walk import existing_folder, kind_of
from foveal.data.images.records import Bad, Listing, Place, Told, silent

#: What the stem of a mask may have beside that of its picture; the first that fits most pictures is taken for all.
SUFFIXES = ("", "_mask", "_label", "_gt", "_masks", "_labels", "_seg")


class By(NamedTuple):
    """How a sort of files is paired: what lists a folder of masks, what a name is without its ending, and the word."""

    files: Callable[[str], Sequence[Place]]
    stem: Callable[[str], str]
    word: str


class Pairs(NamedTuple):
    """Pictures, for each of them its mask, None where there is none, and what cannot be paired."""

    listing: Listing
    masks: tuple[Place | None, ...]
    bad: list[Bad]


def stem_of(name: str) -> str:
    """Give a path without its ending, in Unicode's form NFC.

    >>> stem_of("a/1.png")
    'a/1'
    """
    return nfc(printable(name.rpartition(".")[0] or name))


PICTURES_BY = By(lambda folder: list_pictures(folder).places, stem_of, "picture")


def pair_masks(
    source: Any, listing: Listing, masks: Any, *, path: str | None = None, root: Any = None, told: Told = silent,
    by: By = PICTURES_BY,
) -> Pairs:  # fmt: skip
    """Find the mask of each picture of a listing, or each file of another sort.

    `masks` is a folder, whose files are paired by their paths without ending, perhaps with one of `SUFFIXES`; of a
    table also the name of a column, whose paths begin where those of the pictures do; or a list, one for each picture.
    A folder of folders train, valid and test is split so.

    Raises `DataError` where there are no masks, or lists differ in length. What fits no picture, and pictures without a
    mask, are `bad`.
    """
    single = isinstance(masks, str | os.PathLike)
    if single and is_frame(source) | _is_table(source) and str(masks) in (names := read_table(source)).names:
        return _of_column(source, listing, str(masks), path, root)
    if single and kind_of(Path(masks)) == "a folder":
        whole = isinstance(source, str | os.PathLike) and kind_of(Path(source)) == "a folder"
        return _of_folder(listing, existing_folder(masks), told, by, exact=whole)
    if single and is_frame(source) | _is_table(source):
        raise DataError(
            f"masks={str(masks)!r} is neither a folder nor a column of the table, which has "
            f"{some(names.names, 20)}{did_you_mean(str(masks), names.names)}"
        )
    if single and kind_of(Path(masks)) == "nothing":
        existing_folder(masks)  # which says so
    paths = [masks] if single else list(masks)
    if len(paths) != len(listing.places):
        raise DataError(f"masks must be one for each {by.word}, got {len(paths)} for {len(listing.places)} {by.word}s")
    base = existing_folder(Path.cwd() if root is None else root)
    return Pairs(listing, tuple(place_of(base, os.fsdecode(each)) for each in paths), [])


def _is_table(source: Any) -> bool:
    return isinstance(source, str | os.PathLike) and Path(source).suffix[1:].lower() in TABLES


def _of_column(source: Any, listing: Listing, column: str, path: str | None, root: Any) -> Pairs:
    """Take masks from a column of a table."""
    table = read_table(source)
    base = existing_folder(table.folder if root is None else root)
    columns = find_columns(table, path=path, labelled=False)
    texts = {
        place_of(base, str(picture)).name: "" if mask is None else str(mask)
        for picture, mask in zip(table.column(columns.path), table.column(column), strict=True)
        if picture is not None
    }
    found, bad = list[Place | None](), list[Bad]()
    for place in listing.places:
        why = path_problem(texts[place.name])
        found.append(None if why else place_of(base, texts[place.name]))
        bad += [Bad(place, f"has no mask: its cell in the column {column!r} is {why}")] if why else []
    return Pairs(listing, tuple(found), bad)


def _of_folder(listing: Listing, folder: str, told: Told, by: By, *, exact: bool) -> Pairs:
    """Pair the pictures of a listing with the files of a folder."""
    stem = by.stem
    files = [place._replace(name=f"{Path(folder).name}/{place.name}") for place in by.files(folder)]
    base, here = f"{folder.rstrip('/')}/", listing.root.rstrip("/") == folder.rstrip("/")
    if not here and any(not place.path.startswith(base) for place in listing.places):  # masks may lie below
        outside = [not place.path.startswith(base) for place in listing.places]
        listing = only(listing, np.flatnonzero(outside))
    by_stem: dict[str, list[Place]] = defaultdict(list)
    for place in files:
        by_stem[stem(place.path[len(base) :])].append(place)
    keys = [_keys(place, listing.root, stem, exact=exact) for place in listing.places]
    counts = {end: sum(any(k + end in by_stem for k in each) for each in keys) for end in SUFFIXES[here:]}
    ending = max(counts, key=lambda end: counts[end])
    if not counts[ending]:
        raise DataError(
            f"{printable(folder)}: no mask has the name of a {by.word}: {some(sorted(by_stem), 3)} beside "
            f"{some([each[0] for each in keys], 3)}; name them alike, perhaps with {', '.join(SUFFIXES[1:4])} at the "
            "end, or give two lists"
        )
    if ending:
        told(f"masks are the files whose names end in {ending}")
    if here:  # masks beside their pictures
        are = [not stem(place.path).endswith(ending) for place in listing.places]
        listing, keys = (
            only(listing, np.flatnonzero(are)),
            [key for key, is_one in zip(keys, are, strict=True) if is_one],
        )
        by_stem = {key: places for key, places in by_stem.items() if key.endswith(ending)}
    return _parted(_matched(listing, keys, by_stem, ending, by.word))


def _matched(
    listing: Listing, keys: Sequence[Sequence[str]], by_stem: dict[str, list[Place]], ending: str, word: str
) -> Pairs:
    found, bad, used = list[Place | None](), list[Bad](), dict[str, Place]()
    for place, each in zip(listing.places, keys, strict=True):
        stem = next((key + ending for key in each if key + ending in by_stem), None)
        candidates = [] if stem is None else by_stem[stem]
        found.append(candidates[0] if len(candidates) == 1 else None)
        if stem is None:
            bad.append(Bad(place, f"has no mask: none is named {each[0] + ending!r}"))
        elif len(candidates) > 1:
            bad.append(Bad(place, f"has several masks: {some([c.name for c in candidates])}"))
        elif stem in used:
            bad.append(Bad(place, f"has the mask that {used[stem].name!r} has, {candidates[0].name!r}"))
        if stem is not None:
            used.setdefault(stem, place)
    spare = [place for stem, places in by_stem.items() if stem not in used for place in places]
    return Pairs(listing, tuple(found), bad + [Bad(place, f"is a mask without a {word}") for place in spare])


def _keys(place: Place, root: str, stem: Callable[[str], str], *, exact: bool) -> list[str]:
    """Give the names that a picture's mask may have: of lists and tables also without the first folders."""
    whole = stem(place.path.removeprefix(f"{root.rstrip('/')}/"))
    parts = whole.split("/")
    return [whole] if exact else ["/".join(parts[first:]) for first in range(len(parts))]


def _parted(pairs: Pairs) -> Pairs:
    """Split pictures by their folders of the first level, where all of these are parts and train is one."""
    listing = pairs.listing
    first = [place.name.partition("/")[0] if "/" in place.name else "" for place in listing.places]
    parts = {name: part_of(name) for name in set(first)}
    if listing.split is not None or None in parts.values() or "train" not in parts.values() or len(parts) < 2:
        return pairs
    return pairs._replace(listing=replace(listing, split=np.array([parts[name] for name in first])))
