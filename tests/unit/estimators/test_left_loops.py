"""A loop over epochs that is left: what is saved, what is kept, and whose model it is by then."""

import math
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from foveal import CNNRegressor
from foveal.core.errors import DataError, ParameterError
from foveal.tasks.regression import REGRESSION
from foveal.train import loop

from .test_epochs import SMALL, X, Y, bits, classifier, same


@pytest.mark.parametrize("leave", ["break", "an error", "Ctrl-C"])
def test_a_run_that_is_left_is_saved_first(leave, tmp_path):
    def run():
        for report in classifier(checkpoint=tmp_path, checkpoint_every="1h").epochs(X, Y):
            if report.epoch == 3:
                if leave == "break":
                    break
                raise KeyboardInterrupt if leave == "Ctrl-C" else ValueError

    if leave == "break":
        run()
    else:
        with pytest.raises((KeyboardInterrupt, ValueError)):
            run()
    again = classifier(checkpoint=tmp_path)
    assert [report.epoch for report in again.epochs(X, Y)] == [4, 5]
    assert same(bits(again), bits(classifier().fit(X, Y)))


def test_the_checkpoint_of_a_run_that_was_left_holds_the_weights_that_train_on(tmp_path):
    options = {"early_stopping": True, "patience": 9, "checkpoint": tmp_path, "checkpoint_every": "1h"}
    for report in classifier(**options).epochs(X, Y):
        if report.epoch == 4:
            break  # the best weights are put into the network here
    again = classifier(**options).fit(X, Y)
    assert same(bits(again), bits(classifier(**{**options, "checkpoint": None}).fit(X, Y)))


def test_a_loop_that_is_closed_late_leaves_a_newer_model_alone():
    model = classifier()
    epochs = model.epochs(X, Y)
    next(epochs)
    model.fit(X, np.where(Y, "b", "a"))
    epochs.close()
    assert model.classes_.tolist() == ["a", "b"]
    assert model.n_epochs_ == 5


@pytest.mark.parametrize("meanwhile", ["fit", "partial_fit", "net_"])
def test_who_fits_anew_in_the_loop_is_told(meanwhile):
    model, other = classifier(), classifier(n_epochs=1, random_state=1).fit(X, Y)
    epochs = model.epochs(X, Y)
    next(epochs)
    if meanwhile == "net_":
        model.net_ = other.net_
    else:
        getattr(model, meanwhile)(X, Y)
    with pytest.raises(ParameterError, match=r"was fitted anew, .* while its epochs were running; give a clone"):
        next(epochs)


def test_who_leaves_a_run_that_diverged_has_the_last_good_epoch(monkeypatch):
    reference = classifier(n_epochs=2, schedule="constant").fit(X, Y)
    losses = iter([0.7, 0.6, math.nan])
    monkeypatch.setattr(loop, "evaluate", lambda *_: (next(losses), {"accuracy": 0.5}))
    model = classifier(schedule="constant")
    for report in model.epochs(X, Y):
        if not math.isfinite(report.valid_loss):
            break
    assert report.epoch == 3
    assert model.n_epochs_ == 2
    assert same(bits(model), bits(reference))


def test_in_the_loop_the_kept_epoch_is_the_one_whose_weights_these_are():
    model = classifier(early_stopping=True, patience=9)
    for report in model.epochs(X, Y):
        assert model.fitted_.kept_epoch == report.epoch
        assert model.fitted_.scores()["valid_score"] == report.valid_score
    assert model.fitted_.kept_epoch == 1 + int(np.argmax(model.history_["valid_score"]))


HELD = """
import numpy as np
from foveal import CNNClassifier
loop = CNNClassifier(n_epochs=5, random_state=0).epochs(np.ones((20, 6, 6)), np.arange(20) % 2)
next(loop)
print("held")
"""


def test_a_script_that_still_holds_a_loop_at_its_end_ends_well():
    done = subprocess.run([sys.executable, "-c", HELD], capture_output=True, text=True, timeout=120, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "held\n", "")


def test_a_kind_made_of_another_one_is_the_kind_of_the_model():
    mine = replace(REGRESSION, name="mine", metric="minus one", score=lambda *_: -1.0)
    model = CNNRegressor(**SMALL, n_epochs=1, task=mine).fit(X, X[:, 0, 0])
    assert model.score(X, X[:, 0, 0]) == -1.0
    assert model.fitted_.scores()["metric"] == "minus one"
    assert model.partial_fit(X, X[:, 0, 0]).n_epochs_ == 2


def test_other_rows_to_validate_on_are_another_run(tmp_path):
    kept = {"checkpoint": tmp_path, "checkpoint_every": 1}
    next(classifier(**kept).epochs(X, Y, validation=(X[:20], Y[:20])))
    with pytest.raises(DataError, match=r"learns from other data.*validation and groups"):
        classifier(**kept).fit(X, Y, validation=(X[20:40], Y[:20]))
