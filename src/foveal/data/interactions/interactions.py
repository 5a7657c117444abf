"""Interactions: every user's history of items, in the order of time."""

from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np

from foveal.core.errors import DataError
from foveal.data.interactions.ids import Ids, as_names
from foveal.data.sequences import Sequences
from foveal.data.source import Array


@dataclass(frozen=True, eq=False)
class Interactions:
    """Users, items, and each user's history: item numbers (from 1) in the order of time.

    users, items : their names.
    histories : a row for each user, `histories.values` behind one another.
    times : when each of them was, as long as `histories.values`; None where the order of rows was the time.
    dropped : rows that were there before with the same user, item and time.

    >>> made = interactions_of(["a", "a", "b"], [7, 5, 7], [2, 1, -3])
    >>> made.users.labels.tolist(), [made.items.named(made.histories.row(n)).tolist() for n in range(2)]
    (['a', 'b'], [[5, 7], [7]])
    """

    users: Ids
    items: Ids
    histories: Sequences
    times: Array | None = None
    dropped: int = 0

    def __len__(self) -> int:
        return int(self.histories.lengths.sum())

    def __repr__(self) -> str:
        return f"Interactions({len(self):,} of {len(self.users):,} users with {len(self.items):,} items)"

    def cut(self, stops: Array) -> Self:
        """Keep the first `stops` of each user's history; users of whom nothing is left are gone."""
        kept = np.flatnonzero(stops > 0)
        lengths = stops[kept]
        some = self.histories._replace(lengths=stops).chosen(kept)
        places = some.places(np.arange(len(kept)))
        times = None if self.times is None else self.times[places]
        return replace(
            self,
            users=Ids(self.users.labels[kept]),
            histories=Sequences.flat(self.histories.values[places], lengths),
            times=times,
            dropped=0,
        )

    def chosen(self, rows: Array) -> Self:
        """Keep some of the users, ascending."""
        stops = np.zeros_like(self.histories.lengths)
        stops[rows] = self.histories.lengths[rows]
        return self.cut(stops)

    def numbered(self, items: Ids) -> Sequences:
        """Give the histories by the numbers of other items, 0 for one that is not there."""
        place = np.concatenate(([0], items.numbers(self.items.labels)))
        return self.histories._replace(values=place[self.histories.values].astype(np.int32))


def interactions_of(users: Any, items: Any, times: Any = None) -> Interactions:
    """Sort interactions by user and time; of equal times the row that stands first comes first.

    users, items : whole numbers or strings, one a row.
    times : numbers, which may be negative, or dates; None: rows stand in the order of time.

    A row whose user, item and time were there before is left out, and counted as `dropped`; the same item at another
    time is another event. Raises `DataError` or `DataTypeError` that names the row.
    """
    names, things = as_names(users, "user"), as_names(items, "item")
    when = None if times is None else as_times(times)
    for what, column in (("item", things), ("time", when)):
        if column is not None and len(column) != len(names):
            raise DataError(f"there are {len(names):,} users and {len(column):,} {what}s; give one of each a row")
    if not len(names):
        raise DataError("there are no interactions: 0 rows; check how they were read or selected")
    by_user, by_item = Ids.of(names, "user"), Ids.of(things, "item")
    user, item = by_user.numbers(names) - 1, by_item.numbers(things)
    order = np.lexsort((user,) if when is None else (when, user))
    dropped = 0
    if when is not None:
        kept = _first_ones(user, item, when)
        order, dropped = order[kept[order]], int(len(kept) - kept.sum())
    lengths = np.bincount(user[order], minlength=len(by_user))
    histories = Sequences.flat(item[order], lengths)
    return Interactions(by_user, by_item, histories, None if when is None else when[order], dropped)


def _first_ones(user: Array, item: Array, when: Array) -> Array:
    """Mark the rows that are not there before with the same user, item and time."""
    order = np.lexsort((item, when, user))
    same = np.ones(len(order), bool)
    for column in (user, item, when):
        sorted_ = column[order]
        same[1:] &= sorted_[1:] == sorted_[:-1]
    same[0] = False
    kept = np.empty(len(order), bool)
    kept[order] = ~same
    return kept


def as_times(values: Any) -> Array:
    """Read times: numbers as they are, dates as numbers of nanoseconds.

    >>> as_times(["2020-01-02", "2020-01-01T12:00"]).tolist()
    [1577923200000000000, 1577880000000000000]
    """
    column = np.asarray(values)
    if column.ndim != 1:
        raise DataError(f"time: a column has one axis, got shape {column.shape}; give one time a row")
    if column.dtype.kind in "OUS":
        column = _read_times(column)
    if column.dtype.kind == "M":
        if np.isnat(column).any():
            raise DataError(f"time is missing (NaT), first in row {int(np.isnat(column).argmax())}; drop such rows")
        return column.astype("datetime64[ns]").astype(np.int64)
    if column.dtype.kind not in "iuf":
        raise DataError(f"time must hold numbers or dates, got dtype {column.dtype}; convert it, or leave it out")
    if column.dtype.kind == "f" and not np.isfinite(column).all():
        row = int((~np.isfinite(column)).argmax())
        raise DataError(f"time must be finite, got {column[row]} in row {row}; drop such rows")
    return column


def _read_times(column: Array) -> Array:
    """Read texts: numbers, or dates as ISO 8601 writes them."""
    texts = [getattr(value, "isoformat", lambda value=value: value)() for value in column.tolist()]
    for row, text in enumerate(texts):
        if text is None or text != text or text == "":
            raise DataError(f"time is missing ({text!r}), first in row {row}; drop such rows")
    for read in (lambda: np.array(texts, np.int64), lambda: np.array(texts, np.float64)):
        try:
            return read()
        except (ValueError, TypeError, OverflowError):
            continue
    found = np.empty(len(texts), "datetime64[ns]")
    for row, text in enumerate(texts):
        try:
            found[row] = np.datetime64(str(text))
        except ValueError as error:
            raise DataError(
                f"time: {text!r} in row {row} is neither a number nor a date such as 2020-01-31 or 2020-01-31T12:00"
            ) from error
    return found
