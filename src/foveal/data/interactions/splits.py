"""Which interactions train, validate and test; whoever scores a model asks for the last one of each user.

A model learns from `train`. `valid` and `test` hold histories whose last item is asked for, and what came before it is
all that the model is shown.
"""

from typing import NamedTuple

import numpy as np

from foveal.core.errors import DataError
from foveal.core.randomness import hashed
from foveal.core.rules import check, number
from foveal.data.interactions.interactions import Interactions
from foveal.data.source import Array


class Split(NamedTuple):
    """Interactions to learn from, and histories whose last item validates and tests."""

    train: Interactions
    valid: Interactions
    test: Interactions


def leave_last_out(interactions: Interactions) -> Split:
    """Let each user's last item test, the second-last validate, and all before them train.

    Users of one or two events train with the first of them, and are not asked. `valid` is without the last item: what
    validates is chosen without a look at the test. What others did later trains, which time would not allow;
    `split_by_time` is the split without that.

    >>> from foveal.data.interactions.interactions import interactions_of
    >>> split = leave_last_out(interactions_of(["a"] * 4 + ["b"], [1, 2, 3, 4, 1]))
    >>> [len(part) for part in split], len(split.test.users)
    ([3, 3, 4], 1)
    """
    lengths = interactions.histories.lengths
    asked = lengths >= 3
    if not asked.any():
        raise DataError("no user has three events, so nothing can be held out; give longer histories")
    train = np.where(asked, lengths - 2, np.minimum(lengths, 1))
    valid, test = (np.where(asked, lengths - left, 0) for left in (1, 0))
    return Split(*map(interactions.cut, (train, valid, test)))


def split_by_time(interactions: Interactions, *, valid_size: float = 0.1, test_size: float = 0.1) -> Split:
    """Cut all histories at two moments: nothing that trains is later than what validates, nor that than what tests.

    The moments are those before which shares of 1 - `valid_size` - `test_size` and 1 - `test_size` of all interactions
    lie. Asked for is each user's first item from a moment on, given all before it of his; users without one before the
    moment, or none from it on, are not asked. Items that nobody had before the moment can be asked for, and not be
    recommended.

    >>> from foveal.data.interactions.interactions import interactions_of
    >>> split = split_by_time(interactions_of([1] * 10, list(range(10)), list(range(10))))
    >>> [len(part) for part in split]
    [8, 9, 10]
    """
    for name, value in (("valid_size", valid_size), ("test_size", test_size)):
        check(name, value, number(0, 1, low_open=True, high_open=True))
    if valid_size + test_size >= 1:
        raise DataError(f"valid_size={valid_size} and test_size={test_size} leave nothing to train; use less than 1")
    times = interactions.times
    if times is None:
        raise DataError("there are no times to split by; give a column of them, or use leave_last_out")
    sorted_ = np.sort(times)
    moments = [
        sorted_[min(len(sorted_) - 1, round(len(sorted_) * share))]
        for share in (1 - valid_size - test_size, 1 - test_size)
    ]
    before = [_before(interactions, times < moment) for moment in moments]
    lengths = interactions.histories.lengths
    asked = [np.where((done > 0) & (done < lengths), done + 1, 0) for done in before]
    asked[0] = np.where(asked[0] <= before[1], asked[0], 0)  # what validates is before the second moment
    for what, stops in zip(("validate", "test"), asked, strict=True):
        if not stops.any():
            raise DataError(f"nobody has events before and after the moment to {what} at; use other shares")
    return Split(*map(interactions.cut, (before[0], *asked)))


def _before(interactions: Interactions, marked: Array) -> Array:
    """Count what is marked of each user; times rise in a history, so those come first."""
    owner = np.repeat(np.arange(len(interactions.users)), interactions.histories.lengths)
    return np.bincount(owner[marked], minlength=len(interactions.users))


def held_back(interactions: Interactions, valid_size: float) -> tuple[Interactions, Interactions | None]:
    """Hold the last item of a share of the users back: give what trains, and histories whose last item validates.

    Who it is depends on the users' places alone, so that the same data are split alike in every run.
    """
    lengths = interactions.histories.lengths
    able = np.flatnonzero(lengths >= 3)
    drawn = able[np.argsort(hashed(able, seed=0), kind="stable")][: round(len(able) * valid_size)]
    if not len(drawn):
        return interactions, None
    stops = lengths.copy()
    stops[drawn] -= 1
    return interactions.cut(stops), interactions.chosen(np.sort(drawn))
