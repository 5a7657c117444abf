"""Scores from sums of batches, beside scikit-learn's of the whole."""

import numpy as np
import pytest
import torch
from sklearn.metrics import accuracy_score, r2_score

from foveal.train import metrics


@pytest.fixture(params=[None, 1])
def weight(request):
    return None if request.param is None else torch.from_numpy(np.random.default_rng(request.param).random(30))


def in_batches(tally, outputs, targets, weight):
    parts = [slice(0, 7), slice(7, 8), slice(8, 30)]
    return sum(tally(outputs[p], targets[p], None if weight is None else weight[p]) for p in parts)


@pytest.fixture
def rng():
    return torch.Generator().manual_seed(0)


def test_accuracy(weight, rng):
    outputs, targets = torch.randn(30, 4, generator=rng), torch.randint(4, (30,), generator=rng)
    got = metrics.share(in_batches(metrics.accuracy_tally, outputs, targets, weight))
    assert got == pytest.approx(accuracy_score(targets, outputs.argmax(1), sample_weight=weight))


def test_subset_accuracy(weight, rng):
    outputs, targets = torch.randn(30, 2, generator=rng), torch.randint(2, (30, 2), generator=rng)
    got = metrics.share(in_batches(metrics.subset_tally, outputs, targets, weight))
    assert got == pytest.approx(accuracy_score(targets, (outputs > 0).int(), sample_weight=weight))


@pytest.mark.parametrize("targets", [1, 3])
def test_r2(weight, rng, targets):
    y = torch.randn(30, targets, generator=rng, dtype=torch.float64)
    outputs = y + torch.randn(30, targets, generator=rng, dtype=torch.float64) / 2
    got = metrics.r2(in_batches(metrics.r2_tally, outputs, y, weight))
    assert got == pytest.approx(r2_score(y, outputs, sample_weight=weight))


def test_r2_of_targets_that_do_not_vary_is_nan():
    y = torch.full((5, 1), 3.0)
    assert np.isnan(metrics.r2(metrics.r2_tally(y + 1, y, None)))
