"""Pictures without class folders: all of a folder, or a list of files with labels that are given."""

import os
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from foveal.core.errors import DataError, DataTypeError
from foveal.core.rules import shown
from foveal.data.images.listing.given_y import Y, read_y
from foveal.data.images.listing.labels import shares, tell_case
from foveal.data.images.listing.names import PICTURES, Sort, many, printable, some
from foveal.data.images.listing.places import check_some_exist, path_problem, place_of
from foveal.data.images.listing.walk import existing_folder, tell_left_out, walk
from foveal.data.images.records import Listing, Place, Told, silent


def list_pictures(folder: str | os.PathLike[str], *, sort: Sort = PICTURES, told: Told = silent) -> Listing:
    """List all pictures in and below a folder, by name, without labels: to predict, or for a pattern of names.

    Or all files of another sort.

    Raises `DataError` for a folder that is missing or holds none, `ResourceError` for one that cannot be read.
    """
    root = existing_folder(folder)
    found = walk(root, sort)
    if not found.files:
        endings = ", ".join(sort.shown[:3])
        instead = f", but {some(found.others)}; known endings are {endings}, ..." if found.others else ""
        raise DataError(f"{printable(root)}: expected {sort.word}s, found none{instead}")
    told(f"{printable(root)}: {many(len(found.files), sort.word)}")
    tell_left_out(found, told, sort)
    base = root.rstrip("/")
    return Listing(root, tuple(Place(f"{base}/{name}", printable(name)) for name in found.files))


def list_files(
    paths: Iterable[str | os.PathLike[str]],
    y: Any = None,
    *,
    root: str | os.PathLike[str] | None = None,
    sort: Sort = PICTURES,
    told: Told = silent,
) -> Listing:
    """List the files of a list, in its order, with the labels or targets that are given.

    Parameters
    ----------
    paths : list of paths
        Absolute, or relative to `root`, which is the current folder unless it is given. Endings do not matter.
    y : array, optional
        What `read_y` takes, one a file.

    Raises
    ------
    DataError
        If the list is empty, holds what is no path, if none of the files is there, if one file has two labels, and
        what `read_y` raises. A file twice with one label stays twice, and is told: y has its rows.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     Path(folder, "b.png").touch()
    ...     listing = list_files(["b.png", "a.png"], ["dog", "cat"], root=folder)
    >>> [place.name for place in listing.places], listing.y.tolist(), listing.class_names
    (['b.png', 'a.png'], [1, 0], ('cat', 'dog'))
    """
    base = existing_folder(Path.cwd() if root is None else root)
    texts = [_text(place, path) for place, path in enumerate(paths)]
    if not texts:
        raise DataError("the list of files is empty; give at least one path")
    bad = [f"entry {row} ({shown(text)}) is {why}" for row, text in enumerate(texts) if (why := path_problem(text))]
    if bad:
        raise DataError(f"the list of files: {len(bad):,} of {len(texts):,} are no paths: {'; '.join(bad[:10])}")
    listing = Listing(base, tuple(place_of(base, text) for text in texts))
    check_some_exist("the list of files", base, listing.places)
    told(f"{many(len(texts), sort.word)} from a list of files")
    if y is None:
        return listing
    numbers, classes = read_y(y, len(texts))
    _check_twice(listing.places, numbers, told)
    if classes is not None and numbers.ndim == 1:
        told(f"labels as given: {shares(numbers, classes)}")
        tell_case(classes, told)
    return replace(listing, y=numbers, class_names=classes)


def _text(row: int, path: object) -> str:
    if not isinstance(path, str | bytes | os.PathLike):
        raise DataTypeError(f"the list of files must hold paths, entry {row} is {shown(path)}")
    return os.fsdecode(path)


def _check_twice(places: tuple[Place, ...], y: Y, told: Told) -> None:
    counts = Counter(place.name for place in places)
    rows: dict[str, list[int]] = defaultdict(list)
    for row, place in enumerate(places):
        if counts[place.name] > 1:
            rows[place.name].append(row)
    differing = {
        name: found for name, found in rows.items() if not all(np.array_equal(y[found[0]], y[r]) for r in found)
    }
    if differing:
        first = "; ".join(
            f"{name!r} in entries {', '.join(map(str, found))}" for name, found in list(differing.items())[:5]
        )
        raise DataError(f"{many(len(differing), 'file')} with several labels: {first}; give each file one label")
    if rows:
        told(f"{many(len(rows), 'file')} more than once in the list, with one label: {some(rows)}")
