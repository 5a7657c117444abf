"""`monitor`: each measure of a kind of problem decides best weights, early stopping and the plateau, by its value."""

import warnings
from dataclasses import replace

import numpy as np
import pytest
import torch
from sklearn.metrics import average_precision_score, balanced_accuracy_score, f1_score, roc_auc_score
from torch import nn

from foveal import CNN, CNNClassifier, CNNRegressor, load
from foveal.core.checkpoints import checkpoints
from foveal.core.errors import ParameterError
from foveal.fitting.identity import check_same
from foveal.train.checkpoint import read_saved
from foveal.train.report import EpochReport, Monitor
from foveal.train.stopping import keep_best

RNG = np.random.default_rng(0)
X = RNG.normal(size=(240, 6, 6)).astype("float32")
SIGNAL = X[:, :3].mean((1, 2)) + RNG.normal(size=240) * 0.2
CLASSES = np.digitize(SIGNAL, [-0.2, 0.3])
LABELS = np.c_[SIGNAL > 0, SIGNAL > 0.3, X[:, 5, 5] > 0].astype(int)
SMALL = {"in_channels_list": (None, 4), "out_channels": 4, "in_features_list": (None, 8), "batch_size": 20,
         "learning_rate": 0.02, "schedule": "constant", "valid_size": 0.3, "random_state": 0}  # fmt: skip
LESS = ("loss", "mae")
KINDS = {
    "classes": (CNNClassifier, CLASSES, ("loss", "accuracy", "balanced_accuracy", "macro_f1", "average_precision",
                                         "roc_auc")),
    "hinge": (lambda **p: CNNClassifier(loss="hinge", **p), CLASSES, ("balanced_accuracy", "average_precision")),
    "labels": (CNN, LABELS, ("loss", "subset_accuracy", "macro_f1", "average_precision", "roc_auc")),
    "values": (CNNRegressor, SIGNAL, ("loss", "r2", "mae")),
    "several values": (CNNRegressor, np.c_[SIGNAL, -9 * SIGNAL], ("r2", "mae")),
}  # fmt: skip
EACH = [(kind, name) for kind, (_, _, names) in KINDS.items() for name in names]


def followed(model, name):
    """Give the column of what was followed, as more of which is better."""
    own = {"accuracy", "subset_accuracy", "r2"}
    values = np.array(model.history_["valid_score" if name in own else f"valid_{name}"])
    return -values if name in LESS else values


@pytest.mark.parametrize(("kind", "name"), EACH)
def test_the_best_weights_are_those_of_its_best_epoch_with_early_stopping_or_without(kind, name):
    make, y, _ = KINDS[kind]
    whole = make(monitor=name, n_epochs=8, **SMALL).fit(X, y)
    values = followed(whole, name)
    assert np.isfinite(values).all()
    assert len(set(values)) > 2
    assert whole.fitted_.kept_epoch == values.argmax() + 1
    stopped = make(monitor=name, n_epochs=8, early_stopping=True, patience=2, **SMALL).fit(X, y)
    n = stopped.n_epochs_
    np.testing.assert_array_equal(followed(stopped, name), values[:n])
    assert stopped.fitted_.kept_epoch == values[:n].argmax() + 1
    assert n == 8 or n - stopped.fitted_.kept_epoch == 2


def test_by_itself_the_score_decides_and_the_last_weights_stay():
    auto = CNNClassifier(n_epochs=6, **SMALL).fit(X, CLASSES)
    assert auto.fitted_.kept_epoch == 6
    assert "valid_balanced_accuracy" not in auto.history_
    named = CNNClassifier(n_epochs=6, monitor="accuracy", **SMALL).fit(X, CLASSES)
    assert named.history_["valid_score"] == auto.history_["valid_score"]
    assert list(named.history_) == list(auto.history_)


def test_the_plateau_follows_it():
    model = CNNRegressor(monitor="mae", n_epochs=14, **SMALL | {"schedule": "plateau", "learning_rate": 0.3})
    model.fit(X, SIGNAL)
    errors, rates = np.array(model.history_["valid_mae"]), np.array(model.history_["learning_rate"])
    best, stale, rate = np.inf, 0, 0.3
    for error, found in zip(errors, rates, strict=True):
        assert found == pytest.approx(rate)
        best, stale = (error, 0) if error < best else (best, stale + 1)
        rate, stale = (rate * 0.1, 0) if stale > 5 else (rate, stale)
    assert rates[-1] < 0.3


