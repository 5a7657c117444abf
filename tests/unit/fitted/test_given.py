"""`load` is given what a file leaves open: what does not fit is the argument's fault, and the message says which."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

import foveal
from foveal import CNN, CNNClassifier
from foveal.core.errors import ModelFileError, ParameterError
from foveal.tasks.classification import CLASSIFICATION
from foveal.tasks.table import KINDS

rng = np.random.default_rng(0)
X, Y = rng.normal(size=(24, 6, 6)).astype(np.float32), np.arange(24) % 3


def own(outputs=3, width=4):
    return nn.Sequential(nn.Flatten(), nn.Linear(36, width), nn.ReLU(), nn.Linear(width, outputs))


def mean_loss(out, y):
    return nn.functional.cross_entropy(out, y, reduction="none")


def _learn(parameters, y, classes):
    problem, y = CLASSIFICATION.learn(parameters, y, classes)
    return replace(problem, kind=OWN), y


OWN = replace(CLASSIFICATION, name="own", learn=_learn)
MODELS = {
    "net": lambda: CNNClassifier(net=own(), n_epochs=1),
    "activation": lambda: CNNClassifier(activation=nn.ReLU, in_channels_list=(None, 4), n_epochs=1),
    "loss": lambda: CNN(loss=mean_loss, task="classification", in_channels_list=(None, 4), n_epochs=1),
    "optimizer": lambda: CNNClassifier(optimizer=torch.optim.SGD, in_channels_list=(None, 4), n_epochs=1),
    "task": lambda: CNN(task=OWN, in_channels_list=(None, 4), n_epochs=1),
}


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("files")
    for name, make in MODELS.items():
        make().fit(X, Y).save(folder / name, given=name)
    return folder


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("net", own(width=5), r"^net=Sequential.* is not what .*net was trained with: tensor 'body.1.bias' does"),
        ("net", nn.Linear(6, 3), r"^net must turn \(N, 1, 6, 6\) into \(N, 3\)"),
        ("net", own(outputs=4), r"^net must turn .* for N=2 it gave \(2, 4\)"),
        ("net", nn.Conv3d(1, 3, 3), r"^net: Conv3d fails in inference on \(2, 1, 6, 6\)"),
        ("net", "nope", "^net must be .*, got 'nope'"),
        ("net", lambda shape: None, "^net=.* could not be called as net"),
        ("activation", nn.PReLU, "^activation=.* is not what .* was trained with: tensor 'body.*: it is missing"),
        ("optimizer", 3, "^optimizer must be .*, got 3"),
        ("loss", "hinge", "^loss='hinge' is not what .*: outputs trained with it are no probabilities, and the"),
        ("loss", "mse", "^loss='mse' does not fit classification; use one of 'cross_entropy'"),
        ("task", "regression", "^task='regression' is not what .*task was trained with, which is a kind named 'own'"),
        ("task", replace(OWN, name="other"), r"^task=Kind\('other'\) is not what .* a kind named 'own'; give that"),
    ],
)
def test_what_does_not_fit_is_told_by_its_name(name, value, words, files):
    with pytest.raises(ParameterError, match=words) as caught:
        foveal.load(files / name, **{name: value})
    assert not isinstance(caught.value, ModelFileError)


@pytest.mark.parametrize(
    ("name", "value"),
    [("net", own()), ("activation", nn.ReLU), ("optimizer", torch.optim.SGD), ("loss", mean_loss), ("task", OWN)],
)
def test_what_it_was_trained_with_is_taken(name, value, files):
    assert foveal.load(files / name, **{name: value}).partial_fit(X, Y).n_epochs_ == 2


def test_a_kind_that_has_anothers_name_is_told_apart(tmp_path):
    def learn(parameters, y, classes):
        problem, y = CLASSIFICATION.learn(parameters, y, classes)
        return replace(problem, kind=kind), y

    kind = replace(CLASSIFICATION, learn=learn)
    CNN(task=kind, in_channels_list=(None, 4), n_epochs=1).fit(X, Y).save(tmp_path / "m", given="task")
    with pytest.raises(ParameterError, match=r"^task='labels' does not fit classification, which the model was"):
        foveal.load(tmp_path / "m", task="labels")
    assert foveal.load(tmp_path / "m", task=KINDS["classification"]).predict(X).shape == (24,)


def test_what_the_file_holds_or_lacks_is_said(files):
    with pytest.raises(ModelFileError, match=r"leaves net to whoever loads it; use foveal\.load\(path, net="):
        foveal.load(files / "net")
    with pytest.raises(ModelFileError, match=r"holds its loss; leave loss=\.\.\. out"):
        foveal.load(files / "net", net=own(), loss="hinge")
