import csv
import io
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import foveal as library


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_csv(foveal, trained, files):
    result = foveal("predict", trained, files / "new.npy")
    assert (result.code, result.err) == (0, "")
    model, X = library.load(trained / "model.safetensors"), np.load(files / "new.npy")
    got = rows(result.out)
    assert list(got[0]) == ["row", "prediction", "probability"]
    assert [int(r["row"]) for r in got] == list(range(7))
    assert [int(r["prediction"]) for r in got] == model.predict(X).tolist()
    assert np.array([r["probability"] for r in got], np.float32).tolist() == model.predict_proba(X).max(axis=1).tolist()
    assert all(len(r["probability"]) < 15 for r in got)


def test_probabilities_of_all_classes(foveal, trained, files):
    got = rows(foveal("predict", trained, files / "new.npy", "--proba").out)
    assert list(got[0])[2:] == ["probability", *(f"p_{i}" for i in range(10))]
    proba = library.load(trained / "model.safetensors").predict_proba(np.load(files / "new.npy"))
    np.testing.assert_array_equal(np.array([list(r.values())[3:] for r in got], np.float32), proba)


def test_json_lines(foveal, trained, files):
    text = foveal("predict", trained, files / "new.npy", "--format", "jsonl", "--proba").out
    got = [json.loads(line) for line in text.splitlines()]
    model, X = library.load(trained / "model.safetensors"), np.load(files / "new.npy")
    assert [r["prediction"] for r in got] == model.predict(X).tolist()
    assert list(got[0]) == ["row", "prediction", "probability", "probabilities"]
    assert list(got[0]["probabilities"]) == [str(i) for i in range(10)]
    assert sum(got[0]["probabilities"].values()) == pytest.approx(1, abs=1e-5)


def test_into_a_file(foveal, trained, files):
    result = foveal("predict", trained, files / "new.npy", "--out", "p.csv")
    assert (result.code, result.out, result.err) == (0, "", "foveal: 7 predictions in p.csv\n")
    assert Path("p.csv").read_text() == foveal("predict", trained, files / "new.npy").out
    assert [p.name for p in Path().iterdir()] == ["p.csv"]


def test_the_name_of_the_file_says_in_which_form(foveal, trained, files):
    assert foveal("predict", trained, files / "new.npy", "--out", "p.jsonl").code == 0
    assert Path("p.jsonl").read_text() == foveal("predict", trained, files / "new.npy", "--format", "jsonl").out


def test_an_npz_gives_the_same(foveal, trained, files, tmp_path):
    np.savez(tmp_path / "new.npz", X=np.load(files / "new.npy"))
    assert foveal("predict", trained, "new.npz").out == foveal("predict", trained, files / "new.npy").out


def test_labels_are_strings_and_quoted_where_they_must_be(foveal, train, files):
    train(files / "names.npz")
    got = rows(foveal("predict", "runs/names", files / "new.npy", "--proba").out)
    assert list(got[0]) == ["row", "prediction", "probability", "p_even", "p_odd, not even"]
    assert {r["prediction"] for r in got} <= {"even", "odd, not even"}


def test_classes_go_by_the_names_in_the_model_or_else_in_the_config_beside_it(foveal, train, trained, files):
    train("digits", "--quiet", "--seed", 0)
    named = rows(foveal("predict", "runs/digits", files / "new.npy", "--proba").out)
    assert list(named[0])[3:] == [f"p_{i}" for i in range(10)]
    model, config = Path("runs/digits/model.safetensors"), Path("runs/digits/config.toml")
    names = [f"digit {i}" for i in range(10)]
    config.write_text(config.read_text().replace(json.dumps(list("0123456789")), json.dumps(names)))
    assert rows(foveal("predict", "runs/digits", files / "new.npy", "--proba").out) == named  # the model knows its own
    library.load(model).save(model)
    fitted = library.load(model)
    fitted.fitted_ = replace(fitted.fitted_, class_names=None)  # as in a file of an older version
    fitted.save(model)
    old = rows(foveal("predict", model, files / "new.npy", "--proba").out)
    assert [r["prediction"] for r in old] == [f"digit {r['prediction']}" for r in named]
    assert list(old[0])[3:] == [f"p_{name}" for name in names]
    config.write_text("damaged")
    assert rows(foveal("predict", "runs/digits", files / "new.npy", "--proba").out) == named


def test_several_values_and_labels_have_a_column_each(foveal, train, files):
    train(files / "two_values.npz", "--task", "regression")
    got = rows(foveal("predict", "runs/two_values", files / "new.npy").out)
    assert list(got[0]) == ["row", "prediction_0", "prediction_1"]
    expected = library.load("runs/two_values/model.safetensors").predict(np.load(files / "new.npy"))
    np.testing.assert_array_equal(np.array([list(r.values())[1:] for r in got], float), expected)
    line = foveal("predict", "runs/two_values", files / "new.npy", "--format", "jsonl").out.splitlines()[0]
    assert json.loads(line) == {"row": 0, "prediction": expected[0].tolist()}

    train(files / "labels.npz")
    got = rows(foveal("predict", "runs/labels", files / "new.npy", "--proba").out)
    assert list(got[0]) == ["row", *(f"prediction_{i}" for i in range(3)), *(f"p_{i}" for i in range(3))]


