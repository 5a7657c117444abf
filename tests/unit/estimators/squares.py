"""Squares on noise, and a small network that finds them."""

import numpy as np

SMALL = {"net": "unet(depth=1, width=4)", "n_epochs": 6, "random_state": 0, "learning_rate": 0.01, "batch_size": 8}


def squares(n=24, size=16, seed=0):
    """Draw bright squares and dark ones on noise, and say where they are."""
    rng = np.random.default_rng(seed)
    X, y = rng.normal(0, 0.3, (n, size, size)).astype(np.float32), np.zeros((n, size, size), np.uint8)
    for row in range(n):
        for label, value in ((1, 1.0), (2, -1.0)):
            top, left = rng.integers(0, size - 6, 2)
            X[row, top : top + 6, left : left + 6] += value
            y[row, top : top + 6, left : left + 6] = label
    return X, y


X, Y = squares()
NEW, NEW_Y = squares(seed=1)
