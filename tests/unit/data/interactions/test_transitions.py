"""What follows what, against a loop."""

import numpy as np

import foveal.data.interactions.transitions as module
from foveal.data.interactions.transitions import popularity, transitions
from foveal.data.sequences import Sequences

ROWS = [[1, 2, 1, 3], [2, 0, 3], [1], [3, 2, 1, 2, 3, 3]]


def by_hand(steps):
    table = np.zeros((5, 5))
    for row in ROWS:
        for t, first in enumerate(row):
            for d in range(1, steps + 1):
                if t + d < len(row) and first and row[t + d]:
                    table[first, row[t + d]] += 1 / d
    return table / np.maximum(popularity(Sequences.of(ROWS), 4), 1)[:, None]


def test_transitions_are_counted_whatever_the_portions(monkeypatch):
    for pairs in (2**22, 4):
        monkeypatch.setattr(module, "PAIRS", pairs)
        found = transitions(Sequences.of(ROWS), 4, 4, steps=3)
        table = np.zeros((5, 5))
        np.put_along_axis(table, found.items.astype(int), found.weights.astype(float), 1)
        table[:, 0] = 0
        np.testing.assert_allclose(table, by_hand(3), rtol=1e-6)


def test_the_largest_are_kept_of_equals_the_lower_numbers():
    found = transitions(Sequences.of([[1, 2], [1, 3], [1, 4], [1, 4]]), 4, 2)
    assert found.items[1].tolist() == [4, 2]
    assert found.items.shape == (5, 2)
    assert found.items[4].tolist() == [0, 0]
