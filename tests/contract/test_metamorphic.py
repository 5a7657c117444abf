"""Random networks: what must not change a prediction does not.

Rows one by one or together, rows in another order, labels by other names, a file, a clone and a pickle between. The
networks are drawn over the parameter table from a seed; what the planner refuses as too small is drawn again.
"""

import pickle
import time
from typing import Any

import numpy as np
import pytest
from sklearn.base import clone

import foveal
from foveal import CNN
from foveal.core.choices import ACTIVATIONS, INITIALIZERS, OPTIMIZERS
from foveal.core.errors import DivergedError, ParameterError

#: Seconds that the ordinary form goes on for once it has its least number.
SECONDS = 30
NAMES = np.array(["zebra", "ant", "mole"])  # not in the order of the numbers


def drawn(rng: np.random.Generator) -> tuple[CNN, np.ndarray, np.ndarray]:
    """Draw an estimator, its data and its targets."""

    def one(*choices: Any) -> Any:
        return choices[int(rng.integers(len(choices)))]

    ndim = int(rng.integers(1, 4))
    sizes = tuple(int(n) for n in rng.integers(4, 9 if ndim < 3 else 6, size=ndim))
    channels = int(rng.integers(1, 4))
    shape, layout = ((channels, *sizes), {1: "NCL", 2: "NCHW", 3: "NCDHW"}[ndim])
    rows = int(rng.integers(8, 20))
    loss = one("cross_entropy", "hinge", "kl", "binary_cross_entropy", "mse", "mae", "huber")
    blocks = int(rng.integers(1, 4))
    per_axis = [int(n) for n in rng.integers(1, 4, size=ndim)]
    model = CNN(
        loss=loss, layout=layout, n_epochs=1, batch_size=int(rng.integers(2, 9)), valid_size=0,
        in_channels_list=(None, *(int(n) for n in rng.integers(1, 5, size=blocks - 1))),
        in_features_list=(None, *(int(n) for n in rng.integers(2, 6, size=rng.integers(0, 3)))),
        out_channels=int(rng.integers(1, 6)), filter_size=one(1, 2, 3, per_axis), padding=one("same", "valid"),
        stride=one(1, 1, 2, per_axis), do_pooling=one(True, False), pool_filter_size=one(1, 2, 3),
        pool_stride=one(1, 2), pool_mode=one("max", "avg"), do_batch_norm=one(True, False),
        do_dropout=one(True, False), activation=one(*ACTIVATIONS), initializer=one(None, *INITIALIZERS),
        optimizer=one(*OPTIMIZERS), learning_rate=1e-3, ema_decay=one(None, 0.5), augment=one(None, "flip"),
        precision=one("auto", "float32", "float64"), random_state=int(rng.integers(1000)),
    )  # fmt: skip
    X = rng.normal(size=(rows, *shape)).astype(np.float32)
    if loss in ("mse", "mae", "huber"):
        y = rng.normal(size=one((rows,), (rows, 2)))
    elif loss == "binary_cross_entropy":
        y = rng.integers(2, size=(rows, 3))
    else:
        y = np.arange(rows) % 3
    return model, X, y


def outputs(model: CNN, X: np.ndarray) -> np.ndarray:
    """Give what lies nearest to the network's outputs."""
    return model.predict(X) if not model.fitted_.problem.kind.classifies else model.decision_function(X)


def keeps_its_predictions(model: CNN, X: np.ndarray, y: np.ndarray, rng: np.random.Generator, path: Any) -> None:
    """Fit a model and hold its predictions against those of its relatives."""
    before = clone(model)
    expected, labels = outputs(model.fit(X, y), X), model.predict(X)
    largest = max(1.0, float(np.abs(expected).max()))

    alone = np.concatenate([outputs(model, X[i : i + 1]) for i in range(len(X))])
    np.testing.assert_allclose(alone, expected, rtol=0, atol=1e-5 * largest)
    order = rng.permutation(len(X))
    np.testing.assert_allclose(outputs(model, X[order]), expected[order], rtol=0, atol=1e-5 * largest)

    model.save(path)
    for again in (foveal.load(path), pickle.loads(pickle.dumps(model)), before.fit(X, y), clone(model).fit(X, y)):
        assert again.get_params(deep=False).keys() == model.get_params(deep=False).keys()
        np.testing.assert_array_equal(outputs(again, X), expected)
        np.testing.assert_array_equal(again.predict(X), labels)
    if model.fitted_.problem.one_class:
        ranked = np.sort(NAMES)  # names in the order of the numbers: the network is the same one
        renamed = clone(model).fit(X, ranked[y])
        np.testing.assert_array_equal(outputs(renamed, X), expected)
        np.testing.assert_array_equal(renamed.predict(X), ranked[labels])


@pytest.mark.parametrize(("least", "most"), [(20, 100), pytest.param(200, 200, marks=pytest.mark.long)])
def test_random_networks(least, most, tmp_path):
    began, tried, drawn_in_vain = time.monotonic(), 0, 0
    rng = np.random.default_rng(0)
    kinds = set()
    while tried < least or (tried < most and time.monotonic() - began < SECONDS):
        model, X, y = drawn(rng)
        try:
            clone(model).fit(X, y)
        except (ParameterError, DivergedError):
            drawn_in_vain += 1
            continue
        try:
            keeps_its_predictions(model, X, y, rng, tmp_path / "model")
        except AssertionError as error:
            error.add_note(f"of {model!r}, X {X.shape}, y {y.shape}")
            raise
        kinds.add((X.ndim, model.loss))
        tried += 1
    print(f"\n{tried} networks, {len(kinds)} kinds of X and loss; {drawn_in_vain} draws were refused")
    assert drawn_in_vain < tried
    assert len(kinds) >= 12
