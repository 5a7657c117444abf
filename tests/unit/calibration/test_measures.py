import numpy as np
import pytest
from sklearn.metrics import log_loss

from foveal.calibration.measures import BINS, answers, bins_of, log_losses, reliability


def test_the_log_loss_is_scikit_learns():
    rng = np.random.default_rng(0)
    p, y = rng.dirichlet(np.ones(4), 50), rng.integers(4, size=50)
    assert log_losses(p, y).mean() == pytest.approx(log_loss(y, p, labels=range(4)))


def test_of_labels_it_is_the_sum_over_them():
    p, y = np.array([[0.9, 0.2]]), np.array([[1, 0]])
    assert log_losses(p, y)[0] == pytest.approx(-np.log(0.9) - np.log(0.8))


def test_a_probability_of_0_is_a_finite_loss():
    assert 80 < log_losses(np.array([[0.0, 1.0]]), np.array([0]))[0] < 100


def test_bins_hold_equally_many():
    counts = np.bincount(bins_of(np.random.default_rng(0).random(1000)))
    assert len(counts) == BINS
    assert set(counts) <= {66, 67}


def test_equally_sure_answers_share_a_bin_and_few_answers_have_few():
    assert len(set(bins_of(np.full(100, 0.9)))) == 1
    assert sorted(bins_of(np.array([0.9, 0.8]))) == [0, 1]


def test_the_error_by_hand():
    sure = np.array([0.6, 0.6, 0.9, 0.9])
    curve = reliability(sure, np.array([True, False, True, True]), 2)
    assert (curve.right, curve.rows) == ((0.5, 1.0), (2, 2))
    assert curve.error == pytest.approx((0.1 * 2 + 0.1 * 2) / 4)
    assert curve.as_dict()["said"] == pytest.approx([0.6, 0.9])


def test_honest_answers_have_a_small_error_and_sure_ones_a_large():
    rng = np.random.default_rng(0)
    sure = rng.uniform(0.5, 1, 20_000)
    right = rng.random(20_000) < sure
    assert reliability(sure, right).error < 0.015
    assert reliability(sure * 0 + 1, right).error == pytest.approx(0.25, abs=0.01)


def test_answers_of_classes_and_of_labels():
    sure, right = answers(np.array([[0.2, 0.8], [0.7, 0.3]]), np.array([1, 1]))
    assert (sure.tolist(), right.tolist()) == ([0.8, 0.7], [True, False])
    sure, right = answers(np.array([[0.2, 0.8]]), np.array([[0, 0]]))
    assert (sure.tolist(), right.tolist()) == ([[0.8, 0.8]], [[True, False]])
