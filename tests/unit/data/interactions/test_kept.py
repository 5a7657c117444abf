"""What a model keeps of interactions, as out of a crafted file."""

import numpy as np
import pytest

from foveal.data.interactions.interactions import interactions_of
from foveal.data.interactions.kept import check_kept, histories_in, items_in, kept_of, without_histories

MADE = interactions_of(["u", "v", "u"], [5, 6, 6], [1, 2, 3])
KEPT = kept_of(MADE, np.array([0, 1, 2]))


def test_it_comes_back():
    check_kept(KEPT, 2)
    users, histories = histories_in(KEPT)
    assert users.labels.tolist() == ["u", "v"]
    assert histories.row(0).tolist() == [1, 2]
    assert items_in(KEPT).labels.tolist() == [5, 6]


def test_without_histories_nobody_is_named():
    left = without_histories(KEPT)
    assert set(left) == {"items", "popularity"}
    check_kept(left, 2)
    assert histories_in(left) is None


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"strange": np.zeros(1)}, "keeps no 'strange'"),
        ({"items": None}, "items is missing"),
        ({"popularity": np.array([0, 1])}, "must be 3 counts"),
        ({"popularity": np.array([0, 1, -1])}, "must be 3 counts"),
        ({"items": np.array([5, 6, 7])}, "names of 3 items, and the network knows 2"),
        ({"history_lengths": None}, "is .* alone"),
        ({"history_lengths": np.array([2, 2])}, "do not add up"),
        ({"history_lengths": np.array([2**62, 2**62])}, "do not add up"),
        ({"history_values": np.array([1, 2, 3], np.int32)}, "items that are not there"),
        ({"history_values": np.array([1.0, 2.0, 2.0])}, "whole numbers"),
    ],
)
def test_what_does_not_fit_is_refused(change, message):
    kept = {name: array for name, array in (KEPT | change).items() if array is not None}
    with pytest.raises(ValueError, match=message):
        check_kept(kept, 2)
