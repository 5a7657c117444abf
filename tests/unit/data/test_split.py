"""Which rows are held out."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from foveal.data.split import split_rows

sizes = st.lists(st.integers(1, 30), min_size=1, max_size=6)
shares = st.floats(0, 0.99)


@given(sizes, shares, st.integers(0, 5))
def test_every_row_is_in_one_part_and_every_class_keeps_a_training_row(counts, share, seed):
    classes = np.repeat(np.arange(len(counts)), counts)
    train, valid = split_rows(len(classes), share, np.random.default_rng(seed), classes)
    assert sorted([*train, *valid]) == list(range(len(classes)))
    assert set(classes[train]) == set(classes)
    for number, count in enumerate(counts):
        assert (classes[valid] == number).sum() == min(round(count * share), count - 1)


@given(st.integers(1, 50), shares)
def test_without_classes_the_share_is_rounded(n, share):
    train, valid = split_rows(n, share, np.random.default_rng(0))
    assert len(valid) == min(round(n * share), n - 1)
    assert len(train) + len(valid) == n


def test_without_shuffling_the_last_rows_of_each_class_are_held_out():
    classes = np.array([0, 1, 0, 1, 0, 1, 0, 1])
    _, valid = split_rows(8, 0.5, None, classes)
    assert valid.tolist() == [4, 5, 6, 7]


def test_the_split_follows_the_seed():
    first = split_rows(100, 0.3, np.random.default_rng(1))[1]
    assert first.tolist() == split_rows(100, 0.3, np.random.default_rng(1))[1].tolist()
    assert first.tolist() != split_rows(100, 0.3, np.random.default_rng(2))[1].tolist()


@pytest.mark.parametrize("share", [0, 0.01])
def test_nothing_is_held_out_where_nothing_can_be(share):
    assert len(split_rows(10, share, None)[1]) == 0