def test_one_value_is_one_column(foveal, train, files):
    train(files / "values.npz", "--set", "loss=mae")
    assert list(rows(foveal("predict", "runs/values", files / "new.npy").out)[0]) == ["row", "prediction"]


@pytest.mark.parametrize("args", [["--task", "regression"], ["--set", "loss=hinge"]])
def test_models_without_probabilities(foveal, train, files, args):
    train(files / "tested.npz", *args)
    assert "probability" not in foveal("predict", "runs/tested", files / "new.npy").out
    result = foveal("predict", "runs/tested", files / "new.npy", "--proba", "--out", "p.csv")
    assert (result.code, result.out) == (2, "")
    assert "--proba: this model gives no probabilities" in result.one_line()
    assert not Path("p.csv").exists()


@pytest.mark.parametrize("tta", ["shift", "vertical_flip,shift"])
def test_views_are_averaged_as_in_python(foveal, trained, files, tta):
    result = foveal("predict", trained, files / "new.npy", "--proba", "--tta", tta)
    assert (result.code, result.err) == (0, "")
    model, X = library.load(trained / "model.safetensors"), np.load(files / "new.npy")
    expected = model.predict_proba(X, tta=tta.split(","))
    got = np.array([list(r.values())[3:] for r in rows(result.out)], np.float32)
    np.testing.assert_array_equal(got, expected)
    assert (got != model.predict_proba(X)).any()


def test_mirrored_digits_are_warned_of(foveal, trained, files):
    result = foveal("predict", trained, files / "new.npy", "--tta", "flip")
    assert result.code == 0
    assert result.err == (
        "foveal: warning: --tta flip mirrors the rows, and classes such as '0' are digits, letters or signs\n"
    )


def test_rows_come_in_parts_and_a_mapped_file_stays_one(foveal, trained, files, monkeypatch):
    from foveal.cli import predictions
    from foveal.data.arrays import is_mapped
    from foveal.data.npz import read_arrays

    X = read_arrays(files / "new.npy")
    assert is_mapped(X)
    monkeypatch.setattr("foveal.fitted.predict.rows_at_once", lambda *sizes: 3)
    fitted = library.load(trained / "model.safetensors").fitted_
    parts = list(predictions.lines(fitted, X, "csv", proba=False))
    assert [part.count("\n") for part in parts] == [4, 3, 1]  # the first has the header
    assert "".join(parts) == foveal("predict", trained, files / "new.npy").out


@pytest.mark.parametrize(
    ("inputs", "args", "code", "message"),
    [
        ("missing.npy", [], 3, "missing.npy: expected a file, found nothing there"),
        ("a.csv", [], 3, "a.csv: the model has learnt from arrays"),
        ("a.txt", [], 3, "a.txt: must end in .npy or .npz"),
        ("shape.npy", [], 3, "X must have the shape of fit's"),
        ("nan.npy", [], 3, "Input X contains NaN, first in row 2"),
        ("good.npy", ["--format", "xml"], 2, "--format must be one of 'csv', 'jsonl', got 'xml'"),
        ("good.npy", ["--format", "jsnl"], 2, "did you mean 'jsonl'?"),
        (
            "good.npy",
            ["--out", "p.parquet"],
            2,
            "--out p.parquet: predictions of arrays are .csv or .jsonl, Parquet is",
        ),
        ("good.npy", ["--out", "p.xlsx"], 2, "--out must end in .csv, .jsonl or .parquet, got 'p.xlsx'"),
        (
            "digits",
            [],
            3,
            "digits is a data set by name, and INPUT is a file or a folder; foveal evaluate MODEL digits",
        ),
        ("pets", [], 3, "pets: the model has learnt from arrays, rows (1, 8, 8), and knows no rule for files; give an"),
        ("pets/1.png", [], 3, "pets/1.png: the model has learnt from arrays"),
        ("good.npy", ["--tta", "flop"], 2, "tta must be None, or one or a list of 'flip', 'vertical_flip', 'shift'"),
        ("missing.npy", ["--tta", "flop", "--out", "p.csv"], 2, "got 'flop'; did you mean 'flip'?"),
        ("good.npy", ["--out", "no/p.csv"], 5, "cannot write no/p.csv: No such file or directory"),
    ],
)
def test_what_cannot_be_predicted(foveal, trained, tmp_path, inputs, args, code, message):
    for name in ("a.csv", "a.txt", "pets/1.png"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("1,2")
    np.save(tmp_path / "shape.npy", np.zeros((2, 9, 9)))
    np.save(tmp_path / "nan.npy", np.where(np.arange(3)[:, None, None] == 2, np.nan, np.zeros((3, 8, 8))))
    np.save(tmp_path / "good.npy", np.zeros((2, 8, 8)))
    result = foveal("predict", trained, inputs, *args)
    assert (result.code, result.out) == (code, "")
    assert message in result.one_line()
