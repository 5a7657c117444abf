"""What is asked of a model: unknown items, last items that were there before, users of one event."""

import pytest

from foveal.core.errors import DataError
from foveal.data.interactions.asking import (
    all_known,
    asked_of,
    histories_given,
    known_only,
    rows_to_validate,
    used_items,
)
from foveal.data.interactions.ids import Ids
from foveal.data.interactions.interactions import interactions_of

MADE = interactions_of([1, 1, 1, 2, 3, 3, 3, 4, 4], [10, 20, 30, 10, 10, 20, 10, 99, 20])
ITEMS = Ids(MADE.items.labels[:3])  # 10, 20, 30: 99 is unknown


def test_users_of_one_event_and_items_had_before_are_not_asked():
    histories, targets = asked_of(MADE, ITEMS)
    assert [histories.row(n).tolist() for n in range(2)] == [[1, 2], []]  # user 4 has had what is unknown
    assert targets.tolist() == [3, 2]


def test_what_is_unknown_as_a_target_has_the_number_0():
    _, targets = asked_of(interactions_of([1, 1], [10, 99]), ITEMS)
    assert targets.tolist() == [0]
    with pytest.warns(UserWarning, match="1 histories to validate on end in an item that does not train"):
        rows, firsts = rows_to_validate(interactions_of([1, 1, 2, 2], [10, 99, 10, 20]), ITEMS, 5)
    assert rows.rows.row(0).tolist() == [1, 2]
    assert firsts.tolist() == [1]


def test_nobody_to_ask():
    histories, targets = asked_of(interactions_of([1, 2], [10, 20]), ITEMS)
    assert len(histories.lengths) == len(targets) == 0
    assert rows_to_validate(interactions_of([1, 2], [10, 20]), ITEMS, 5) is None


def test_new_items_are_refused_in_histories():
    with pytest.raises(DataError, match="item 99 is not among the 3 that fit has seen"):
        histories_given([[10], [20, 99]], ITEMS)
    with pytest.raises(DataError, match="item 99 is not among"):
        all_known(MADE, ITEMS)
    assert histories_given([[], []], ITEMS).lengths.tolist() == [0, 0]


def test_only_what_is_used_or_known_is_left():
    assert used_items(MADE.chosen([1])).labels.tolist() == [10]
    some = interactions_of([1, 2, 2], [10, 10, 99])
    numbered = known_only(some.__class__(some.users, ITEMS, some.numbered(ITEMS)))
    assert numbered.histories.lengths.tolist() == [1, 1]
