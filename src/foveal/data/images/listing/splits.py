"""The parts of a listing: which rows are for training, validation and test, and what must hold between them."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from foveal.core.errors import DataError, ParameterError
from foveal.core.rules import did_you_mean
from foveal.data.images.listing.names import printable, some
from foveal.data.images.records import Listing

Rows = NDArray[np.int64]


class PartsError(DataError):
    """The parts of a listing cannot be learnt from and held against each other; `listing` is what was listed."""

    def __init__(self, message: str, listing: Listing) -> None:
        super().__init__(message, listing)
        self.listing = listing

    def __str__(self) -> str:
        return str(self.args[0])


class Parts(NamedTuple):
    """Numbers of rows, in their order; a part that the data do not name is empty."""

    train: Rows
    valid: Rows
    test: Rows


def parts_of(listing: Listing) -> Parts:
    """Give the rows of each part; without a split all rows are for training.

    >>> from foveal.data.images.records import Place
    >>> places = (Place("a.png", "a.png"), Place("b.png", "b.png"))
    >>> [rows.tolist() for rows in parts_of(Listing("here", places, split=np.array(["train", "test"])))]
    [[0], [], [1]]
    """
    if listing.split is None:
        none = np.arange(0)
        return Parts(np.arange(len(listing.places)), none, none)
    return Parts(*(np.flatnonzero(listing.split == part) for part in Parts._fields))


def rows_of_part(split: NDArray[Any] | None, name: str, what: str) -> NDArray[np.intp]:
    """Give the numbers of the rows of a part, "train", "valid" or "test"; `what` are the rows, in words.

    >>> rows_of_part(np.array(["train", "test"]), "valid", "clips")
    Traceback (most recent call last):
    foveal.core.errors.ParameterError: part 'valid' is not there: these clips have the parts 'test', 'train'
    """
    there = [] if split is None else sorted(set(split.tolist()))
    if split is None or name not in there:
        has = f"the parts {', '.join(map(repr, there))}" if there else "no parts"
        raise ParameterError(f"part {name!r} is not there: these {what} have {has}{did_you_mean(name, there)}")
    return np.flatnonzero(split == name)


def check_parts(listing: Listing) -> Listing:
    """Give a listing back whose parts can be learnt from and held against each other.

    Raises
    ------
    PartsError
        If no row is for training, if a class has none there but some elsewhere, or if a group is in two parts.
    """
    if listing.split is None:
        return listing
    parts = parts_of(listing)
    where = printable(listing.root)
    if not len(parts.train):
        held = ", ".join(f"{len(rows):,} {part}" for part, rows in parts._asdict().items() if len(rows))
        raise PartsError(f"{where}: no picture is for training, of {held or 'none'}; name some of them train", listing)
    _check_classes(where, listing, parts)
    _check_groups(where, listing, parts)
    return listing


def _check_classes(where: str, listing: Listing, parts: Parts) -> None:
    if listing.y is None or listing.class_names is None:
        return
    y, numbers = listing.y, np.arange(len(listing.class_names))

    def has(rows: Rows) -> NDArray[np.bool_]:
        held: NDArray[np.bool_] = (y[rows] != 0).any(axis=0) if y.ndim == 2 else np.isin(numbers, y[rows])
        return held

    for part in ("valid", "test"):
        strange = np.flatnonzero(has(getattr(parts, part)) & ~has(parts.train))
        if len(strange):
            names = some(listing.class_names[number] for number in strange)
            raise PartsError(
                f"{where}: {part} has pictures of {names}, train has none of them; give train some, or take them out "
                f"of {part} (a name spelt in two ways is two classes)",
                listing,
            )


def _check_groups(where: str, listing: Listing, parts: Parts) -> None:
    if listing.groups is None:
        return
    for one, other in (("train", "valid"), ("train", "test"), ("valid", "test")):
        both = np.intersect1d(listing.groups[getattr(parts, one)], listing.groups[getattr(parts, other)])
        if len(both):
            raise PartsError(
                f"{where}: the group {some(map(str, both.tolist()))} has pictures in {one} and in {other}; a group "
                "belongs into one part, or the scores are too good: mend the split, or leave the group out",
                listing,
            )