@pytest.mark.parametrize("kernels", ["auto", "off"])
@pytest.mark.parametrize("ema", [None, 0.8])
def test_its_values_are_scikit_learns_of_the_network_that_is_kept(kernels, ema):
    own = {"kernels": kernels, "ema_decay": ema, "class_weight": {0: 3.0}}
    held = X[:100], CLASSES[:100]
    for name in ("balanced_accuracy", "macro_f1", "average_precision", "roc_auc"):
        model = CNNClassifier(monitor=name, n_epochs=3, **own, **SMALL).fit(X[100:], CLASSES[100:], validation=held)
        chances, weight = model.predict_proba(held[0]), np.where(held[1] == 0, 3.0, 1.0)
        predicted, marks = chances.argmax(1), np.eye(3)[held[1]]
        expected = {
            "balanced_accuracy": balanced_accuracy_score(held[1], predicted, sample_weight=weight),
            "macro_f1": f1_score(held[1], predicted, average="macro", sample_weight=weight),
            "average_precision": average_precision_score(marks, chances, sample_weight=weight),
            "roc_auc": roc_auc_score(marks, chances, sample_weight=weight),
        }[name]
        assert model.history_[f"valid_{name}"][model.fitted_.kept_epoch - 1] == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize(
    ("kind", "monitor", "words"),
    [
        ("values", "accuracy", "monitor='accuracy' does not fit regression; use one of 'auto', 'loss', 'r2', 'mae'"),
        ("classes", "r2", "monitor='r2' does not fit classification; use one of 'auto', 'loss', 'accuracy', 'bal"),
        ("labels", "balanced_accuracy", "monitor='balanced_accuracy' does not fit labels; use one of 'auto', 'loss', "
         "'subset_accuracy', 'macro_f1', 'average_precision', 'roc_auc'"),
        ("classes", "acuracy", "monitor must be one of 'auto', .*, got 'acuracy'; did you mean 'accuracy'"),
    ],
)  # fmt: skip
def test_another_kinds_measure_is_refused_with_those_that_there_are(kind, monitor, words):
    make, y, _ = KINDS[kind]
    with pytest.raises(ParameterError, match=words):
        make(monitor=monitor, n_epochs=1, **SMALL).fit(X, y)


def test_rows_to_validate_on_are_needed():
    with pytest.raises(ParameterError, match="monitor='macro_f1' needs rows to validate on, but valid_size is 0; use"):
        CNNClassifier(monitor="macro_f1", **SMALL | {"valid_size": 0}).fit(X, CLASSES)
    with pytest.raises(ParameterError, match="monitor='loss' needs rows to validate on, but valid_size=0\\.001 of 24"):
        CNNClassifier(monitor="loss", **SMALL | {"valid_size": 0.001}).fit(X, CLASSES)


def test_classes_that_no_held_out_row_is_of_are_said_once_and_left_out():
    held = X[CLASSES == 0][:20], np.r_[np.zeros(19, int), 1]
    model = CNNClassifier(monitor="balanced_accuracy", n_epochs=2, **SMALL)
    with pytest.warns(UserWarning, match="no row to validate on is of class 2: monitor='balanced_acc") as caught:
        model.fit(X, CLASSES, validation=held)
    assert len(caught) == 1
    predicted = model.predict(held[0])
    recalls = [np.mean(predicted[held[1] == k] == k) for k in (0, 1)]
    assert model.history_["valid_balanced_accuracy"][model.fitted_.kept_epoch - 1] == pytest.approx(np.mean(recalls))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        CNNClassifier(monitor="accuracy", n_epochs=1, **SMALL).fit(X, CLASSES, validation=held)


@pytest.mark.parametrize(("name", "held"), [("roc_auc", 9), ("average_precision", 9), ("macro_f1", 1)])
def test_where_it_tells_nothing_the_loss_decides_and_one_warning_says_so(name, held):
    rows = np.flatnonzero(CLASSES == 0)[:held]
    model = CNNClassifier(monitor=name, n_epochs=3, **SMALL)
    words = "there is only 1 row" if held == 1 else "y does not vary in the 9 rows"
    with pytest.warns(UserWarning, match=f"{words}.*: monitor='{name}' follows the validation loss") as caught:
        model.fit(X, CLASSES, validation=(X[rows], CLASSES[rows]))
    assert len(caught) == 1
    assert model.fitted_.kept_epoch == np.argmin(model.history_["valid_loss"]) + 1


