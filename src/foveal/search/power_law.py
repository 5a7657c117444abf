"""A power law through scores of ever more rows, score(n) = a - b n^-c, and what it says of rows that are not there."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

#: Exponents that are tried. Measured ones of accuracy and loss lie between 0.05 and 1 (Hestness et al. 2017, fig. 6).
EXPONENTS = np.geomspace(0.02, 3.0, 300)


@dataclass(frozen=True)
class PowerLaw:
    """score(n) = a - b n^-c: `a` is where it leads, `b` n^-c what is missing with n rows; b >= 0.

    >>> float(PowerLaw(0.9, 1.0, 0.5)(100))
    0.8
    """

    a: float
    b: float
    c: float

    def __call__(self, rows: Any) -> Any:
        """Give the score of so many rows, a number or an array of them."""
        return self.a - self.b * np.asarray(rows, float) ** -self.c


def fit_power_law(rows: Array, scores: Array, highest: float = np.inf) -> PowerLaw:
    """Fit a, b and c by least squares, with b >= 0 and a <= `highest`.

    For each exponent c of a grid a and b follow from a line through (n^-c, score); the best c is kept. It needs no
    first guess, and always finds the same.

    Shape: rows (S,), scores (S,). Source: of the form, Hestness et al., "Deep learning scaling is predictable,
    empirically", arXiv:1712.00409, 2017.

    >>> rows = np.array([50, 100, 200, 400, 800])
    >>> law = fit_power_law(rows, 0.95 - 2 * rows**-0.5)
    >>> round(law.a, 2), round(law.b, 1), round(law.c, 2)
    (0.95, 2.0, 0.5)
    """
    a, b, c = (float(value[0]) for value in fit_power_laws(rows, np.asarray(scores)[None], highest))
    return PowerLaw(a, b, c)


def fit_power_laws(rows: Array, scores: Array, highest: float = np.inf) -> tuple[Array, Array, Array]:
    """Fit a law to each line of scores, all at once: rows (S,), scores (B, S) -> a, b, c, each (B,)."""
    x = np.asarray(rows, float) ** -EXPONENTS[:, None]  # (C, S)
    away = x - x.mean(axis=1, keepdims=True)
    mean = scores.mean(axis=1)
    slope = away @ (scores - mean[:, None]).T / (away**2).sum(axis=1, keepdims=True)  # (C, B)
    b = np.maximum(0.0, -slope)
    a = mean + b * x.mean(axis=1, keepdims=True)
    # where the line is held at the top, it falls from there as the scores do
    held = np.maximum(0.0, x @ (highest - scores).T / (x**2).sum(axis=1, keepdims=True)) if highest < np.inf else b
    a, b = np.where(a > highest, highest, a), np.where(a > highest, held, b)
    errors = ((a[..., None] - b[..., None] * x[:, None] - scores) ** 2).sum(axis=2)
    best = errors.argmin(axis=0), np.arange(len(scores))
    return a[best], b[best], EXPONENTS[best[0]]
