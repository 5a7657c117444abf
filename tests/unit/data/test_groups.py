"""Which groups are held out: whole ones, about as many rows as asked for, of every class."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from foveal.core.errors import DataError
from foveal.data.groups import joined, split_groups


@settings(deadline=None, max_examples=40)
@given(st.lists(st.integers(1, 20), min_size=2, max_size=30), st.floats(0.01, 0.99), st.sampled_from([None, 0, 7]))
def test_no_group_is_on_both_sides_and_both_sides_have_rows(sizes, share, seed):
    groups = np.repeat(np.arange(len(sizes)), sizes)
    train, valid = split_groups(groups, share, seed)
    assert sorted([*train, *valid]) == list(range(len(groups)))
    assert not set(groups[train]) & set(groups[valid])
    assert len(train)
    assert len(valid)
    assert valid.tolist() == split_groups(groups, share, seed)[1].tolist()


@pytest.mark.parametrize("seed", [None, 0, 1])
@pytest.mark.parametrize("classes", [None, np.arange(600) % 3], ids=["values", "classes"])
@pytest.mark.parametrize("share", [0.05, 0.1, 0.25, 0.3, 0.4, 0.5, 0.6, 0.75, 0.9])
def test_the_held_out_share_is_the_one_asked_for(share, classes, seed):
    groups = np.arange(600) // 12
    _, valid = split_groups(groups, share, seed, classes)
    assert len(valid) / 600 == pytest.approx(share, abs=0.0101)


@pytest.mark.parametrize("share", [0.1, 0.3, 0.5, 0.8])
def test_groups_of_any_size_come_near_too(share):
    sizes = np.random.default_rng(0).integers(1, 60, size=40)
    groups = np.repeat(np.arange(40), sizes)
    for seed in range(5):
        assert len(split_groups(groups, share, seed)[1]) / len(groups) == pytest.approx(share, abs=0.011)


def test_one_large_group_stays_in_training():
    _, valid = split_groups(np.repeat([0, 1, 2], [98, 1, 1]), 0.1, None)
    assert valid.tolist() == [98, 99]


def test_classes_are_held_out_in_equal_proportion():
    groups, classes = np.arange(400) // 4, np.arange(400) // 100
    _, valid = split_groups(groups, 0.4, 3, classes)
    assert np.bincount(classes[valid]).tolist() == [40, 40, 40, 40]


def test_classes_with_fewer_rows_than_folds():
    train, valid = split_groups(np.arange(12), 0.1, 0, np.arange(12) // 2)
    assert len(valid) == 1
    assert set(train // 2) == set(range(6))


def test_the_side_is_chosen_so_that_every_class_keeps_training_rows():
    groups, classes = np.arange(40) // 4, (np.arange(40) < 4).astype(int)
    for seed in range(5):
        train, _ = split_groups(groups, 0.3, seed, classes)
        assert set(classes[train]) == {0, 1}


def test_a_class_that_cannot_keep_a_training_row_is_named():
    groups, classes = np.arange(60) // 30, np.arange(60) // 30
    words = "give it more groups, a smaller valid_size, or validation"
    with pytest.raises(DataError, match=f"class 'low' has all its rows in groups that are held out; {words}"):
        split_groups(groups, 0.5, None, classes, ["low", "top"])
    with pytest.raises(DataError, match="class number 0 has all its rows in groups"):
        split_groups(groups, 0.5, None, classes)


def test_every_row_its_own_class():
    with pytest.raises(DataError, match="has all its rows in groups that are held out"):
        split_groups(np.arange(6), 0.5, None, np.arange(6))


def test_groupings_are_brought_together():
    first, second = np.array([0, 0, 1, 2, 3, 4]), np.array(["a", "b", "b", "c", "d", "c"])
    assert joined(first, second).tolist() == [0, 0, 0, 1, 2, 1]
    assert joined(np.arange(4), np.arange(4)).tolist() == [0, 1, 2, 3]
    assert joined(np.arange(4), np.zeros(4)).tolist() == [0, 0, 0, 0]
