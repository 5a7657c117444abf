"""A training that diverges or is interrupted: what is told, and what is left in the folder."""

import json
from pathlib import Path

import numpy as np

import foveal as library
from foveal.train import loop

from .test_train import FILES, REPORT, names


def test_divergence_has_its_code(train):
    result = train("digits", "--epochs", 3, "--set", "learning_rate=1e30", "--set", "optimizer=sgd")
    assert result.code == 6
    assert "use a smaller learning_rate" in result.err.splitlines()[-1]
    assert names(".") == set()


def test_a_run_that_diverges_leaves_the_network_of_its_last_good_epoch(train, monkeypatch):
    real = loop.check_loss_finite

    def poisoned(state, batches, config):
        if (state.epoch, state.position) == (2, 3):
            state.sums = state.sums * np.nan
        real(state, batches, config)

    with monkeypatch.context() as patched:
        patched.setattr(loop, "check_loss_finite", poisoned)
        result = train("digits", "--epochs", 5, "--seed", 0, "--out", "run")
    assert result.code == 6
    said, error = result.err.splitlines()[-2:]
    assert said == "foveal: saved the network of epoch 2, the last good one"
    assert error.startswith("foveal: error: the training loss became nan in epoch 3 (step 29, rate ")
    assert names("run") == FILES
    metrics = json.loads(Path("run/results.json").read_text())
    assert (metrics["diverged"], metrics["interrupted"], metrics["epochs"]) == (True, False, 2)
    model = library.load("run/model.safetensors")
    assert np.isfinite(model.predict_proba(library.data.named.load_dataset("digits").X_test)).all()


def test_a_run_interrupted_before_its_first_epoch_can_go_on(train, foveal, monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt
        yield

    with monkeypatch.context() as patched:
        patched.setattr("foveal.fitting.run.train", interrupted)
        result = train("digits")
    assert (result.code, result.out) == (130, "")
    assert result.err == (
        "foveal: interrupted before the end of the first epoch; foveal train --resume runs/digits goes on\n"
    )
    assert names("runs/digits") == {"config.toml", "checkpoints"}
    assert foveal("train", "--resume", "runs/digits", "--quiet").code == 0
    assert names("runs/digits") == FILES | REPORT


def test_an_interrupt_saves_the_last_finished_epoch(train, monkeypatch):
    from foveal.fitting.run import train as real

    def interrupted(*args):
        yield next(real(*args))
        raise KeyboardInterrupt

    monkeypatch.setattr("foveal.fitting.run.train", interrupted)
    result = train("digits", "--epochs", 3, "--json")
    assert result.code == 130
    assert result.err.splitlines()[-1] == (
        "foveal: interrupted: saved the network of epoch 1; foveal train --resume runs/digits goes on"
    )
    told = json.loads(result.out)
    assert (told["interrupted"], told["epochs"], told["test"]) == (True, 1, None)
    assert names("runs/digits") == FILES | {"checkpoints"}
    assert library.load(told["paths"]["model"]).n_epochs_ == 1
