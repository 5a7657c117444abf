"""The rows that a fit holds out are told again, whatever it is fitted on."""

import numpy as np
import pytest

from foveal import CNNClassifier, CNNRegressor
from foveal.data.images.pictures import Pictures
from foveal.fitting import prepare as preparing
from foveal.fitting.held_out import held_out

SMALL = {"in_channels_list": (None, 4), "out_channels": 4, "in_features_list": (None, 8), "n_epochs": 1}
RNG = np.random.default_rng(0)
X = RNG.normal(size=(60, 6, 6))
Y = np.arange(60) % 3


def pictures(groups):
    files = np.array([f"{i}.png" for i in range(60)], object)
    pixels = RNG.integers(0, 256, (60, 8, 8, 1), np.uint8)
    return Pictures(pixels, (), files, in_memory=True, y=Y, groups=groups)


@pytest.mark.parametrize(
    ("model", "X", "y"),
    [
        (CNNClassifier(random_state=0), X, Y),
        (CNNClassifier(random_state=1, shuffle=False, valid_size=0.3), X, np.array(["a", "b", "c"])[Y]),
        (CNNClassifier(random_state=1, class_weight={0: 0.0}), X, Y),
        (CNNClassifier(random_state=2), X, np.stack((Y > 0, Y > 1), axis=1).astype(int)),
        (CNNClassifier(random_state=2, one_hot=True), X, np.eye(3, dtype=int)[Y]),
        (CNNRegressor(random_state=3), X, X.mean(axis=(1, 2))),
        (CNNClassifier(random_state=4, valid_size=0), X, Y),
        (CNNClassifier(random_state=5), pictures(np.arange(60) // 4), Y),
        (CNNClassifier(random_state=5, valid_size=0), pictures(np.arange(60) // 4), Y),
        (
            CNNClassifier(random_state=6),
            pictures(np.where(Y == 1, 0, np.arange(1, 61))),
            Y,
        ),  # a class that is one group
    ],
)
def test_they_are_those_of_fit(model, X, y, monkeypatch):
    seen = []
    split = preparing.split
    monkeypatch.setattr(preparing, "split", lambda *args, **own: seen.append(split(*args, **own)) or seen[-1])
    model.set_params(**SMALL).fit(X, y)
    train, valid = held_out(model._request({}), X, y)
    assert np.array_equal(train, seen[0][0])
    assert np.array_equal(valid, seen[0][1])
