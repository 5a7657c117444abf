"""What the batches of a validation leave, and the numbers that it makes: the same whatever the batches."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from sklearn.metrics import average_precision_score, balanced_accuracy_score, f1_score
from torch import nn

from foveal.data.batches import Batches
from foveal.data.rows import Rows
from foveal.data.store import Resident
from foveal.tasks.measures import of_classes
from foveal.train import Config, evaluate
from foveal.train.measures import Collected, Measure
from foveal.train.processes.distributed import ALONE

from .standin import TASK

X = np.random.default_rng(0).normal(size=(31, 3)).astype(np.float32)
Y = np.r_[np.arange(31) % 3]
MEASURES = of_classes(probabilities=True)
CONFIG = Config(n_epochs=1, learning_rate=0.1, measures=MEASURES)


def net():
    layer = nn.Linear(3, 3, bias=False)
    nn.init.orthogonal_(layer.weight, generator=torch.Generator().manual_seed(0))
    return layer.requires_grad_(False)


def measured(size, weights=None, config=CONFIG):
    store = Resident(Rows(X), torch.float32, torch.device("cpu"))
    return evaluate(net(), Batches(store, (torch.from_numpy(Y),), weights, size), TASK, config)[1]


@pytest.mark.parametrize("size", [1, 4, 31])
@pytest.mark.parametrize("weighted", [False, True])
def test_the_values_are_scikit_learns_of_the_whole_whatever_the_batches(size, weighted):
    weights = torch.from_numpy(np.random.default_rng(1).random(31)) if weighted else None
    found = measured(size, weights)
    outputs = net()(torch.from_numpy(X))
    predicted, chances = outputs.argmax(1).numpy(), outputs.softmax(1).numpy()
    more = {"sample_weight": None if weights is None else weights.numpy()}
    assert list(found) == ["accuracy", "balanced_accuracy", "macro_f1", "average_precision", "roc_auc"]
    assert found["balanced_accuracy"] == pytest.approx(balanced_accuracy_score(Y, predicted, **more))
    assert found["macro_f1"] == pytest.approx(f1_score(Y, predicted, average="macro", **more))
    expected = average_precision_score(np.eye(3)[Y], chances, average="macro", **more)
    assert found["average_precision"] == pytest.approx(expected, rel=1e-6)


def test_without_measures_the_scores_are_the_tasks():
    assert list(measured(4, config=replace(CONFIG, measures=()))) == ["accuracy"]


def test_measures_of_one_tally_share_it():
    calls = []

    def tally(outputs, targets, weight):
        calls.append(len(outputs))
        return outputs.sum()[None]

    measures = Measure("a", tally, float), Measure("b", tally, lambda total: -float(total))
    assert measured(16, config=replace(CONFIG, measures=measures))["b"] < 99
    assert calls == [16, 15]


def test_what_is_kept_of_a_batch_is_not_overwritten_by_the_next():
    kept, out = Collected(MEASURES), torch.eye(3)
    batch = SimpleNamespace(y=(torch.arange(3),), weight=None)
    kept.add(out, batch)
    out.copy_(torch.eye(3).flip(0) * 9)  # as a replayed recording does
    kept.add(out, batch)
    found = kept.values(ALONE)
    assert found["accuracy"] == pytest.approx(4 / 6)
    assert found["balanced_accuracy"] == pytest.approx(4 / 6)
    assert found["average_precision"] < 1
