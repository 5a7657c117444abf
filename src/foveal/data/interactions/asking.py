"""Histories as a model is asked by them: by the numbers of its items, what is unknown refused, left out or missed."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from os import PathLike
from typing import Any

import numpy as np

from foveal.core.errors import DataError
from foveal.core.warn import warn_user
from foveal.data.interactions.histories import Histories
from foveal.data.interactions.ids import Ids, as_names
from foveal.data.interactions.interactions import Interactions
from foveal.data.interactions.transitions import popularity
from foveal.data.sequences import Sequences
from foveal.data.source import Array


def is_table(users: Any) -> bool:
    """Tell whether users are given as a table of interactions.

    >>> is_table("ratings.csv"), is_table([["a", "b"]])
    (True, False)
    """
    table = isinstance(users, Interactions | Mapping | str | PathLike)
    return table or (hasattr(users, "columns") and hasattr(users, "iloc"))


def used_items(interactions: Interactions) -> Ids:
    """Give the items that stand in histories: a part of a split names others as well."""
    counts = popularity(interactions.histories, len(interactions.items))
    return Ids(interactions.items.labels[counts[1:] > 0])


def known_only(interactions: Interactions) -> Interactions:
    """Leave events of unknown items out."""
    histories = interactions.histories
    known = histories.values > 0
    owner = np.repeat(np.arange(len(histories.lengths)), histories.lengths)
    lengths = np.bincount(owner[known], minlength=len(histories.lengths))
    there = Sequences.flat(histories.values[known], lengths)
    return replace(interactions, histories=there, times=None).cut(lengths)


def asked_of(interactions: Interactions, items: Ids) -> tuple[Sequences, Array]:
    """Give histories without their last items, and those: of users that can be asked, by the numbers of `items`.

    Items that are unknown stand nowhere in a history; as a target they have the number 0.
    """
    histories = interactions.histories
    last = histories.starts + histories.lengths - 1
    owner = np.repeat(np.arange(len(last)), histories.lengths)
    again = np.zeros(len(last), bool)
    same = histories.values == histories.values[last][owner]
    same[last] = False
    np.logical_or.at(again, owner[same], True)
    rows = np.flatnonzero((histories.lengths > 1) & ~again)
    targets = interactions.numbered(items).values[last[rows]].astype(np.int64)
    before = interactions.chosen(rows).cut(histories.lengths[rows] - 1)
    known = before.numbered(items)
    places = known.places(np.arange(len(rows)))
    values = known.values[places]
    lengths = np.bincount(np.repeat(np.arange(len(rows)), known.lengths)[values > 0], minlength=len(rows))
    return Sequences.flat(values[values > 0], lengths), targets


def check_asked(targets: Array) -> None:
    """Refuse histories of which none can be asked for its last item.

    >>> check_asked(np.zeros(0, np.int64))
    Traceback (most recent call last):
    foveal.core.errors.DataError: nobody can be asked: no history has two events, the last of them with an item not \
had before; give longer histories
    """
    if not len(targets):
        raise DataError(
            "nobody can be asked: no history has two events, the last of them with an item not had before; give longer "
            "histories"
        )


def rows_to_validate(
    interactions: Interactions, items: Ids, length: int, *, warn: bool = True
) -> tuple[Histories, Array] | None:
    """Make rows to validate on; what is unknown cannot be asked by the network, and is left out. None: nobody is."""
    histories, targets = asked_of(interactions, items)
    able = np.flatnonzero((targets > 0) & (histories.lengths > 0))
    if not len(able):
        return None
    if warn and len(able) < len(targets):
        warn_user(f"{len(targets) - len(able):,} histories to validate on end in an item that does not train: left out")
    some = histories.chosen(able)
    lengths = some.lengths + 1
    values = np.insert(some.values[some.places(np.arange(len(able)))], np.cumsum(some.lengths), targets[able])
    rows = Histories.of_last(Sequences.flat(values, lengths), len(items), length)
    return rows, rows.firsts


def all_known(interactions: Interactions, catalogue: Ids) -> Sequences:
    """Give the histories of interactions; refuse an item that is not in the catalogue."""
    numbers = catalogue.numbers(interactions.items.labels)
    if not numbers.all():
        _refuse(interactions.items.labels.tolist()[int((numbers == 0).argmax())], len(catalogue))
    return interactions.numbered(catalogue)


def histories_given(rows: Sequence[Any], catalogue: Ids) -> Sequences:
    """Give histories that are lists of items; refuse one that is not in the catalogue."""
    lengths = np.array([len(row) for row in rows], np.int64)
    flat = [name for row in rows for name in row]
    if not flat:
        return Sequences.flat(np.zeros(0, np.int32), lengths)
    numbers = catalogue.numbers(as_names(flat, "item"))
    if not numbers.all():
        _refuse(flat[int((numbers == 0).argmax())], len(catalogue))
    return Sequences.flat(numbers, lengths)


def _refuse(item: Any, n_items: int) -> None:
    raise DataError(
        f"item {item!r} is not among the {n_items:,} that fit has seen, so nothing is known of it; leave it out of the "
        "histories, or fit anew with it"
    )


def named(catalogue: Ids, numbers: Array) -> Array:
    """Give the names of numbers; None, in an array of objects, where there are fewer."""
    if numbers.all():
        return catalogue.named(numbers)
    found: Array = catalogue.labels.astype(object)[np.maximum(numbers, 1) - 1]
    found[numbers == 0] = None
    return found
