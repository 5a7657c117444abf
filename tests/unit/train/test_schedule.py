"""Learning rates over a run."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from foveal import CNNClassifier
from foveal.train.schedule import SCHEDULES, resolve_schedule


@given(st.sampled_from(sorted(SCHEDULES)), st.integers(1, 3000))
def test_every_rate_is_positive_and_at_most_the_given_one(name, total):
    rates = [SCHEDULES[name](step, total) for step in range(total)]
    assert all(0 < rate <= 1 + 1e-12 for rate in rates)


@pytest.mark.parametrize("name", sorted(SCHEDULES))
def test_the_given_rate_is_the_peak(name):
    assert max(SCHEDULES[name](step, 1000) for step in range(1000)) == pytest.approx(1, abs=1e-3)


@pytest.mark.parametrize(("name", "last"), [("linear", 1 / 900), ("one_cycle", 1e-4), ("cosine", 0), ("step", 0.01)])
def test_where_a_schedule_ends(name, last):
    assert SCHEDULES[name](999, 1000) == pytest.approx(last, abs=2e-4)


def test_exponential_falls_by_the_same_factor():
    rates = [SCHEDULES["exponential"](step, 50) for step in range(51)]
    assert rates[50] == pytest.approx(0.01)
    factors = {round(b / a, 9) for a, b in itertools.pairwise(rates)}
    assert len(factors) == 1


def test_cosine_is_half_a_cosine():
    assert SCHEDULES["cosine"](25, 100) == pytest.approx((1 + math.cos(math.pi / 4)) / 2)


def test_auto_does_not_fall_where_the_end_is_unknown():
    assert SCHEDULES[resolve_schedule("auto", early_stopping=True)](999, 1000) == 1
    assert SCHEDULES[resolve_schedule("auto", early_stopping=False)](999, 1000) < 0.01


def test_the_rise_under_early_stopping_does_not_grow_with_the_ceiling():
    assert SCHEDULES["warmed"](99, 10**4) == SCHEDULES["warmed"](99, 10**7) == 1


def test_partial_fit_goes_on_at_the_given_rate():
    X, y = np.zeros((40, 4)), np.arange(40) % 2
    model = CNNClassifier(n_epochs=16, schedule="plateau", random_state=0, valid_size=0.2).fit(X, y)
    assert model.history_["learning_rate"][-1] < 0.0005
    assert model.partial_fit(X, y).history_["learning_rate"][-1] == 0.001


def test_plateau_lowers_the_rate_when_the_score_stands_still():
    X, y = np.zeros((40, 4)), np.arange(40) % 2  # nothing to learn: the score cannot rise
    model = CNNClassifier(n_epochs=16, schedule="plateau", random_state=0, valid_size=0.2).fit(X, y)
    rates = model.history_["learning_rate"]
    assert rates[0] == 0.001
    assert rates[-1] < 0.0011 * 0.1
