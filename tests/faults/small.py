"""Estimators and data small enough to fit in a few milliseconds."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from foveal import CNN, CNNClassifier, CNNRegressor
from foveal.core.errors import FovealError
from foveal.estimators.base import BaseCNN

SIZES = {"in_channels_list": (None, 4), "out_channels": 4, "in_features_list": (None, 8)}


def classifier(**parameters: Any) -> CNNClassifier:
    return CNNClassifier(**{**SIZES, "n_epochs": 1, "random_state": 0, **parameters})


def regressor(**parameters: Any) -> CNNRegressor:
    return CNNRegressor(**{**SIZES, "n_epochs": 1, "random_state": 0, **parameters})


def cnn(**parameters: Any) -> CNN:
    return CNN(**{**SIZES, "n_epochs": 1, "random_state": 0, **parameters})


def of_net(net: Any, kind: type[BaseCNN] = CNNClassifier, **parameters: Any) -> BaseCNN:
    """Make an estimator of another network than the plain stack, which keeps its defaults."""
    return kind(net=net, **{"n_epochs": 1, "random_state": 0, **parameters})


def images(n: int = 12, shape: tuple[int, ...] = (4, 4)) -> np.ndarray:
    return np.random.default_rng(0).normal(size=(n, *shape))


def classes(n: int = 12) -> np.ndarray:
    return np.arange(n) % 2


def values(n: int = 12) -> np.ndarray:
    return np.random.default_rng(1).normal(size=n)


def linear(input_shape: tuple[int, ...] = (1, 4, 4), n_outputs: int = 2) -> nn.Module:
    """Build the smallest network of a user's."""
    return nn.Sequential(nn.Flatten(), nn.Linear(int(np.prod(input_shape)), n_outputs))


@contextmanager
def refused(kind: type[FovealError], *words: str) -> Iterator[None]:
    """Expect an error of a kind whose message has all of some words, on one line of bounded length."""
    with pytest.raises(kind) as caught:
        yield
    message = str(caught.value)
    missing = [word for word in words if word not in message]
    assert not missing, f"{missing} not in: {message}"
    assert 20 < len(message) < 1000, message
    assert "\n" not in message, message


def weights_of(model: BaseCNN) -> list[torch.Tensor]:
    return [value.clone() for value in model.net_.state_dict().values()]


@contextmanager
def unharmed(model: BaseCNN, X: Any) -> Iterator[None]:
    """Expect a fitted model to be what it was: attributes, weights, predictions, and what it learns next."""
    public = {name: value for name, value in vars(model).items() if name.endswith("_") and name != "net_"}
    before, predicted = weights_of(model), model.predict(X)
    yield
    after = {name: value for name, value in vars(model).items() if name.endswith("_") and name != "net_"}
    assert after.keys() == public.keys()
    for name, value in public.items():
        np.testing.assert_equal(after[name], value, err_msg=name)
    assert all(torch.equal(a, b) for a, b in zip(before, weights_of(model), strict=True))
    np.testing.assert_array_equal(model.predict(X), predicted)


def numbered(change: Callable[[int], None]) -> Callable[[], int]:
    """Count calls, telling `change` the number of each."""
    calls = [0]

    def call() -> int:
        calls[0] += 1
        change(calls[0])
        return calls[0]

    return call
