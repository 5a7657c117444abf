"""Interactions, examined: rows that are there twice, times that say no order, users and items that stand out."""

from collections.abc import Mapping, Sequence
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from foveal.data.images.progress import Progress
from foveal.data.interactions.columns import NAMES
from foveal.data.interactions.ids import as_names
from foveal.data.interactions.interactions import as_times
from foveal.data.interactions.named_sets import movielens_100k
from foveal.data.interactions.reading import columns_of
from foveal.data.interactions.telling import NAMED_SETS
from foveal.doctor.findings import Finding, Suggestion, many
from foveal.doctor.grouping import same_digests
from foveal.doctor.subject import Look, Subject
from foveal.doctor.traits import DIGEST_BYTES, Traits, digest_of_text

Array = NDArray[Any]

#: A user has as many events as a machine from so many times the median on; histories of which twins are no chance.
MACHINE, LONG = 100.0, 5
#: Shares from which it is told: of events whose time their user has twice; of events that 1 % of the items take.
TIED, CROWDED = 0.1, 0.5


class RowNames(Sequence[str]):
    """Names of rows by their numbers, made when they are asked for.

    >>> RowNames(10)[3], len(RowNames(10))
    ('row 3', 10)
    """

    def __init__(self, count: int) -> None:
        self._count = count

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, row: int) -> str: ...
    @overload
    def __getitem__(self, row: slice) -> list[str]: ...
    def __getitem__(self, row: int | slice) -> str | list[str]:
        """Give one name, or several."""
        numbers = range(self._count)[row]
        return f"row {numbers}" if isinstance(numbers, int) else [f"row {number}" for number in numbers]


def subject_of_events(
    source: str, reading: Mapping[str, Any], progress: Progress
) -> tuple[Subject, list[Finding], dict[str, Array]]:
    """Read a table of interactions; give it as a subject, what was found, and its columns.

    Raises `DataError` for a cell that is no name or time, as the reader does that trains.
    """
    named = {name: reading.get(name) for name in NAMES}
    columns = columns_of(movielens_100k() if source in NAMED_SETS else source, named)
    columns = {name: np.asarray(column) for name, column in columns.items()}
    users, user = np.unique(as_names(columns["user"], "user"), return_inverse=True)
    items, item = np.unique(as_names(columns["item"], "item"), return_inverse=True)
    when = as_times(columns["time"]) if "time" in columns else None
    progress.say(f"{source}: {many(len(user), 'event')} of {many(len(users), 'user')} with {many(len(items), 'item')}")
    traits = Traits(len(user))
    traits.read[:] = True
    keys = np.stack([user, item, np.zeros(len(user), np.int64) if when is None else _as_integers(when)], axis=1)
    traits.digests[:] = np.ascontiguousarray(keys[:, :2].astype(np.int64)).view(np.uint8)  # of user and item
    subject = Subject(
        source=source,
        sort="interactions",
        names=RowNames(len(user)),
        part=None,
        y=None,
        classes=(),
        groups=None,
        traits=traits,
        look=lambda row: Look(text=", ".join(f"{name} {column[row]}" for name, column in columns.items())),
        facts={"events": f"{len(user):,}", "users": f"{len(users):,}", "items": f"{len(items):,}"},
    )
    found = [
        *_twice(keys, columns, timed=when is not None),
        *_untimed(user, when),
        *_users(user, item, users),
        *_items(item, items),
    ]
    return subject, found, columns


def _as_integers(when: Array) -> Array:
    """Give times as integers that are equal where the times are."""
    return when if when.dtype.kind in "iu" else np.asarray(when, np.float64).view(np.int64)


def _twice(keys: Array, columns: Mapping[str, Array], *, timed: bool) -> list[Finding]:
    raw = np.ascontiguousarray(keys.astype(np.int64)).view(np.uint8)
    groups = same_digests(raw, np.arange(len(keys)))
    if not groups:
        return []
    more = sum(len(group) - 1 for group in groups)
    drops = tuple(
        Suggestion(row, "keep" if place == 0 else "drop") for group in groups for place, row in enumerate(group)
    )
    what = "the same user, item and time" if timed else "the same user and item"
    found = [
        Finding(
            "exact-duplicates",
            "warning" if timed else "note",
            f"{many(more, 'row')} {'is' if more == 1 else 'are'} there before with {what}",
            "drop them; foveal train leaves them out" if timed else "drop them if nobody can have an item twice",
            tuple(groups),
            suggestions=drops,
        )
    ]
    values = columns.get("value")
    apart = [] if values is None else [group for group in groups if len(np.unique(values[list(group)].astype(str))) > 1]
    if apart:
        found.append(
            Finding(
                "exact-duplicates-with-different-labels",
                "error",
                f"{many(len(apart), 'group')} of rows with {what} have different values",
                "see which one counts, and drop the others",
                tuple(apart),
            )
        )
    return found


