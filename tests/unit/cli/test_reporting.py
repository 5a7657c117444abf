import json
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file

from foveal import CNNClassifier
from foveal.cli import reporting
from foveal.cli.reporting import changed_settings
from foveal.data.dataset import Dataset


def test_settings_that_are_not_the_defaults():
    model = CNNClassifier(n_epochs=3, random_state=1, verbose=1, checkpoint="x")
    assert changed_settings(model) == {"n_epochs": 3, "random_state": 1}


def test_rows_and_classes_of_what_was_trained_on(trained):
    results = json.loads((trained / "results.json").read_text())
    assert results["rows"] == {"train": 1295, "valid": 142, "test": 360}
    assert sum(line["rows"] for line in results["classes"]) == 1437
    assert results["n_classes"] == 10
    assert results["environment"]["torch"]


def test_a_report_that_is_broken_off_loses_nothing_and_is_gone_on_with(train, foveal, monkeypatch):
    def interrupted(*args):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(reporting, "gathered", interrupted)
        result = train("digits", "--report", "--seed", 0, "--out", "run", "--quiet")
    assert result.code == 130
    assert "the model and its scores are saved, and foveal train --resume run goes on" in result.err
    results = json.loads(open("run/results.json").read())  # noqa: PTH123, SIM115
    assert results["test_score"] > 0
    assert foveal("evaluate", "run", "digits").code == 0
    model = load_file("run/model.safetensors")
    assert foveal("train", "--resume", "run", "--quiet").code == 0
    again = load_file("run/model.safetensors")
    assert list(model) == list(again)
    assert all(torch.equal(model[name], again[name]) for name in model)
    assert Path("run/report.html").exists()
    assert not Path("run/checkpoints").exists()


def test_nothing_held_out_is_said(train):
    np.savez("data.npz", X=np.random.default_rng(0).random((40, 8, 8)), y=np.arange(40) % 2)
    assert train("data.npz", "--report", "--seed", 0, "--set", "valid_size=0", "--out", "run", "-q").code == 0
    page = open("run/report.html").read()  # noqa: PTH123, SIM115
    assert "Nothing was held out, so nobody knows" in page
    assert "Hold rows out" in page


def test_rows_that_were_held_out_are_not_copied():
    X, y = np.random.default_rng(0).random((40, 8, 8)), np.arange(40) % 2
    model = CNNClassifier(n_epochs=1, random_state=0).fit(X, y)
    train, (held, held_y) = reporting.dealt(model, Dataset("d", X, y), None)
    assert np.shares_memory(held.X, X)
    assert sorted([*train, *held.numbers]) == list(range(40))
    assert held_y.tolist() == y[held.numbers].tolist()
