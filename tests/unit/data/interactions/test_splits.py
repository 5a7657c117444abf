"""Splits without leakage."""

import numpy as np
import pytest

from foveal.core.errors import DataError, ParameterError
from foveal.data.interactions.interactions import interactions_of
from foveal.data.interactions.splits import held_back, leave_last_out, split_by_time

RNG = np.random.default_rng(0)
MANY = interactions_of(RNG.integers(0, 30, 600), RNG.integers(0, 50, 600), RNG.normal(size=600))


def rows(made):
    return {user: made.histories.row(number).tolist() for number, user in enumerate(made.users.labels.tolist())}


def test_the_last_one_tests_and_the_one_before_it_validates():
    split = leave_last_out(MANY)
    train, valid, test = map(rows, split)
    for user, history in rows(MANY).items():
        assert train[user] == history[:-2]
        assert valid[user] == history[:-1]
        assert test[user] == history


def test_users_of_few_events_train_with_the_first_and_are_not_asked():
    split = leave_last_out(interactions_of([1, 2, 2, 3, 3, 3], [1, 2, 3, 4, 5, 6]))
    assert [rows(part) for part in split] == [{1: [1], 2: [2], 3: [4]}, {3: [4, 5]}, {3: [4, 5, 6]}]
    with pytest.raises(DataError, match="no user has three events"):
        leave_last_out(interactions_of([1, 2], [1, 2]))


def test_by_time_nothing_that_trains_is_later_than_what_is_asked():
    split = split_by_time(MANY, valid_size=0.2, test_size=0.1)
    ends = split.valid.histories.starts + split.valid.histories.lengths - 1
    asked = split.valid.times[ends]
    tested = split.test.times[split.test.histories.starts + split.test.histories.lengths - 1]
    assert split.train.times.max() < asked.min()
    assert asked.max() < tested.min()
    whole = rows(MANY)
    for part in split:
        for user, history in rows(part).items():
            assert whole[user][: len(history)] == history  # what came before, and nothing else


@pytest.mark.parametrize(
    ("how", "error", "message"),
    [
        ({"valid_size": 0.5, "test_size": 0.5}, DataError, "leave nothing to train"),
        ({"valid_size": 2}, ParameterError, "valid_size must be"),
    ],
)
def test_shares_that_make_no_sense(how, error, message):
    with pytest.raises(error, match=message):
        split_by_time(MANY, **how)


def test_by_time_needs_times_and_events_on_both_sides():
    with pytest.raises(DataError, match="no times to split by"):
        split_by_time(interactions_of([1, 1], [1, 2]))
    with pytest.raises(DataError, match="nobody has events before and after"):
        split_by_time(interactions_of([1, 2], [1, 2], [0, 0]))


def test_a_share_of_the_users_is_held_back_always_the_same():
    train, last = held_back(MANY, 0.2)
    assert len(last.users) == 6
    assert len(train) == len(MANY) - 6
    assert rows(held_back(MANY, 0.2)[1]) == rows(last)
    assert held_back(MANY, 0)[1] is None