class State:
    def __init__(self):
        from foveal.train.state import Best

        self.best, self.stale, self.result = Best(), 0, nn.Linear(1, 1)


def report(epoch, value, loss=0.5, name="macro_f1"):
    return EpochReport(epoch, 0.5, 0.5, loss, 0.9, 0.1, 1.0, 1.0, {}, {"accuracy": 0.9, name: value})


@pytest.mark.parametrize("less", [False, True])
def test_nan_is_never_the_best(less):
    state, nan, monitor = State(), float("nan"), Monitor("mae", less)
    for epoch, value in enumerate([nan, 0.3, nan, 0.3], start=1):
        keep_best(state, report(epoch, value, name="mae"), monitor)
    assert (state.best.epoch, state.best.score, state.stale) == (2, -0.3 if less else 0.3, 2)
    keep_best(state, report(5, -9.0 if less else 9.0, loss=nan, name="mae"), monitor)  # outputs that are no numbers
    assert state.best.epoch == 2
    assert np.isnan(report(1, 0.3).monitored(Monitor("gone")))


def test_partial_fit_takes_no_notice_of_it():
    model = CNNClassifier(monitor="macro_f1", **SMALL)
    assert model.partial_fit(X, CLASSES, classes=[0, 1, 2]).set_params(monitor="loss").partial_fit(X, CLASSES)


def test_a_model_file_keeps_the_columns_and_goes_on_with_them(tmp_path):
    model = CNNClassifier(monitor="macro_f1", n_epochs=2, **SMALL).fit(X, CLASSES)
    model.save(tmp_path / "m")
    again = load(tmp_path / "m")
    assert again.history_ == model.history_
    assert again.monitor == "macro_f1"
    more = again.partial_fit(X, CLASSES).history_["valid_macro_f1"]
    assert more[:2] == model.history_["valid_macro_f1"]
    assert np.isnan(more[2])


def test_a_run_broken_off_goes_on_to_the_same_bits_and_not_under_another_monitor(tmp_path):
    own = {"monitor": "average_precision", "sampler": "balanced", "n_epochs": 5, **SMALL}
    whole = CNNClassifier(**own).fit(X, CLASSES)
    model = CNNClassifier(checkpoint=tmp_path, checkpoint_every=3, **own)
    for report in model.epochs(X, CLASSES):
        if report.epoch == 3:
            break
    model.fit(X, CLASSES)
    assert model.history_["valid_average_precision"] == whole.history_["valid_average_precision"]
    assert model.fitted_.kept_epoch == whole.fitted_.kept_epoch
    weights = zip(model.net_.parameters(), whole.net_.parameters(), strict=True)
    assert all(torch.equal(a, b) for a, b in weights)
    with pytest.raises(ParameterError, match="has monitor='average_precision', this one monitor='loss'"):
        CNNClassifier(checkpoint=tmp_path, **own | {"monitor": "loss"}).fit(X, CLASSES)


def test_a_run_from_before_there_was_a_monitor_goes_on(tmp_path):
    own = {"n_epochs": 1, **SMALL}
    CNNClassifier(checkpoint=tmp_path, **own).fit(X, CLASSES)
    saved = read_saved(checkpoints(tmp_path)[-1])
    now = dict(saved.run)
    older = {name: value for name, value in now["parameters"].items() if name not in ("monitor", "sampler")}
    assert check_same(replace(saved, run={**now, "parameters": older}), now) == b""
    followed_now = {**now, "parameters": {**now["parameters"], "monitor": "loss"}}
    with pytest.raises(ParameterError, match="has monitor='auto', this one monitor='loss'"):
        check_same(replace(saved, run={**now, "parameters": older}), followed_now)


def test_the_line_of_an_epoch_shows_what_is_followed(capsys):
    CNNClassifier(monitor="macro_f1", n_epochs=1, verbose=1, **SMALL).fit(X, CLASSES)
    assert "  macro_f1 0." in capsys.readouterr().err
