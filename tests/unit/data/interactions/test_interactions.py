"""Interactions in the order of time, whatever order they come in."""

import numpy as np
import pytest

from foveal.core.errors import DataError
from foveal.data.interactions.interactions import as_times, interactions_of


def histories(made):
    return {
        user: made.items.named(made.histories.row(number)).tolist()
        for number, user in enumerate(made.users.labels.tolist())
    }


def test_unsorted_equal_and_negative_times():
    made = interactions_of([1, 2, 1, 1, 2], ["a", "b", "c", "d", "e"], [5, -1, -7, 5, -1])
    assert histories(made) == {1: ["c", "a", "d"], 2: ["b", "e"]}  # of equal times the first row comes first
    assert made.times.tolist() == [-7, 5, 5, -1, -1]
    assert repr(made) == "Interactions(5 of 2 users with 5 items)"


def test_duplicates_are_left_out_and_counted_and_another_time_is_another_event():
    made = interactions_of([1] * 4, [7, 7, 7, 8], [3, 3, 4, 4])
    assert made.dropped == 1
    assert histories(made) == {1: [7, 7, 8]}
    assert interactions_of([1, 1], [7, 7]).dropped == 0  # without times each row is an event


def test_order_of_rows_is_the_time_where_there_is_none():
    made = interactions_of(["b", "a", "b"], [3, 2, 1])
    assert histories(made) == {"a": [2], "b": [3, 1]}
    assert made.times is None


def test_a_part_of_each_history():
    made = interactions_of([1, 1, 2, 3], [4, 5, 6, 7], [0, 1, 2, 3])
    some = made.cut(np.array([1, 0, 1]))
    assert histories(some) == {1: [4], 3: [7]}
    assert some.times.tolist() == [0, 3]
    assert histories(made.chosen(np.array([1]))) == {2: [6]}


@pytest.mark.parametrize(
    ("times", "message"),
    [
        ([1.0, np.nan], r"must be finite, got nan in row 1"),
        (["2020-01-01", "yesterday"], r"'yesterday' in row 1 is neither a number nor a date"),
        (["2020-01-01", ""], r"time is missing \(''\), first in row 1"),
        (np.array(["2020-01-01", "NaT"], "datetime64[s]"), r"time is missing \(NaT\), first in row 1"),
        ([True, False], "must hold numbers or dates, got dtype bool"),
        ([[1, 2]], r"one axis, got shape \(1, 2\)"),
    ],
)
def test_what_is_no_time_is_told(times, message):
    with pytest.raises(DataError, match=message):
        as_times(times)


def test_columns_of_different_length_and_none_at_all():
    with pytest.raises(DataError, match="2 users and 1 items"):
        interactions_of([1, 2], [1])
    with pytest.raises(DataError, match="0 rows"):
        interactions_of([], [])
