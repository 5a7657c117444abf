"""Whole training runs against the NumPy network: the loss before each of 20 updates, then weights and outputs."""

from itertools import pairwise

import numpy as np
import pytest

from .differences import close, tensor
from .losses import LOSSES
from .numpy_network import Network
from .updates import UPDATES
from .wiring import SHAPE, batches_of, engine, in_numpy, plain_stack, some_rows, task_of

EPOCHS = 20
RATES = {"adadelta": 1.0, "sgd": 0.1, "adagrad": 0.05}  # others 0.01: enough to move in 20 steps, not to explode


def run_numpy(network, x, y, weights, batches):
    """Train in NumPy; an epoch's loss is the mean of its batches', weighted with their weights."""
    weights = np.ones(len(x)) if weights is None else weights

    def epoch():
        return sum(network.step(x[b], y[b], weights[b]) * weights[b].sum() for b in batches) / weights.sum()

    return [epoch() for _ in range(EPOCHS)]


def check(loss, optimizer, *, shape=SHAPE, lambda_=0.0, weighted=False, bounds=(0, 9), batch_size=100, **options):
    """Train both networks alike from the same weights and compare all that can be seen of them."""
    x, y, weights = some_rows(loss, shape)
    weights = weights if weighted else None
    lr, net = RATES.get(optimizer, 0.01), plain_stack(shape, **options)
    network = Network(in_numpy(net, **options), loss, optimizer, lr, lambda_)
    task = task_of(loss)
    rows = batches_of(task, x, y, weights, batch_size)
    _, reports = engine(net, rows, task, optimizer=optimizer, lr=lr, n_epochs=EPOCHS, l2=lambda_)
    batches = [slice(a, b) for a, b in pairwise(bounds)]
    expected = run_numpy(network, x, y, weights, batches)
    assert abs(expected[-1] - expected[0]) > 0.01  # the comparison would otherwise say little
    np.testing.assert_allclose([r.train_loss for r in reports], expected, rtol=1e-8, atol=1e-8)
    for p, w in zip(net.parameters(), network.weights(), strict=True):
        close(p, w, 1e-7)
    close(net.eval()(tensor(x)), network.forward(x, training=False), 1e-7)  # with the running statistics


@pytest.mark.parametrize("lambda_", [0.0, 0.01])
@pytest.mark.parametrize("loss", sorted(LOSSES))
@pytest.mark.parametrize("optimizer", sorted(UPDATES))
def test_twenty_steps(optimizer, loss, lambda_):
    check(loss, optimizer, lambda_=lambda_, weighted=lambda_ > 0)


@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
@pytest.mark.parametrize(
    "options",
    [
        {"do_batch_norm": False},
        {"momentum": 0.5},
        {"activation": "gelu"},
        {"activation": "leaky_relu", "pool_mode": "avg"},
        {"do_pooling": False},
        {"padding": "valid", "filter_size": 2},
        {"filter_size": 4, "stride": 2},
        {"filter_size": (3, 5), "stride": (1, 2), "pool_filter_size": (3, 2), "pool_stride": (2, 1)},
        {"pool_filter_size": 9},
        {"dilation": 2},
        {"dilation": (1, 3), "filter_size": 2, "do_pooling": False},
        {"in_channels_list": 2, "in_features_list": (None,)},
        {"shape": (2, 11)},
        {"shape": (1, 5, 4, 5), "filter_size": 2},
    ],
    ids=str,
)
def test_every_option(options, optimizer):
    check("cross_entropy", optimizer, lambda_=0.001, **options)


BATCHES = [
    (3, (0, 3, 6, 9)),
    (5, (0, 5, 9)),
    (4, (0, 4, 9)),  # a last batch of one row, of 4 + 4 + 1 here and 8 + 1 next, joins the one before
    (8, (0, 9)),
    (1, (0, 1, 2, 3, 4, 5, 6, 7, 9)),  # a dense layer's batch norm then takes the running statistics
]


@pytest.mark.parametrize("lambda_", [0.0, 0.01])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize(("batch_size", "bounds"), BATCHES)
def test_several_batches_in_an_epoch(batch_size, bounds, weighted, lambda_):
    check("cross_entropy", "adam", batch_size=batch_size, bounds=bounds, weighted=weighted, lambda_=lambda_)
