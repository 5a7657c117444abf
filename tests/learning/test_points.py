"""Points between the pixels are learnt, and found within half a pixel."""

import numpy as np
import pytest

from foveal import CNNRegressor

from .crosses import crosses_and_rings

SMALL = {"task": "points", "net": "unet(depth=2, width=8)", "batch_size": 20, "learning_rate": 0.005,
         "random_state": 0, "valid_size": 0}  # fmt: skip


def test_a_cross_and_a_ring_are_found_within_half_a_pixel():
    X, y = crosses_and_rings(200, 0)
    new, truth = crosses_and_rings(60, 1)
    model = CNNRegressor(loss="cross_entropy", n_epochs=8, **SMALL).fit(X, y)
    found = model.predict(new)
    assert np.sqrt(((found - truth) ** 2).sum(-1)).mean() < 0.5
    # whole pixels would be 0.38 off at best
    assert np.sqrt(((np.round(truth) - truth) ** 2).sum(-1)).mean() > 0.36
    assert model.score(new, truth) > -0.36


@pytest.mark.long
@pytest.mark.parametrize("loss", ["cross_entropy", "mse"])
def test_with_augmentations_and_points_that_are_not_visible(loss):
    X, y = crosses_and_rings(300, 0)
    new, truth = crosses_and_rings(100, 1)
    y[np.random.default_rng(0).random(y.shape[:2]) < 0.3] = np.nan
    augment = ["flip(pairs=0)", "rotate(30)", "scale", "shift", "brightness"]
    model = CNNRegressor(loss=loss, augment=augment, n_epochs=40, **SMALL).fit(X, y)
    assert model.score(new, truth) > -0.4
