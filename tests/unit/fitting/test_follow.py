"""partial_fit and parameters that were changed since the first call: checked as fit does, followed, or named."""

import pickle
import warnings

import numpy as np
import pytest
import torch
from sklearn.base import clone
from torch import nn

from foveal import CNN, CNNClassifier, CNNRegressor, load
from foveal.core.errors import ParameterError
from foveal.core.parameters import TABLE

X = np.random.default_rng(0).normal(size=(60, 6)).astype("float32")
CLASSES = np.arange(60) % 3
VALUES = X[:, 0].astype(float)
LABELS = np.c_[CLASSES > 0, CLASSES > 1].astype(int)
SMALL = {"in_channels_list": (None, 4), "out_channels": 4, "in_features_list": (None, 8), "n_epochs": 1}


def row_loss(outputs, targets):
    return (outputs - targets).pow(4).mean(dim=1)


def mean_of_integers(outputs, targets):
    return targets.sum()


def first(make, y, **parameters):
    return make(**{**SMALL, "random_state": 0, **parameters}).fit(X, y)


#: Estimator, loss and y of the first call, what is set then, and what fit would say.
REFUSED = {
    "mse for classes": (CNN, {}, CLASSES, {"loss": "mse"}),
    "mae for classes": (CNNClassifier, {}, CLASSES, {"loss": "mae"}),
    "huber for labels": (CNNClassifier, {}, LABELS, {"loss": "huber"}),
    "hinge for labels": (CNN, {}, LABELS, {"loss": "hinge"}),
    "kl for labels": (CNNClassifier, {}, LABELS, {"loss": "kl"}),
    "kl for values": (CNN, {"loss": "mse"}, VALUES, {"loss": "kl"}),
    "cross-entropy for values": (CNNRegressor, {}, VALUES, {"loss": "cross_entropy"}),
    "a binary loss for classes": (CNN, {}, CLASSES, {"loss": "binary_cross_entropy"}),
    "a function without a task": (CNN, {}, CLASSES, {"loss": row_loss}),
    "a loss without a gradient": (CNNRegressor, {}, VALUES, {"loss": mean_of_integers}),
    "another task": (CNNClassifier, {}, CLASSES, {"task": "regression"}),
    "labels for classes": (CNNClassifier, {}, CLASSES, {"task": "labels"}),
    "a name with a slip": (CNNClassifier, {}, CLASSES, {"loss": "cross_entrpy"}),
    "smoothing of a hinge": (CNNClassifier, {}, CLASSES, {"loss": "hinge", "label_smoothing": 0.1}),
}


#: Those that a new fit would read as another kind of problem.
DECIDES = ("mse for classes", "kl for values", "a binary loss for classes", "labels for classes")


@pytest.mark.parametrize("case", REFUSED)
def test_a_loss_that_does_not_fit_is_refused_in_the_words_of_fit(case):
    make, parameters, y, then = REFUSED[case]
    model = first(make, y, **parameters)
    before, history = model.predict(X), model.history_
    model.set_params(**then)
    with pytest.raises(ParameterError) as caught:
        model.partial_fit(X, y)
    if case in DECIDES:  # alone, the loss or the task would decide the kind of problem
        assert (
            f"{next(iter(then))}={next(iter(then.values()))!r} does not fit {model.fitted_.problem.kind.name}"
            in str(caught.value)
        )
    else:
        with pytest.raises(ParameterError) as by_fit:
            clone(model).fit(X, y)
        assert str(caught.value) == str(by_fit.value)
    assert (model.predict(X) == before).all()
    assert model.history_ == history


@pytest.mark.parametrize(
    ("make", "start", "y", "then"),
    [
        (CNNClassifier, {}, CLASSES, {"loss": "kl"}),
        (CNN, {}, LABELS, {"loss": "binary_cross_entropy"}),
        (CNN, {"loss": "mse"}, VALUES, {"loss": "huber"}),
        (CNNRegressor, {}, VALUES, {"loss": row_loss}),
        (CNN, {"loss": "mae"}, VALUES, {"loss": row_loss, "task": "regression"}),
        (CNNClassifier, {}, CLASSES, {"label_smoothing": 0.2, "clip_norm": 0.1}),
        (CNNClassifier, {}, CLASSES, {"batch_size": 7, "accumulate": 2, "shuffle": False}),
        (CNNClassifier, {}, CLASSES, {"learning_rate": 0.1, "lambda_": 0.01, "class_weight": "balanced"}),
        (CNNClassifier, {"ema_decay": 0.9, "batch_size": 5}, CLASSES, {"ema_decay": 0.5}),
        (CNNClassifier, {}, CLASSES, {"kernels": "off", "workers": 0, "augment": lambda x, rng: x * 0}),
    ],
)
def test_what_can_be_followed_is_followed_in_silence(make, start, y, then):
    model, same = first(make, y, **start), first(make, y, **start)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model.set_params(**then).partial_fit(X, y)
        same.partial_fit(X, y)
    moved = [not torch.equal(a, b) for a, b in zip(model.net_.parameters(), same.net_.parameters(), strict=True)]
    assert any(moved) or then == {"loss": "binary_cross_entropy"} or "kernels" in then or then == {"loss": "kl"}
    assert model.fitted_.settings.items() >= then.items()


