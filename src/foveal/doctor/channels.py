r"""Channels and columns that are constant, and those that drift: between parts of a split, or along the rows' order.

Of each row its mean and its deviation of each channel are one number each. Between two parts, these numbers are held
against each other by

    D = max over v of |F(v) - F'(v)|          the two-sample statistic of Kolmogorov and Smirnov
    d = |mean - mean'| / deviation            the standardised difference, of all rows' deviation

A drift is told where d >= `DIFFERENCE` and p of D is below `CHANCE` divided by the number of comparisons (Bonferroni):
with many rows the smallest difference is no chance, and matters as little. Along the order the first half of the rows
is held against the second, each class less its mean, as files often lie class by class.
"""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from foveal.doctor.findings import Finding, Suggestion, many
from foveal.doctor.subject import Subject

Array = NDArray[Any]

DIFFERENCE, CHANCE = 0.3, 0.001
#: Rows of which a comparison means anything, and channels that are compared.
LEAST_ROWS, MOST_CHANNELS = 20, 64
#: A channel or row is constant whose deviation is below this share of its largest value.
_NOTHING = 1e-6


class Drift(NamedTuple):
    """How far a channel's means or deviations lie apart."""

    channel: int
    what: str
    difference: float
    distance: float
    p: float


def channels(subject: Subject) -> list[Finding]:
    """Find constant channels, blank rows and drift."""
    good = subject.good()
    if not subject.traits.means.shape[1] or not len(good):
        return []
    return [*_constant(subject, good), *_blank(subject, good), *_between(subject, good), *_along(subject, good)]


def _constant(subject: Subject, good: Array) -> list[Finding]:
    means, deviations = subject.traits.means[good], subject.traits.deviations[good]
    level = np.maximum(np.abs(means).max(axis=0), 1e-30)
    flat = np.flatnonzero((deviations.max(axis=0) <= _NOTHING * level) & (np.ptp(means, axis=0) <= _NOTHING * level))
    found = []
    if len(flat) and len(good) > 1:
        names = ", ".join(_name(subject, c) for c in flat[:8].tolist()) + (" ..." if len(flat) > 8 else "")
        one = len(flat) == 1
        found.append(
            Finding(
                "constant-channels",
                "warning",
                f"{many(len(flat), 'channel')} of {means.shape[1]:,} {'is' if one else 'are'} the same in all rows: "
                f"{names}",
                "leave them out: nothing can be learnt from them",
                table=(("channel", "value"), *((_name(subject, c), f"{means[0, c]:.6g}") for c in flat.tolist())),
            )
        )
    return found


def _blank(subject: Subject, good: Array) -> list[Finding]:
    """Find rows without any difference within them, where most rows have some."""
    traits = subject.traits
    level = np.maximum(np.abs(traits.means[good]).max(axis=1), 1e-30)
    blank = good[traits.deviations[good].max(axis=1) <= _NOTHING * level]
    if not len(blank) or len(blank) > len(good) / 2:
        return []
    return [
        Finding(
            "blank",
            "warning",
            f"{many(len(blank), 'row')} {'is' if len(blank) == 1 else 'are'} of one colour or value",
            "drop them, unless nothing to see is what their class means",
            tuple((row,) for row in blank.tolist()),
            suggestions=tuple(Suggestion(row, "drop") for row in blank.tolist()),
        )
    ]


def _between(subject: Subject, good: Array) -> list[Finding]:
    found = []
    rows = {part: good[subject.part[good] == part] for part in subject.parts()} if subject.part is not None else {}
    for part in list(rows)[1:]:
        drifts = drifting(subject, rows["train"], rows[part], lambda values: values) if "train" in rows else []
        if drifts:
            found.append(
                Finding(
                    "drift-between-parts",
                    "warning",
                    f"{part} differs from train in {_first(subject, drifts)}",
                    "see whether both come from the same place (camera, scanner, year); if so, deal the rows anew",
                    table=_table(subject, drifts),
                )
            )
    return found


