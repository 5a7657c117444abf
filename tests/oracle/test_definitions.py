"""The NumPy definitions themselves, against SciPy, sums written out, and central differences."""

from itertools import product

import numpy as np
import pytest
from scipy.signal import convolve
from scipy.signal import correlate as scipy_correlate

from . import definitions as d
from .activations import ACTIVATIONS
from .differences import central, close
from .losses import LOSSES, OF_CLASSES, some_targets
from .normalisation import BatchNorm
from .numpy_network import Activation, Conv, Dense, Flatten, Network, Norm, Pool

SMOOTH = 1e-8  # of central differences at h = 1e-5


@pytest.fixture
def rng():
    return np.random.default_rng(0)


@pytest.mark.parametrize("sizes", [(9,), (6, 7), (4, 5, 3)])
def test_correlation_is_scipys_and_convolution_its_flip(rng, sizes):
    x, w = rng.normal(size=(1, 1, *sizes)), rng.normal(size=(1, 1, *(3,) * len(sizes)))
    close(d.correlate(x, w, padding="valid")[0, 0], scipy_correlate(x[0, 0], w[0, 0], "valid"))
    close(d.correlate(x, np.flip(w, axis=tuple(range(2, w.ndim))))[0, 0], convolve(x[0, 0], w[0, 0], "same"))


def test_correlation_is_the_formulas_sum(rng):
    x, w = rng.normal(size=(2, 3, 6, 7)), rng.normal(size=(4, 3, 2, 3))
    y = d.correlate(x, w, stride=(2, 1), dilation=(1, 2), padding="valid")
    for n, o, i, j in np.ndindex(y.shape):
        total = sum(x[n, c, 2 * i + p, j + 2 * q] * w[o, c, p, q] for c, p, q in product(range(3), range(2), range(3)))
        assert y[n, o, i, j] == pytest.approx(total, abs=1e-12)


def test_first_maximum_wins_a_tie():
    x = np.ones((1, 1, 2, 2))
    close(d.max_pool_backward(np.ones((1, 1, 1, 1)), x, 2), np.array([[[[1.0, 0], [0, 0]]]]))


@pytest.mark.parametrize("padding", ["same", "valid"])
@pytest.mark.parametrize(
    ("sizes", "options"), [((7,), {"stride": 2}), ((5, 6), {"stride": (2, 1), "dilation": (1, 2)})]
)
def test_correlation_backward(rng, sizes, options, padding):
    x, w, b = rng.normal(size=(2, 2, *sizes)), rng.normal(size=(3, 2, *(2, 3)[: len(sizes)])), rng.normal(size=3)
    weight = rng.normal(size=d.correlate(x, w, b, padding=padding, **options).shape)

    def value():
        return (weight * d.correlate(x, w, b, padding=padding, **options)).sum()

    backward = d.correlate_backward(weight, x, w, padding=padding, **options)
    for slope, of in zip(backward, (x, w, b), strict=True):
        close(slope, central(value, of), SMOOTH)


@pytest.mark.parametrize("pool", ["max", "mean"])
@pytest.mark.parametrize(("size", "stride"), [(2, None), (3, 2), (2, 3), (9, 2)])
def test_pooling_backward(rng, pool, size, stride):
    forward = (lambda x: d.max_pool(x, size, stride)[0]) if pool == "max" else (lambda x: d.mean_pool(x, size, stride))
    x = rng.normal(size=(2, 2, 5, 6))
    weight = rng.normal(size=forward(x).shape)
    slope = getattr(d, f"{pool}_pool_backward")(weight, x, size, stride)
    close(slope, central(lambda: (weight * forward(x)).sum(), x), SMOOTH)


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("shape", [(5, 3), (4, 3, 5), (3, 2, 2, 3)])
def test_normalisation_backward(rng, shape, training):
    x, weight = rng.normal(size=shape), rng.normal(size=shape)
    norm = BatchNorm(shape[1])
    norm.gamma, norm.beta = rng.normal(size=shape[1]), rng.normal(size=shape[1])

    def value():
        return (weight * norm.forward(x, training)).sum()

    value()
    for slope, of in zip(norm.backward(weight), (x, norm.gamma, norm.beta), strict=True):
        close(slope, central(value, of), SMOOTH)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_slope_of_activation(name):
    f, slope = ACTIVATIONS[name]
    x = np.linspace(-8, 8, 100)  # no kink of any of them among the points
    close(slope(x), (f(x + 1e-5) - f(x - 1e-5)) / 2e-5, SMOOTH)


@pytest.mark.parametrize("name", LOSSES)
def test_slope_of_loss(rng, name):
    z, targets = rng.normal(size=(6, 4)), some_targets(name, rng, 6, 4)
    options = {"smoothing": 0.2} if name in OF_CLASSES[:2] else {}
    slope = LOSSES[name](z, targets, **options)[1]
    close(slope, central(lambda: LOSSES[name](z, targets, **options)[0].sum(), z), SMOOTH)


def small_network(rng, loss, lambda_):
    layers = [
        Conv({"weight": rng.normal(size=(3, 2, 3, 3))}, stride=1),
        Norm({"weight": rng.normal(size=3), "bias": rng.normal(size=3)}, 0.9),
        Activation("relu"),
        Pool("max", 2, 2),
        Flatten(),
        Dense(weight=rng.normal(size=(4, 12)), bias=rng.normal(size=4)),
    ]
    return Network(layers, loss, "sgd", 0.1, lambda_)


@pytest.mark.parametrize("lambda_", [0.0, 0.1])
@pytest.mark.parametrize("loss", ["cross_entropy", "huber"])
def test_network_backward(rng, loss, lambda_):
    network, x = small_network(rng, loss, lambda_), rng.normal(size=(5, 2, 4, 5))
    targets, weights = some_targets(loss, rng, 5, 4), rng.random(5)

    def value():
        return network.evaluate(x, targets, weights=weights)[0]

    slopes = network.evaluate(x, targets, weights=weights)[1]
    dx = network.backward(slopes)
    found = [(layer.params[name], layer.grads[name].copy()) for layer in network.layers for name in layer.params]
    for of, slope in [*found, (x, dx)]:
        close(slope, central(value, of), SMOOTH)