#: What the first call has, and the change that cannot be followed.
LOST = {
    "activation": ("relu", "tanh"),
    "layer_decay": (None, 0.5),
    "in_channels_list": ((None, 4), (None, 5)),
    "in_features_list": ((None, 8), (None, 9)),
    "out_channels": (4, 5),
    "out_features": (None, 3),
    "filter_size": (3, 5),
    "initializer": (None, "he"),
    "padding": ("same", "valid"),
    "stride": (1, 2),
    "dilation": (1, 2),
    "do_batch_norm": (True, False),
    "momentum": (0.9, 0.5),
    "do_pooling": (True, False),
    "pool_filter_size": (2, 3),
    "pool_stride": (2, 1),
    "pool_mode": ("max", "avg"),
    "do_dropout": (True, False),
    "dropout_rate": (0.5, 0.1),
    "optimizer": ("adam", "sgd"),
    "layout": (None, "NL"),
    "random_state": (0, 1),
    "device": ("auto", "cpu"),
    "precision": ("auto", "float64"),
    "ema_decay": (None, 0.9),
    "one_hot": (False, True),
}


@pytest.mark.parametrize("name", LOST)
def test_what_cannot_be_followed_is_named_once_and_stays(name):
    was, then = LOST[name]
    model, same = first(CNNClassifier, CLASSES, **{name: was}), first(CNNClassifier, CLASSES, **{name: was})
    model.set_params(**{name: then})
    with pytest.warns(UserWarning, match=f"partial_fit cannot follow changes of {name} and goes on") as caught:
        model.partial_fit(X, CLASSES)
    assert len(caught) == 1
    same.partial_fit(X, CLASSES)
    assert (model.predict_proba(X) == same.predict_proba(X)).all()
    assert model.fitted_.settings[name] == was


def test_several_are_named_in_one_warning_and_net_is_among_them():
    model = CNNClassifier(net=nn.Linear(6, 3), n_epochs=1, random_state=0)
    model.net = nn.Sequential(nn.Flatten(), nn.Linear(6, 3))
    model.fit(X, CLASSES)
    model.set_params(net=nn.Sequential(nn.Flatten(), nn.Linear(6, 3)), optimizer="sgd", one_hot=True)
    with pytest.warns(UserWarning, match="changes of net, one_hot, optimizer and goes on") as caught:
        model.partial_fit(X, CLASSES)
    assert len(caught) == 1


def test_every_parameter_is_followed_idle_or_named():
    lost = {p.name for p in TABLE if p.later in ("fixed", "fresh")}
    others = {p.name for p in TABLE if p.only and "CNN" not in p.only}  # of masks, texts, pairs and histories
    assert lost == {*LOST, "net", "stem", "weights", "freeze", *others}


def test_another_stem_is_named_too():
    model = CNNClassifier(net="resnet18", n_epochs=1, random_state=0)
    model.partial_fit(X, CLASSES, classes=np.unique(CLASSES))
    with pytest.warns(UserWarning, match="partial_fit cannot follow changes of stem and goes on"):
        model.set_params(stem="full").partial_fit(X, CLASSES)
    assert model.fitted_.settings["stem"] == "auto"


@pytest.mark.parametrize("name", [p.name for p in TABLE if p.later == "fresh"])
def test_a_model_from_a_file_has_no_optimizer_yet_and_follows_more(name, tmp_path):
    first(CNNClassifier, CLASSES).save(tmp_path / "m.safetensors")
    model = load(tmp_path / "m.safetensors").set_params(**{name: LOST[name][1]})
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model.partial_fit(X, CLASSES)


@pytest.mark.parametrize("way", ["as it is", "pickled", "from a file", "numpy", "a list"])
def test_nothing_is_said_where_nothing_was_changed(way, tmp_path):
    model = first(CNNClassifier, CLASSES)
    if way == "pickled":
        model = pickle.loads(pickle.dumps(model))
    if way == "from a file":
        model.save(tmp_path / "m.safetensors")
        model = load(tmp_path / "m.safetensors")
    if way == "numpy":
        model.set_params(out_channels=np.int64(4), dropout_rate=np.float64(0.5))
    if way == "a list":
        model.set_params(in_channels_list=[None, 4])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model.partial_fit(X, CLASSES).partial_fit(X, CLASSES)


def test_probabilities_go_with_the_loss():
    model = first(CNNClassifier, CLASSES, loss="hinge")
    assert not hasattr(model, "predict_proba")
    model.set_params(loss="cross_entropy").partial_fit(X, CLASSES)
    assert model.predict_proba(X).sum(axis=1) == pytest.approx(1)
    model.set_params(loss="hinge").partial_fit(X, CLASSES)
    assert not hasattr(model, "predict_proba")


@pytest.mark.parametrize("losses", [("cross_entropy", "hinge"), ("hinge", "kl")])
def test_a_file_holds_the_loss_that_was_followed(losses, tmp_path):
    model = first(CNNClassifier, CLASSES, loss=losses[0]).set_params(loss=losses[1]).partial_fit(X, CLASSES)
    model.save(tmp_path / "m.safetensors")
    again = load(tmp_path / "m.safetensors")
    assert again.loss == losses[1]
    assert hasattr(again, "predict_proba") == (losses[1] != "hinge")
