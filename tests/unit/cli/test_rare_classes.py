"""What the command line leaves and says where a class is rare."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest

SHOWN = ("balanced_accuracy", "macro_f1", "average_precision")


@pytest.fixture
def rare():
    rng = np.random.default_rng(0)
    y = (np.arange(300) % 20 == 0).astype(int)
    X = rng.normal(size=(300, 8, 8)).astype("float32") + y[:, None, None]
    np.savez("rare.npz", X_train=X[:200], y_train=y[:200], X_test=X[200:], y_test=y[200:])
    return "rare.npz"


def test_a_run_leaves_and_says_what_accuracy_hides(foveal, train, rare):
    result = train(rare, "--epochs", 2, "--set", "valid_size=0.3")
    assert (
        result.err.count("class 1 is 5 % of the training rows: accuracy can be 0.95 without it ever being found") == 1
    )
    with Path("runs/rare/history.csv").open() as file:
        history = list(csv.DictReader(file))
    metrics = json.loads(Path("runs/rare/results.json").read_text())
    for name in SHOWN:
        assert float(history[-1][f"valid_{name}"]) == metrics[f"valid_{name}"]
        assert 0 <= metrics["test"][name] <= 1
    told = json.loads(foveal("evaluate", "runs/rare", rare, "--json").out)
    assert {name: told[name] for name in SHOWN} == {name: metrics["test"][name] for name in SHOWN}
    assert told["score"] == told["accuracy"]
    lines = foveal("evaluate", "runs/rare", rare).out.splitlines()
    assert [line.split("  ")[0] for line in lines[2:6]] == [
        "accuracy",
        "balanced accuracy",
        "macro f1",
        "average precision",
    ]


def test_monitor_and_sampler_are_set_like_any_parameter(train, rare):
    result = train(rare, "--epochs", 3, "--set", "monitor=average_precision", "--set", "sampler=balanced")
    assert result.code == 0
    metrics = json.loads(Path("runs/rare/results.json").read_text())
    with Path("runs/rare/history.csv").open() as file:
        column = [float(row["valid_average_precision"]) for row in csv.DictReader(file)]
    assert metrics["kept_epoch"] == 1 + int(np.argmax(column))
    assert metrics["valid_average_precision"] == max(column)
