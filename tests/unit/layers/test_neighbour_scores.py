"""The sequential neighbours as a feature: against counts by hand, and without what a history itself has added."""

import numpy as np
import pytest
import torch

import foveal.layers.neighbour_scores as module
from foveal.data.interactions.transitions import popularity, transitions
from foveal.data.sequences import Sequences
from foveal.layers.neighbour_scores import NeighbourScores

ROWS = [[1, 2, 3, 4, 5], [2, 3, 1, 6], [4, 1], [5, 6, 2, 1, 3, 4]]


def filled(rows, n_items=6, most=6, steps=3):
    layer = NeighbourScores(n_items, most, steps=steps)
    whole = Sequences.of(rows)
    found = transitions(whole, n_items, most, steps=steps)
    counts = torch.from_numpy(popularity(whole, n_items)).float()
    layer.fill(torch.from_numpy(found.items), torch.from_numpy(found.weights), counts)
    return layer


def by_hand(rows, history, n_items=6, steps=3, divide_by=None):
    """Give K of every item after a history, from transitions in `rows`, divided by counts in `divide_by`."""
    counts = popularity(Sequences.of(divide_by or rows), n_items)
    scores = np.zeros(n_items + 1)
    for row in rows:
        for t, first in enumerate(row):
            for d in range(1, steps + 1):
                if t + d < len(row):
                    for back in range(1, min(steps, len(history)) + 1):
                        if history[-back] == first:
                            scores[row[t + d]] += 1 / d / back / counts[first]
    return np.log1p(scores / 0.01)


@pytest.mark.parametrize("dense", [4096, 0])
def test_scores_are_those_by_hand(dense, monkeypatch):
    monkeypatch.setattr(module, "DENSE", dense)
    layer = filled(ROWS)
    items, mask = (
        torch.from_numpy(part)
        for part in (Sequences.of(ROWS).padded(np.arange(4)), Sequences.of(ROWS).there(np.arange(4)))
    )
    row, place = torch.tensor([0, 0, 3]), torch.tensor([0, 4, 2])
    found = layer(items, mask, row, place, layer.table())
    wanted = [by_hand(ROWS, ROWS[r][: p + 1]) for r, p in ((0, 0), (0, 4), (3, 2))]
    np.testing.assert_allclose(found.numpy(), wanted, rtol=1e-5)


def test_a_history_of_the_training_does_not_see_itself():
    layer = filled(ROWS)
    items, mask = (
        torch.from_numpy(part)
        for part in (Sequences.of(ROWS).padded(np.arange(4)), Sequences.of(ROWS).there(np.arange(4)))
    )
    row, place = torch.tensor([0, 0, 0, 3]), torch.tensor([0, 1, 2, 3])
    found = layer(items, mask, row, place, layer.table(), own=True)
    for got, (r, p) in zip(found.numpy(), ((0, 0), (0, 1), (0, 2), (3, 3)), strict=True):
        others = [other for number, other in enumerate(ROWS) if number != r]
        wanted = by_hand(others, ROWS[r][: p + 1], divide_by=ROWS)
        for item in ROWS[r][p + 1 :]:  # targets, now and later
            assert got[item] == pytest.approx(wanted[item], abs=1e-4)


def test_only_the_largest_entries_are_kept():
    layer = filled(ROWS, most=1)
    assert layer.items.shape == (7, 1)
    assert layer.items[1, 0] == transitions(Sequences.of(ROWS), 6, 6, steps=3).items[1, 0]
