"""What else the engine's settings mean: validation, accumulation, clipping, averaged weights, label smoothing."""

from functools import partial

import numpy as np
import pytest

from .differences import close, tensor
from .losses import LOSSES
from .numpy_network import Network
from .wiring import batches_of, engine, in_numpy, plain_stack, some_rows, task_of


def both(loss="cross_entropy", optimizer="adam", *, lr=0.02, smoothing=0.0, **options):
    """Give the rows, the task, our network and NumPy's with the same weights."""
    clip_norm, lambda_ = options.pop("clip_norm", np.inf), options.pop("lambda_", 0.0)
    net = plain_stack(**options)
    network = Network(in_numpy(net, **options), loss, optimizer, lr, lambda_, clip_norm)
    network.loss = partial(LOSSES[loss], smoothing=smoothing) if smoothing else network.loss
    return some_rows(loss), task_of(loss, smoothing), net, network


def check_weights(net, weights, tolerance=1e-9):
    for p, w in zip(net.parameters(), weights, strict=True):
        close(p, w, tolerance)


@pytest.mark.parametrize("weighted", [True, False])
@pytest.mark.parametrize("lambda_", [0.0, 0.1])
@pytest.mark.parametrize("loss", sorted(LOSSES))
def test_validation_is_in_inference_mode_and_holds_the_l2_term(loss, lambda_, weighted):
    (x, y, weights), task, net, network = both(loss, lambda_=lambda_)
    valid = (x[:5] + 0.3, y[:5], weights[:5] if weighted else None)
    _, reports = engine(
        net, batches_of(task, x, y), task, optimizer="adam", lr=0.02, n_epochs=4, l2=lambda_,
        valid=batches_of(task, *valid, batch_size=2),
    )  # fmt: skip
    for report in reports:
        network.step(x, y)
        expected, _ = network.evaluate(*valid[:2], training=False, weights=valid[2])
        assert report.valid_loss == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("weighted", [True, False])
@pytest.mark.parametrize(("accumulate", "lambda_"), [(2, 0.0), (3, 0.1), (4, 0.0), (100, 0.1)])
def test_accumulated_parts_make_the_update_of_the_whole_batch(accumulate, lambda_, weighted):
    """Without batch norm, whose statistics are each part's own, nothing may change; 9 rows are split unevenly too."""
    (x, y, weights), task, net, network = both(do_batch_norm=False, lambda_=lambda_)
    weights = weights if weighted else None
    rows = batches_of(task, x, y, weights)
    _, reports = engine(
        net, rows, task, optimizer="adam", lr=0.02, n_epochs=5, l2=lambda_, accumulate=accumulate
    )  # fmt: skip
    for report in reports:
        assert report.train_loss == pytest.approx(network.step(x, y, weights), rel=1e-9)
    check_weights(net, network.weights())


@pytest.mark.parametrize("clip_norm", [0.05, 0.5, 100.0])
def test_clipping_is_of_the_whole_gradient_with_the_l2_term(clip_norm):
    """PyTorch divides by norm + 1e-6, hence the tolerance."""
    (x, y, _), task, net, network = both(optimizer="sgd", lr=0.5, clip_norm=clip_norm, lambda_=0.05)
    engine(
        net, batches_of(task, x, y), task, optimizer="sgd", lr=0.5, n_epochs=5, l2=0.05, clip_norm=clip_norm
    )  # fmt: skip
    for _ in range(5):
        network.step(x, y)
    check_weights(net, network.weights(), 1e-4)


@pytest.mark.parametrize("decay", [0.15, 0.9])
def test_averaged_weights_are_those_validated_and_given_out(decay):
    """a <- d a + (1 - d) w with d = min(decay, (1 + t) / (10 + t)), t from 0; from the initial weights."""
    (x, y, _), task, net, network = both()
    average = [w.copy() for w in network.weights()]
    rows = batches_of(task, x, y)
    state, _ = engine(
        net, rows, task, optimizer="adam", lr=0.02, n_epochs=12, ema_decay=decay, valid=rows
    )  # fmt: skip
    for t in range(12):
        network.step(x, y)
        d = min(decay, (1 + t) / (10 + t))
        average = [d * a + (1 - d) * w for a, w in zip(average, network.weights(), strict=True)]
    check_weights(state.net, network.weights())
    check_weights(state.result, average)
    weights = iter(average)
    for layer in network.layers:
        layer.params = {name: next(weights) for name in layer.params}
    expected, _ = network.evaluate(x, y, training=False)
    assert state.history[-1].valid_loss == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("loss", ["cross_entropy", "kl"])
def test_label_smoothing(loss):
    (x, y, weights), task, net, network = both(loss, smoothing=0.2)
    _, reports = engine(net, batches_of(task, x, y, weights), task, optimizer="adam", lr=0.02, n_epochs=5)
    for report in reports:
        assert report.train_loss == pytest.approx(network.step(x, y, weights), rel=1e-9)
    close(net.eval()(tensor(x)), network.forward(x, training=False), 1e-9)
