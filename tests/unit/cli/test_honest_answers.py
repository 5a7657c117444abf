import csv
import json

import numpy as np
import pytest

import foveal as library
from foveal.data.named import load_dataset


@pytest.fixture
def rows(tmp_path):
    """Some test digits, as a file."""
    X = load_dataset("digits").X_test[:40]
    np.save(tmp_path / "rows.npy", X)
    return X


def table(text):
    return list(csv.DictReader(text.splitlines()))


@pytest.fixture
def model(trained):
    return library.load(trained / "model.safetensors")


def test_training_calibrates_on_the_rows_held_out_and_says_so(foveal, trained, model):
    told = json.loads((trained / "results.json").read_text())
    assert told["calibration"] == str(model.calibration_)
    assert model.calibration_.rows == 142
    assert told["test"]["probabilities"]["calibration"] == told["calibration"]
    shown = foveal("evaluate", trained, "digits").out
    assert "negative log likelihood" in shown
    assert ", before calibration " in shown
    assert f"calibration                 {model.calibration_}" in shown


def test_it_can_be_left_out(foveal, train, rows):
    assert "calibration" not in train("digits", "--set", "calibration=false", "--out", "plain").out
    result = foveal("predict", "plain", "rows.npy", "--sets", "0.9")
    assert result.code == 2
    assert "sets=0.9 needs a calibrated model" in result.one_line()


def test_sets_stand_in_a_column_of_their_own(foveal, trained, model, rows):
    found = model.predict(rows, sets=0.9)
    told = table(foveal("predict", trained, "rows.npy", "--sets", "0.9").out)
    assert [row["set"].split("|") for row in told] == [list(map(str, np.flatnonzero(each))) for each in found]
    lines = foveal("predict", trained, "rows.npy", "--sets", "0.9", "--format", "jsonl").out.splitlines()
    assert [json.loads(line)["set"] for line in lines] == [np.flatnonzero(each).tolist() for each in found]


def test_what_is_withheld_has_no_prediction_and_a_reason(foveal, trained, model, rows):
    told = table(foveal("predict", trained, "rows.npy", "--unsure", "0.3", "--outliers", "0.2").out)
    unsure = np.ma.getmaskarray(model.predict(rows, unsure=0.3))
    strange = np.ma.getmaskarray(model.predict(rows, outliers=0.2))
    assert [row["unsure"] == "True" for row in told] == unsure.tolist()
    assert [row["outlier"] == "True" for row in told] == strange.tolist()
    assert [row["prediction"] == "" for row in told] == (unsure | strange).tolist()
    assert 0 < strange.sum() < 40
    np.testing.assert_allclose([float(row["outlier_score"]) for row in told], model.outlier_scores(rows), atol=1e-6)


def test_values_have_an_interval_each(foveal, train, rows):
    data = load_dataset("digits")
    np.savez("values.npz", X=data.X_train, y=np.stack([data.y_train, -data.y_train], 1) * 1.0)
    train("values.npz", "--task", "regression", "--out", "values")
    told = table(foveal("predict", "values", "rows.npy", "--sets", "0.8").out)
    assert list(told[0])[-4:] == ["low_0", "low_1", "high_0", "high_1"]
    expected = library.load("values/model.safetensors").predict(rows, sets=0.8)
    np.testing.assert_allclose([[float(row["low_0"]), float(row["high_0"])] for row in told], expected[:, 0], rtol=1e-5)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--sets", "0.999"), "sets=0.999 promises 99.9 % of the rows, and a calibration on 142 rows promises 99.3 %"),
        (("--unsure", "2"), "unsure must be"),
        (("--outliers", "0"), "outliers must be"),
    ],
)
def test_what_cannot_be_promised_is_told(foveal, trained, rows, options, message):
    result = foveal("predict", trained, "rows.npy", *options)
    assert (result.code, result.out) == (2, "")
    assert message in result.one_line()
