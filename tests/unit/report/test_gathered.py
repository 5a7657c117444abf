import json

import numpy as np
import pytest

from foveal import load
from foveal.data.named import load_dataset
from foveal.fitted.measure import compared
from foveal.report import gathered as room
from foveal.report.gathered import gathered, with_interval
from foveal.report.judged import Judged


@pytest.fixture(scope="module")
def judged(digits_run):
    fitted, data = load(digits_run / "model.safetensors").fitted_, load_dataset("digits")
    measures, predicted, truth = compared(fitted, data.X_test, data.y_test)
    return Judged(fitted, "test", data.X_test, truth, predicted, measures)


def test_the_score_is_the_models_own(judged, results):
    found = with_interval(judged)
    assert found["score"] == float(np.mean(judged.truth == judged.predicted)) == results["measured"]["score"]
    assert found["interval"][0] < found["score"] < found["interval"][1]
    assert found["probabilities"]["nll"] == results["test"]["probabilities"]["nll"]


def test_without_rows_there_is_the_network_alone(judged):
    found = gathered(judged.fitted, None, {})
    assert set(found) == {"input", "network", "filters", "left_out"}


def test_a_network_that_is_too_large_is_not_measured_for_long(judged, monkeypatch):
    monkeypatch.setattr(room, "WORK", 1000)
    left_out: dict[str, str] = {}
    assert room.withstood(judged, left_out) == {}
    assert "too large" in left_out["invariance"]


def test_places_are_left_to_robustness(masks_run):
    results = json.loads((masks_run / "results.json").read_text())
    assert "foveal robustness" in results["left_out"]["invariance"]
    assert "invariance" not in results


def test_invariance_is_of_at_most_so_many_rows(results):
    assert results["invariance"]["rows"] <= room.ROWS
    assert {curve["name"] for curve in results["invariance"]["curves"]} >= {"shift", "noise"}
