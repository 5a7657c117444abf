"""Scores of points, from sums and from arrays, are the same numbers."""

import math

import numpy as np
import pytest
import torch

from foveal.tasks.points import POINTS
from foveal.train.heat_maps import heat_maps
from foveal.train.point_metrics import any_visible, distance, distances, pck, pck_of, point_tally

SIZES = (20, 40)
RNG = np.random.default_rng(0)
TRUTH = RNG.uniform(3, 15, (6, 3, 2))
FOUND = TRUTH + RNG.normal(0, 1.5, TRUTH.shape)
TRUTH[0, 1] = TRUTH[4] = np.nan
WEIGHT = np.array([1, 2, 0.5, 0, 3, 1])


def tally(rows, weight=None):
    maps = heat_maps(torch.from_numpy(FOUND[rows]), SIZES, 1.5)
    return point_tally(False, maps, torch.from_numpy(TRUTH[rows]), None if weight is None else torch.from_numpy(weight))


def test_sums_of_batches_give_the_scores_of_all():
    whole = tally(slice(0, 2)) + tally(slice(2, 6))
    off = np.sqrt(((FOUND - TRUTH) ** 2).sum(-1))
    known = off[~np.isnan(off)]
    assert len(known) == 14
    assert whole[0] == 6
    assert distance(whole) == pytest.approx(known.mean(), abs=1e-3)
    assert pck(whole) == pytest.approx((known <= 2).mean())
    assert 0 < pck(whole) < 1
    np.testing.assert_allclose(distances(FOUND, TRUTH), off)
    assert pck_of(off, SIZES) == pck(whole)
    assert POINTS.score(FOUND, TRUTH, None) == pytest.approx(-known.mean())


def test_weighted_rows():
    off = np.sqrt(((FOUND - TRUTH) ** 2).sum(-1))
    weights = np.broadcast_to(WEIGHT[:, None], off.shape)
    known = ~np.isnan(off)
    mean = (off[known] * weights[known]).sum() / weights[known].sum()
    whole = tally(slice(None), WEIGHT)
    assert whole[0] == WEIGHT.sum()
    assert distance(whole) == pytest.approx(mean, abs=1e-3)
    assert POINTS.score(FOUND, TRUTH, WEIGHT) == pytest.approx(-mean)


def test_where_no_point_is_visible_nothing_is_known():
    empty = tally(slice(4, 5))
    assert math.isnan(distance(empty))
    assert math.isnan(pck(empty))
    assert math.isnan(pck_of(distances(FOUND[4:5], TRUTH[4:5]), SIZES))
    assert math.isnan(POINTS.score(FOUND[4:5], TRUTH[4:5], None))
    targets = torch.from_numpy(TRUTH)
    assert any_visible(targets, None)
    assert not any_visible(targets[4:5], None)
    assert not any_visible(targets[3:5], torch.tensor([0.0, 1.0]))