def _along(subject: Subject, good: Array) -> list[Finding]:
    """Hold the first half against the second, of the rows to learn from, each class less its mean."""
    rows = good if subject.part is None else good[subject.part[good] == "train"]
    y = None if subject.y is None else subject.y
    if y is not None and len(np.unique(y[rows])) > len(rows) / 4:
        return []
    first, second = _halves(rows, y)

    def within(values: Array) -> Array:
        if y is None:
            return values
        count = np.maximum(np.bincount(y, minlength=len(subject.classes)), 1)
        centre = np.bincount(y, values, minlength=len(subject.classes)) / count
        return np.asarray(values - centre[y])

    drifts = drifting(subject, first, second, within)
    if not drifts:
        return []
    return [
        Finding(
            "drift-along-order",
            "note",
            f"the later rows differ from the earlier ones in {_first(subject, drifts)}",
            "if rows are in the order of time, test on the last ones, not on ones drawn by chance",
            table=_table(subject, drifts),
        )
    ]


def _halves(rows: Array, y: Array | None) -> tuple[Array, Array]:
    """Give the first and the second half of the rows of each class."""
    if y is None:
        return rows[: len(rows) // 2], rows[len(rows) // 2 :]
    late = np.zeros(len(rows), bool)
    for number in np.unique(y[rows]).tolist():
        its = np.flatnonzero(y[rows] == number)
        late[its[len(its) // 2 :]] = True
    return rows[~late], rows[late]


def drifting(subject: Subject, one: Array, other: Array, within: Callable[[Array], Array]) -> list[Drift]:
    """Give the channels whose numbers differ between rows, the farthest first."""
    from scipy.stats import ks_2samp

    if min(len(one), len(other)) < LEAST_ROWS:
        return []
    columns = list(_columns(subject))
    found = []
    for channel, what, raw in columns:
        values = within(raw.astype(np.float64))
        deviation = values[np.concatenate([one, other])].std()
        if deviation <= _NOTHING * max(float(np.abs(raw).max()), 1e-30):
            continue
        difference = abs(values[one].mean() - values[other].mean()) / deviation
        if difference < DIFFERENCE:
            continue
        distance, p = ks_2samp(values[one], values[other])
        if p < CHANCE / len(columns):
            found.append(Drift(channel, what, float(difference), float(distance), float(p)))
    return sorted(found, key=lambda drift: -drift.difference)


def _columns(subject: Subject) -> Iterator[tuple[int, str, Array]]:
    for what, values in (("mean", subject.traits.means), ("deviation", subject.traits.deviations)):
        for channel in range(min(MOST_CHANNELS, values.shape[1])):
            yield channel, what, values[:, channel]


def _name(subject: Subject, channel: int) -> str:
    """Say what a channel is called.

    >>> from types import SimpleNamespace
    >>> _name(SimpleNamespace(channels=("red",)), 0), _name(SimpleNamespace(channels=()), 2)
    ('red', 'channel 2')
    """
    return subject.channels[channel] if channel < len(subject.channels) else f"channel {channel}"


def _first(subject: Subject, drifts: list[Drift]) -> str:
    worst = drifts[0]
    more = f", and in {len(drifts) - 1} more" if len(drifts) > 1 else ""
    return (
        f"the {worst.what} of {_name(subject, worst.channel)} by {worst.difference:.2f} of its deviation "
        f"(Kolmogorov and Smirnov's D {worst.distance:.2f}){more}"
    )


def _table(subject: Subject, drifts: list[Drift]) -> tuple[tuple[str, ...], ...]:
    lines = (
        (_name(subject, d.channel), d.what, f"{d.difference:.2f}", f"{d.distance:.2f}", f"{d.p:.1e}") for d in drifts
    )
    return (("channel", "of each row", "difference / deviation", "D", "p"), *lines)
