"""Inference over batches: the loss and the score of all rows, whatever the batches."""

from dataclasses import replace

import pytest
import torch
from torch import nn

from foveal.data.batches import Batches
from foveal.data.rows import Rows
from foveal.data.store import Resident
from foveal.train import Config, evaluate, outputs
from foveal.train.evaluate import MAP_VALUES, rows_at_once

from .standin import TASK

X = torch.linspace(-1, 1, 33).reshape(11, 3)
Y = torch.arange(11) % 2
CONFIG = Config(n_epochs=1, learning_rate=0.1)


def batches(size, weights=None):
    store = Resident(Rows(X.numpy()), torch.float32, torch.device("cpu"))
    return Batches(store, (Y,), weights, size)


@pytest.fixture
def net():
    layer = nn.Linear(3, 2)
    nn.init.constant_(layer.weight, 0.5)
    nn.init.constant_(layer.bias, 0.1)
    return layer.requires_grad_(False)


@pytest.mark.parametrize("size", [1, 4, 11])
def test_batches_do_not_change_loss_and_score(net, size):
    loss, scores = evaluate(net, batches(size), TASK, CONFIG)
    assert loss == pytest.approx(float(nn.functional.cross_entropy(net(X), Y)), rel=1e-6)
    assert scores["accuracy"] == pytest.approx(float((net(X).argmax(1) == Y).float().mean()))


def test_weights_count(net):
    weights = torch.zeros(11)
    weights[3] = 2.0
    loss, _ = evaluate(net, batches(4, weights), TASK, CONFIG)
    assert loss == pytest.approx(float(nn.functional.cross_entropy(net(X[3:4]), Y[3:4])), rel=1e-6)


def test_the_l2_term_is_part_of_the_loss(net):
    plain, _ = evaluate(net, batches(4), TASK, CONFIG)
    loss, _ = evaluate(net, batches(4), TASK, replace(CONFIG, l2=0.1))
    assert loss - plain == pytest.approx(0.1 * 6 * 0.25, rel=1e-5)


def test_it_stops_where_a_pause_is_asked_for(net):
    asked = []
    assert evaluate(net, batches(4), TASK, CONFIG, lambda: bool(asked.append(1)) or len(asked) == 2) is None
    assert len(asked) == 2


def test_the_network_is_in_inference_mode_and_takes_no_gradient():
    seen = []

    class Net(nn.Linear):
        def forward(self, x):
            seen.append((self.training, torch.is_grad_enabled(), torch.is_inference_mode_enabled()))
            return super().forward(x)

    evaluate(Net(3, 2).train(), batches(11), TASK, CONFIG)
    assert seen == [(False, False, False)]  # a tensor made in inference mode could not be trained on


def test_outputs_come_batch_by_batch():
    asked = []
    found = outputs(lambda x: asked.append(len(x)) or x * 2, iter([(X[:4],), (X[4:],)]))
    assert asked == []
    assert torch.equal(next(found), X[:4] * 2)
    assert asked == [4]


def test_rows_at_once_fill_a_map_of_bounded_size():
    assert rows_at_once(10, MAP_VALUES) == 1
    assert rows_at_once(10, MAP_VALUES // 7) == 7
    assert rows_at_once(10, 2 * MAP_VALUES) == 1
    assert rows_at_once(1, 1) == 1024
