"""`foveal robustness`."""

import csv
import json

import pytest


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    from foveal import CNNClassifier
    from foveal.data.named import load_dataset

    data = load_dataset("digits")
    path = tmp_path_factory.mktemp("robust") / "model.safetensors"
    CNNClassifier(n_epochs=2, random_state=0).fit(data.X_train, data.y_train).save(path)
    return str(path)


def test_table_json_and_csv_tell_the_same(foveal, model, tmp_path):
    out = tmp_path / "curves.csv"
    asked = (model, "digits", "--change", "shift", "--change", "blur", "--rows", "100")
    table = foveal("robustness", *asked, "--out", out)
    assert table.code == 0
    told = json.loads(foveal("robustness", *asked, "--json").out)
    assert (told["part"], told["rows"], told["of_rows"]) == ("test", 100, 360)
    lines = list(csv.DictReader(out.open(newline="")))
    for curve in told["curves"]:
        own = [line for line in lines if line["change"] == curve["name"]]
        assert [float(line["score"]) for line in own] == curve["scores"]
        assert f"{curve['area']:.4f}" in table.out


def test_what_is_wrong_is_said_before_anything_is_read(foveal, model):
    wrong = foveal("robustness", model, "digits", "--out", "curves.txt")
    assert (wrong.code, wrong.err.count("\n")) == (2, 1)
    assert "--out must end in .csv" in wrong.err
    wrong = foveal("robustness", model, "digits", "--change", "twist")
    assert wrong.code == 2
    assert "changes must be one of" in wrong.err
