"""Paired tests against values computed by hand, and what is said of them."""

import numpy as np
import pytest
from scipy import stats

from foveal.compare.differences import Difference, mcnemar, of_draws, of_folds, verdict


def marks(both, ours, theirs, neither):
    first = [True] * (both + ours) + [False] * (theirs + neither)
    second = [True] * both + [False] * ours + [True] * theirs + [False] * neither
    return np.array(first), np.array(second)


@pytest.mark.parametrize(
    ("ours", "theirs", "p"),
    [
        (0, 0, 1.0),
        (1, 0, 1.0),  # 2 / 2
        (5, 0, 2 / 32),
        (6, 0, 2 / 64),
        (3, 3, 1.0),  # 2 (1 + 6 + 15 + 20) / 64, more than 1
        (8, 1, 2 * (1 + 9) / 512),
    ],
)
def test_mcnemar_by_hand(ours, theirs, p):
    found = mcnemar(*marks(10, ours, theirs, 4))
    assert found.p == pytest.approx(p)
    assert found.value == pytest.approx((ours - theirs) / (14 + ours + theirs))
    assert found.within_noise == (p >= 0.05)


def test_folds_by_hand():
    """d = 0.1, 0.2, 0.3: mean 0.2, s² = 0.01, ratio 1: t = 0.2 / sqrt(0.01 (1/3 + 1)) = 1.7321, of 2 degrees."""
    found = of_folds([0.6, 0.7, 0.8], [0.5, 0.5, 0.5], 1.0)
    assert found.value == pytest.approx(0.2)
    assert found.p == pytest.approx(1 - 1.7320508 / (2 + 3) ** 0.5, abs=1e-6)
    plain = of_folds([0.6, 0.7, 0.8], [0.5, 0.5, 0.5], 0.0)
    assert plain.p == pytest.approx(stats.ttest_rel([0.6, 0.7, 0.8], [0.5, 0.5, 0.5]).pvalue)


def test_folds_that_differ_by_the_same():
    assert of_folds([0.5, 0.7], [0.5, 0.7], 1.0) == (0.0, 1.0)
    assert of_folds([0.6, 0.8], [0.5, 0.7], 1.0) == (pytest.approx(0.1), 0.0)


def test_draws_count_how_often_the_sign_changes():
    ours, theirs = np.arange(99.0), np.full(99, 4.5)
    assert of_draws(1.0, ours, theirs).p == pytest.approx(2 * 6 / 100)
    assert of_draws(0.0, theirs, theirs) == (0.0, 1.0)


@pytest.mark.parametrize(
    ("differences", "said"),
    [
        ({}, ""),
        ({"a": (0.2, 0.0001)}, "the network is better than the baseline, a, by 0.2000 (p < 0.001)"),
        (
            {"a": (0.2, 0.001), "b": (0.1, 0.04)},
            "the network is better than every baseline: the best of them is b, by 0.1000 (p = 0.040)",
        ),
        (
            {"a": (0.2, 0.001), "b": (0.01, 0.4)},
            "the network is better than b by 0.0100, which is within noise (p = 0.40)",
        ),
        (
            {"a": (0.0, 1.0), "b": (-0.2, 0.01)},
            "the network is as good as a; b is better than the network by 0.2000 (p = 0.010)",
        ),
    ],
)
def test_what_is_said(differences, said):
    differences = {name: Difference(*pair) for name, pair in differences.items()}
    scores = {name: 0.7 - difference.value for name, difference in differences.items()}
    assert verdict(scores, differences) == said
