"""Small models and rows that calibrations are tried with."""

import numpy as np

from foveal import CNNClassifier, CNNRegressor, CNNSegmenter

SMALL = {"in_channels_list": (None, 4), "out_channels": 4, "in_features_list": (None, 8), "n_epochs": 3,
         "learning_rate": 0.01, "random_state": 0}  # fmt: skip


def rows(n, seed=0):
    """Pictures of three classes, some of them hard to tell."""
    rng = np.random.default_rng(seed)
    y = np.arange(n) % 3
    X = rng.normal(size=(n, 6, 6)).astype("float32")
    X[:, :2] += (y * 1.0)[:, None, None]
    return X, y


def classes(**settings):
    return CNNClassifier(**SMALL | settings).fit(*rows(120))


def labels(**settings):
    X, y = rows(120)
    return CNNClassifier(loss="binary_cross_entropy", **SMALL | settings).fit(X, indicator(y))


def indicator(y):
    return np.stack([y > 0, y > 1], axis=1).astype(int)


def values(targets=1, **settings):
    X, y = rows(120)
    return CNNRegressor(**SMALL | settings).fit(X, y.astype(float) if targets == 1 else np.stack([y, -y], 1) * 1.0)


def masks(**settings):
    X, _ = rows(40)
    return CNNSegmenter(net="unet(depth=1, width=4)", n_epochs=2, random_state=0, **settings).fit(X, of_places(X))


def of_places(X):
    return (X > 0.5).astype("uint8")
