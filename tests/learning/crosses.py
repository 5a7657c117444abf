"""Pictures with a cross and a ring on noise, anywhere between the pixels, and their places."""

import numpy as np


def crosses_and_rings(rows, seed, side=32):
    """Draw (rows, side, side) and the places of cross and ring, (rows, 2, 2)."""
    rng = np.random.default_rng(seed)
    down, across = np.mgrid[:side, :side].astype(float)
    X, places = rng.normal(0, 0.25, (rows, side, side)), np.empty((rows, 2, 2))
    for row in range(rows):
        while True:
            cross, ring = rng.uniform(4, side - 5, (2, 2))
            if np.hypot(*(cross - ring)) > 9:
                break
        y, x = down - cross[0], across - cross[1]
        X[row] += np.maximum(np.exp(-(y**2)) * (abs(x) < 4), np.exp(-(x**2)) * (abs(y) < 4))
        X[row] += np.exp(-((np.hypot(down - ring[0], across - ring[1]) - 3) ** 2))
        places[row] = cross, ring
    return X.astype(np.float32), places
