import math

import numpy as np
import pytest

from foveal.calibration.risk import MOST, Risk, of_scores
from foveal.core.errors import ParameterError


@pytest.mark.parametrize("n", [20, 99, 500])
@pytest.mark.parametrize("asked", [0.5, 0.8, 0.9])
def test_it_is_the_quantile_of_split_conformal_prediction(n, asked):
    scores = np.random.default_rng(n).random(n)
    assert of_scores(scores).threshold(asked) == np.sort(scores)[math.ceil((n + 1) * asked - 1e-9) - 1]


def test_new_rows_are_covered_as_often_as_asked():
    rng = np.random.default_rng(0)
    covered = []
    for _ in range(400):
        scores = rng.exponential(size=101)
        covered.append(scores[100] <= of_scores(scores[:100]).threshold(0.9))
    assert 0.87 < np.mean(covered) < 0.95  # 0.9 to 0.91, two deviations of 0.015


def test_weights_count_a_row_once_however_many_scores_it_has():
    found = of_scores([0.2, 0.8, 0.6], np.array([0.5, 0.5, 1.0]), rows=3)
    assert (found.thresholds, found.rows) == ((0.2, 0.6, 0.8), 3)
    np.testing.assert_allclose(found.risks, [1.5 / 3, 0.5 / 3, 0])


def test_no_scores_are_no_risk():
    assert of_scores([], np.empty(0), rows=7) == Risk(7, (0.0,), (0.0,))


def test_of_many_rows_few_thresholds_are_kept_and_nothing_is_lost_beyond_a_thousandth():
    scores = np.random.default_rng(0).normal(size=50_000)
    found = of_scores(scores)
    assert len(found.thresholds) <= MOST
    for asked in (0.5, 0.9, 0.99):
        covered = (scores <= found.threshold(asked)).mean()
        assert asked <= covered < asked + 0.0015
    assert found.risks[-1] == 0


def test_too_few_rows_promise_no_more_than_they_can():
    found = of_scores(np.arange(19.0))
    assert found.threshold(0.95) == 18.0
    with pytest.raises(ParameterError, match=r"sets=0.96 promises 96 % of the rows, and a calibration on 19 rows "):
        found.threshold(0.96)
    with pytest.raises(ParameterError, match=r"outliers=0.01 promises .* 95.0 % at most; ask for less"):
        found.threshold(0.99, "outliers=0.01")
