import numpy as np
import pytest

from foveal.calibration.honesty import NAMES, Calibrated, lines_of, probabilities
from foveal.calibration.measures import log_losses, reliability


def drawn(n=400, seed=0):
    rng = np.random.default_rng(seed)
    p = rng.dirichlet(np.ones(3), n)
    return p, np.array([rng.choice(3, p=row) for row in p])


def test_values_are_those_of_all_rows_and_lie_in_their_intervals():
    p, y = drawn()
    found = probabilities(p, y, draws=200)
    assert found.nll.value == pytest.approx(log_losses(p, y).mean())
    assert found.ece.value == pytest.approx(reliability(p.max(1), p.argmax(1) == y).error)
    for estimate in (found.nll, found.ece):
        assert estimate.interval[0] <= estimate.value <= estimate.interval[1]
        assert len(estimate.draws) == 200


def test_the_interval_of_the_likelihood_is_as_wide_as_its_error():
    p, y = drawn(2000)
    low, high = probabilities(p, y, draws=400).nll.interval
    error = log_losses(p, y).std() / np.sqrt(2000)
    assert (high - low) / (2 * 1.96 * error) == pytest.approx(1, abs=0.15)


def test_the_same_seed_draws_the_same_rows():
    p, y = drawn()
    one, other = (probabilities(p**k / (p**k).sum(1, keepdims=True), y, draws=50) for k in (1, 1.001))
    assert np.corrcoef(one.nll.draws, other.nll.draws)[0, 1] > 0.999


def test_labels_are_measured_one_answer_each():
    rng = np.random.default_rng(0)
    p = rng.random((300, 2))
    found = probabilities(p, (rng.random((300, 2)) < p).astype(int), draws=20)
    assert sum(found.curve.rows) == 600
    assert found.ece.value < 0.1


def test_before_and_after_are_told():
    p, y = drawn()
    after = probabilities(p, y, draws=20)
    before = probabilities(p**3 / (p**3).sum(1, keepdims=True), y, draws=20)
    told = Calibrated(after, before, "calibrated on 9 rows").as_dict()
    assert told["uncalibrated"]["nll"] > told["nll"]
    assert told["calibration"] == "calibrated on 9 rows"
    assert f"before calibration {before.ece.value:.4f}" in lines_of(told)[NAMES["ece"]]
    assert "before" not in lines_of(Calibrated(after, None).as_dict())[NAMES["nll"]]
