import math

import numpy as np
import pytest
from scipy.stats import binom

from foveal.calibration.risk import MOST
from foveal.calibration.unsure import SHARES, chance, of_rows


def honest(n, rng):
    """Answers that are right as often as they say."""
    sure = rng.uniform(0.5, 1, n) ** 0.5
    return sure, rng.random(n) < sure


def test_the_chance_is_the_binomial_ones():
    assert chance(3, 100, 0.05) == pytest.approx(binom.cdf(3, 100, 0.05))


def test_errors_among_the_answered_stay_below_what_is_asked():
    rng = np.random.default_rng(0)
    broken, shares = 0, []
    new, right = honest(50_000, rng)
    for _ in range(60):
        threshold = of_rows(*honest(1000, rng)).threshold(0.1)
        given = new >= threshold
        shares.append(given.mean())
        broken += (~right[given]).mean() > 0.1 if given.any() else 0
    assert broken <= 6  # of 60, where 3 are promised at most
    assert np.mean(shares) > 0.2


def test_where_too_few_rows_tell_none_is_answered():
    sure = np.linspace(0.5, 1, 50)
    assert of_rows(sure, np.ones(50, bool)).threshold(0.05) == math.inf  # 0 of 50 wrong may be 6 %
    sure = np.linspace(0.5, 1, 60)
    assert of_rows(sure, np.ones(60, bool)).threshold(0.05) == 0.5


def test_one_wrong_row_among_the_surest_does_not_withhold_all():
    right = np.ones(1000, bool)
    right[-1] = False
    assert of_rows(np.linspace(0.5, 1, 1000), right).threshold(0.05) == 0.5


def test_the_curve_ends_with_all_rows_and_their_error():
    sure, right = honest(5000, np.random.default_rng(1))
    cost = of_rows(sure, right)
    assert len(cost.thresholds) <= MOST
    assert cost.curve()[-1] == (1.0, pytest.approx((~right).mean()))
    shares, errors = zip(*cost.curve(), strict=True)
    assert list(shares) == sorted(shares)
    assert errors[100] < errors[-1]


def test_rows_that_are_as_sure_go_together():
    cost = of_rows(np.full(200, 0.9), np.arange(200) > 0)
    assert (cost.thresholds, cost.answered, cost.wrong) == ((0.9,), (200,), (1,))
    assert cost.threshold(0.5) == 0.9
    assert SHARES == 20
