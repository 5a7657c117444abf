"""Intervals against values computed by hand and out of the papers."""

import math

import numpy as np
import pytest
from scipy import stats

from foveal.compare.intervals import bootstrapped, deviation_of_mean, of_folds, percentiles, wilson
from foveal.tasks.regression import r2_score


@pytest.mark.parametrize(
    ("right", "rows", "low", "high"),
    [
        (8, 10, 0.4902, 0.9433),  # (0.8 + 0.19207 ± 1.96 sqrt(0.016 + 0.0096)) / 1.38415
        (0, 10, 0.0, 0.2775),  # z² / (n + z²) = 3.8415 / 13.8415
        (10, 10, 0.7225, 1.0),
        (81, 263, 0.2553, 0.3662),  # Newcombe, "Two-sided confidence intervals for the single proportion", 1998
        (15, 148, 0.0624, 0.1605),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_wilson_by_hand(right, rows, low, high):
    assert wilson(right, rows) == pytest.approx((low, high), abs=5e-5)


@pytest.mark.parametrize(("right", "rows"), [(3, 7), (0, 1), (1, 1), (500, 1000)])
def test_wilson_as_scipy_has_it(right, rows):
    expected = stats.binomtest(right, rows).proportion_ci(0.95, method="wilson")
    assert wilson(right, rows) == pytest.approx((expected.low, expected.high), abs=1e-12)


def test_folds_by_hand():
    """Five times two folds: s² = 0.00025, t(9) = 2.2622, ratio 1, so half = 2.2622 sqrt(0.00025 (0.1 + 1))."""
    scores = [0.90, 0.92, 0.94, 0.92, 0.90, 0.92, 0.94, 0.92, 0.92, 0.92]
    variance = 4 * 0.02**2 / 9
    half = 2.262157 * math.sqrt(variance * 1.1)
    assert of_folds(scores, 1.0) == pytest.approx((0.92 - half, 0.92 + half), abs=1e-7)
    assert deviation_of_mean(scores, 1.0) == pytest.approx(math.sqrt(variance * 1.1))


def test_folds_that_share_nothing_have_the_ordinary_interval():
    scores = [0.5, 0.7, 0.6, 0.9]
    expected = stats.t.interval(0.95, 3, np.mean(scores), stats.sem(scores))
    assert of_folds(scores, 0.0) == pytest.approx(expected)
    wider = of_folds(scores, 0.25)
    assert wider.low < expected[0] < expected[1] < wider.high


def test_folds_that_agree_have_no_width():
    assert of_folds([0.5, 0.5, 0.5], 1.0) == (0.5, 0.5)


def test_the_bootstrap_repeats_and_covers():
    rng = np.random.default_rng(0)
    truth = rng.normal(size=400)
    predicted = truth + rng.normal(size=400) / 2
    draws = bootstrapped(r2_score, predicted, truth)
    assert draws.tolist() == bootstrapped(r2_score, predicted, truth).tolist()
    low, high = percentiles(draws)
    assert low < 0.75 < high
    assert 0.05 < high - low < 0.15


def test_the_bootstrap_of_a_constant_y_warns_of_nothing():
    assert set(bootstrapped(r2_score, np.ones(5), np.ones(5), draws=20)) == {1.0}
