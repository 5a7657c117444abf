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


@pytest.mark.parametrize("constant", [0.0, 3.0, 0.1, 1e6])
def test_r2_of_targets_that_do_not_vary_is_scikit_learns(weight, rng, constant):
    y = torch.randn(30, 3, generator=rng, dtype=torch.float64)
    y[:, 1] = constant
    for off in (0.0, 1.0):
        outputs = y + torch.tensor([0.1, off, 0.2])
        got = metrics.r2(in_batches(metrics.r2_tally, outputs, y, weight))
        alone = [metrics.r2(in_batches(metrics.r2_tally, outputs[:, [k]], y[:, [k]], weight)) for k in range(3)]
        assert alone[1] == float(off == 0)
        assert got == pytest.approx(np.mean(alone))


def test_one_row_counts_one_where_it_is_met_else_nothing():
    y = torch.tensor([[2.0, 3.0]])
    assert metrics.r2(metrics.r2_tally(y, y, None)) == 1.0
    assert metrics.r2(metrics.r2_tally(y + torch.tensor([0, 1]), y, None)) == 0.5