def _untimed(user: Array, when: Array | None) -> list[Finding]:
    """Find times that say no order."""
    if when is None:
        return [
            Finding("no-times", "note", "there is no column of times: rows are taken in their order", "give one, time=")
        ]
    order = np.lexsort((when, user))
    same = (np.diff(user[order]) == 0) & (np.diff(when[order]) == 0)
    tied = np.zeros(len(user), bool)
    tied[order[1:]] |= same
    tied[order[:-1]] |= same
    share = float(tied.mean())
    if share < TIED:
        return []
    return [
        Finding(
            "tied-times",
            "warning",
            f"{share:.0%} of the events have a time that their user has more than once: what came first is not known",
            "give finer times; what is recommended next is learnt from the order",
        )
    ]


def _users(user: Array, item: Array, users: Array) -> list[Finding]:
    held = np.bincount(user)
    found = []
    median = float(np.median(held))
    machines = np.flatnonzero(held >= max(MACHINE * median, MACHINE))
    if len(machines):
        names = ", ".join(f"{users[u]} ({held[u]:,})" for u in machines[np.argsort(-held[machines])][:5].tolist())
        found.append(
            Finding(
                "heavy-users",
                "warning",
                f"{many(len(machines), 'user')} {'has' if len(machines) == 1 else 'have'} {MACHINE:.0f} times as many "
                f"events as half of the users ({median:,.0f}): {names}",
                "see whether these are machines or shared accounts",
            )
        )
    short = int((held < 3).sum())
    if short:
        found.append(
            Finding(
                "short-histories",
                "note",
                f"{many(short, 'user')} of {len(held):,} {'has' if short == 1 else 'have'} fewer than 3 events",
                "they are learnt from, but neither validate nor test",
            )
        )
    twins = _twins(user, item, held)
    if twins:
        lines = [(", ".join(str(users[u]) for u in group[:8]), f"{held[group[0]]:,}") for group in twins[:100]]
        found.append(
            Finding(
                "same-histories",
                "warning",
                f"{many(len(twins), 'group')} of users have the same items in the same order, {LONG} or more",
                "see whether accounts were copied: one is learnt from while the other tests",
                table=(("users", "events"), *lines),
            )
        )
    return found


def _twins(user: Array, item: Array, held: Array) -> list[tuple[int, ...]]:
    """Give users with the same items, in the order of the rows."""
    order = np.argsort(user, kind="stable")
    ends = np.cumsum(held)
    sign = np.zeros((len(held), DIGEST_BYTES), np.uint8)
    for u, (end, count) in enumerate(zip(ends.tolist(), held.tolist(), strict=True)):
        its = item[order[end - count : end]]
        sign[u] = np.frombuffer(digest_of_text(its.astype(np.int64).tobytes().hex()), np.uint8)
    long = np.flatnonzero(held >= LONG)
    return same_digests(sign, long)


def _items(item: Array, items: Array) -> list[Finding]:
    held = np.bincount(item)
    once = int((held == 1).sum())
    found = []
    top = np.sort(held)[::-1][: max(1, len(held) // 100)].sum() / held.sum()
    if len(held) >= 100 and top >= CROWDED:
        first = ", ".join(str(items[i]) for i in np.argsort(-held)[:5].tolist())
        found.append(
            Finding(
                "imbalance",
                "warning",
                f"1 % of the items take {top:.0%} of the events ({first} ...)",
                "look at coverage and mean popularity beside hit rate: recommending these alone scores well",
            )
        )
    if once:
        found.append(
            Finding(
                "rare-items",
                "note",
                f"{many(once, 'item')} of {len(held):,} {'is' if once == 1 else 'are'} there once",
                "nothing can be learnt of them; leave rare ones out",
            )
        )
    return found
