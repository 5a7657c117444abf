"""Counted recommenders, by hand values and against each other."""

import numpy as np
import pytest

from foveal.compare.recommendation_baselines import (
    BASELINES,
    item_neighbours,
    recent_item_neighbours,
    sequential_neighbours,
)
from foveal.data.sequences import Sequences

TRAIN = Sequences.of([[1, 2, 3], [1, 2], [3, 1, 4], [4, 4]])


def test_cosines_between_the_users_of_items():
    found = item_neighbours(TRAIN, 4)(Sequences.of([[2, 3]]))[0]
    users = {1: {0, 1, 2}, 2: {0, 1}, 3: {0, 2}, 4: {2, 3}}
    for item in range(1, 5):
        wanted = sum(
            len(users[item] & users[had]) / np.sqrt(len(users[item]) * len(users[had])) for had in (2, 3) if had != item
        )
        assert found[item - 1] == pytest.approx(wanted)


def test_the_last_items_count_more():
    both = recent_item_neighbours(TRAIN, 4)(Sequences.of([[2, 3], [3, 2]]))
    alone = item_neighbours(TRAIN, 4)(Sequences.of([[2], [3]]))
    np.testing.assert_allclose(both[0], alone[0] / 2 + alone[1])
    np.testing.assert_allclose(both[1], alone[0] + alone[1] / 2)


def test_what_followed_counts_by_both_distances():
    found = sequential_neighbours(TRAIN, 4)(Sequences.of([[1, 3]]))[0]
    # after 1: 2 (1 + 1), 3 (1/2), 4 (1), of 3 times; after 3: 1 (1), 4 (1/2), of 2 times
    np.testing.assert_allclose(found, [1 / 2, 2 / 3 / 2, 1 / 6 / 2, 1 / 3 / 2 + 1 / 4], rtol=1e-6)


@pytest.mark.parametrize("name", BASELINES)
def test_a_history_without_items_has_scores(name):
    assert np.isfinite(BASELINES[name](TRAIN, 4)(Sequences.of([[], [1]]))).all()
