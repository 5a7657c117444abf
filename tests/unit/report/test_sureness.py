import json

import numpy as np
import pytest

from foveal import load
from foveal.data.named import load_dataset
from foveal.fitted.measure import compared
from foveal.report.judged import Judged
from foveal.report.sureness import of_sureness


@pytest.fixture(scope="module")
def judged(digits_run):
    fitted, data = load(digits_run / "model.safetensors").fitted_, load_dataset("digits")
    measures, predicted, truth = compared(fitted, data.X_test, data.y_test)
    return Judged(fitted, "test", data.X_test, truth, predicted, measures)


def test_sets_are_those_that_predict_gives(judged, digits_run, results):
    model, data = load(digits_run / "model.safetensors"), load_dataset("digits")
    sets = model.predict(data.X_test, sets=0.9)
    sets = np.asarray(sets[1] if isinstance(sets, tuple) else sets)
    found = of_sureness(judged)["sureness"]
    assert found == results["sureness"]
    assert sets.shape == (360, 10)
    assert found["mean_size"] == pytest.approx(sets.sum(1).mean())
    assert found["covered"] == pytest.approx(sets[np.arange(360), data.y_test].mean())
    assert found["covered_interval"][0] < found["covered"] < found["covered_interval"][1]


def test_answers_that_are_withheld(judged, digits_run):
    data = load_dataset("digits")
    answers = load(digits_run / "model.safetensors").predict(data.X_test, unsure=0.05)
    there = ~np.ma.getmaskarray(answers)
    found = of_sureness(judged)["sureness"]["unsure"]
    assert found["answered"] == pytest.approx(there.mean())
    if there.any():
        assert found["error"] == pytest.approx((answers.data != data.y_test)[there].mean())


def test_the_curve_ends_with_all_rows_and_the_whole_error(judged):
    share, error = of_sureness(judged)["sureness"]["curve"][-1]
    assert share == 1
    assert error == pytest.approx(1 - (judged.truth == judged.predicted).mean())


def test_intervals_of_values(values_run):
    results = json.loads((values_run / "results.json").read_text())
    assert "covered" in results["sureness"]
    assert results["sureness"]["mean_width"] > 0
    assert "hold it in" in (values_run / "report.html").read_text()
