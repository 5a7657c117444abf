"""What computes answers by PyTorch: in which precision, and whether it is kept for the next call."""

import numpy as np
import pytest
import torch

from foveal import CNNClassifier, CNNRegressor
from foveal.fitted import lending
from foveal.fitted.computing import computes, computing
from foveal.layers.frozen import Frozen

RNG = np.random.default_rng(0)
X = RNG.normal(size=(16, 8, 8)).astype(np.float32)


def fitted(kind, y, **given):
    return kind(n_epochs=1, random_state=0, **given).fit(X, y).fitted_


@pytest.mark.parametrize(
    ("kind", "y", "given", "dtype", "double"),
    [
        (CNNClassifier, np.arange(16) % 2, {}, torch.float32, False),
        (CNNRegressor, X.mean((1, 2)), {}, torch.float64, True),
        (CNNRegressor, X.mean((1, 2)), {"precision": "float32"}, torch.float32, False),
    ],
)
def test_values_are_answered_in_double_precision(kind, y, given, dtype, double):
    how = computes(fitted(kind, y, **given))
    assert (how.device.type, how.dtype, how.double, how.autocast) == ("cpu", dtype, double, None)


def test_single_precision_is_kept_and_double_is_not():
    for kind, y, kept in ((CNNClassifier, np.arange(16) % 2, True), (CNNRegressor, X.mean((1, 2)), False)):
        found = fitted(kind, y)
        with computing(found, computes(found), 16, 16) as compute:
            assert isinstance(compute, Frozen)
        assert (found.net in lending._SHELF) == kept
