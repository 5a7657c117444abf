"""`foveal train` on pictures, and with --baselines on anything: the network's score stands beside simple ones."""

import json
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from foveal.compare import baselines
from foveal.compare.intervals import bootstrapped, wilson
from foveal.data.named import load_dataset

from .pictures import folders


@pytest.fixture(autouse=True)
def quick(monkeypatch, tmp_path):
    """Grow ten trees, draw 50 times, and keep decoded pictures in the test's folder."""
    monkeypatch.setenv("FOVEAL_CACHE", str(tmp_path / "cache"))
    trees = partial(baselines.extra_trees, trees=10)
    for name in ("FOR_CLASSES", "FOR_LABELS", "FOR_VALUES"):
        table = getattr(baselines, name)
        fewer = [(what, trees if "trees" in what else function, learns) for what, function, learns in table]
        monkeypatch.setattr(baselines, name, fewer)
    monkeypatch.setattr("foveal.compare.beside.bootstrapped", partial(bootstrapped, draws=50))


def metrics(folder="run"):
    return json.loads(Path(folder, "results.json").read_text())


def test_a_folder_of_pictures_has_baselines_beside(train, tmp_path):
    result = train(folders(tmp_path / "shapes", parts=("train", "test")), "--out", "run", "--seed", 0)
    assert result.code == 0
    found = metrics()["comparison"]
    assert (found["on"], found["rows"], found["metric"]) == ("test", 36, "accuracy")
    assert 30 <= found["learnt_from"] < 36  # the training rows without those that were held out
    assert found["network"]["score"] == metrics()["test_score"]
    assert found["network"]["interval"] == list(wilson(round(36 * metrics()["test_score"]), 36))
    assert list(found["baselines"]) == [
        "majority class", "logistic regression on 12x12 pixels", "extra trees on 12x12 pixels",
    ]  # fmt: skip
    assert found["baselines"]["majority class"]["score"] == pytest.approx(1 / 3)
    assert found["baselines"]["extra trees on 12x12 pixels"]["score"] == 1.0
    lines = result.out.splitlines()
    header = next(i for i, line in enumerate(lines) if line.startswith("on 36 test rows"))
    assert [line.split("  ")[0] for line in lines[header + 1 : header + 5]] == ["network", *found["baselines"]]
    assert lines[header + 5 :] == found["verdict"].split("; ")
    assert "…" not in result.out


def test_without_a_test_part_they_stand_on_the_validation_rows(train, tmp_path):
    told = train(folders(tmp_path / "shapes"), "--out", "run", "--set", "valid_size=0.25", "--json")
    found = json.loads(told.out)["comparison"]
    assert (found["on"], found["rows"], found["learnt_from"]) == ("validation", 9, 27)
    assert found["network"]["score"] == metrics()["valid_score"]


def test_a_validation_source(train, tmp_path):
    held = folders(tmp_path / "held", rows=5)
    assert train(folders(tmp_path / "shapes"), "--validation", held, "--out", "run").code == 0
    found = metrics()["comparison"]
    assert (found["on"], found["rows"], found["learnt_from"]) == ("validation", 15, 36)
    assert found["network"]["score"] == metrics()["valid_score"]


def test_they_are_left_out_when_asked_and_for_arrays(train, tmp_path):
    result = train(folders(tmp_path / "shapes"), "--no-baselines", "--out", "run")
    assert metrics()["comparison"] is None
    assert "majority" not in result.out
    train("digits", "--out", "digits")
    assert metrics("digits")["comparison"] is None


@pytest.mark.parametrize(
    ("source", "args", "names"),
    [
        ("names.npz", [], ["majority class", "logistic regression on 8x8 pixels", "extra trees on 8x8 pixels"]),
        ("labels.npz", [], ["most frequent labels", "logistic regression on 8x8 pixels", "extra trees on 8x8 pixels"]),
        (
            "two_values.npz",
            ["--task", "regression"],
            ["mean", "ridge regression on 8x8 pixels", "extra trees on 8x8 pixels"],
        ),
        ("tested.npz", [], ["majority class", "logistic regression on 8x8 pixels", "extra trees on 8x8 pixels"]),
    ],
)
def test_arrays_have_them_with_baselines(train, files, source, args, names):
    result = train(files / source, *args, "--baselines", "--out", "run", "--seed", 0)
    found = metrics()["comparison"]
    assert list(found["baselines"]) == names
    assert found["on"] == ("test" if source == "tested.npz" else "validation")
    assert found["network"]["score"] == pytest.approx(metrics()[f"{found['on'][:5]}_score"])
    low, high = found["network"]["interval"]
    assert low <= found["network"]["score"] <= high
    assert found["verdict"].split("; ")[0] in result.out


def test_no_rows_to_measure_on(train, files):
    result = train(files / "names.npz", "--baselines", "--set", "valid_size=0", "--out", "run")
    assert metrics()["comparison"] is None
    assert "foveal: no rows were held out, so there is nothing to measure baselines on; give a test part" in result.err


def test_quiet_writes_them_too(train, files):
    assert train(files / "tested.npz", "--baselines", "--quiet", "--out", "run")[1:] == ("", "")
    assert metrics()["comparison"]["on"] == "test"


def test_the_same_command_gives_the_same_scores(train, tmp_path):
    source = folders(tmp_path / "shapes", parts=("train", "test"))
    found = []
    for name in ("a", "b"):
        train(source, "--seed", 1, "--out", name)
        one = metrics(name)["comparison"]
        for baseline in one["baselines"].values():
            del baseline["seconds"]
        found.append(one)
    assert found[0] == found[1]


def test_an_interruption_leaves_the_model_and_goes_on(train, foveal, monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("foveal.cli.training.beside_baselines", interrupted)
        result = train("digits", "--baselines", "--out", "run", "--seed", 0)
    assert result.code == 130
    assert "foveal: interrupted while baselines were fitted; the model is saved, and foveal train --resume run" in (
        result.err
    )
    assert metrics()["comparison"] is None
    assert Path("run/model.safetensors").exists()
    assert foveal("train", "--resume", "run", "--baselines").code == 0
    assert metrics()["comparison"]["rows"] == len(load_dataset("digits").y_test)
    assert not Path("run/checkpoints").exists()


def test_a_test_part_with_classes_nobody_has_trained_on(train, tmp_path):
    data = load_dataset("digits")
    X, y = data.X_train[:120], data.y_train[:120]
    np.savez("more.npz", X=X[y < 8], y=y[y < 8], X_test=X[:40], y_test=y[:40])
    assert train("more.npz", "--baselines", "--out", "run").code == 0
    assert max(b["score"] for b in metrics()["comparison"]["baselines"].values()) <= (y[:40] < 8).mean()
