"""Means and deviations of X, of each place in a row or of each channel, and what they say of its scale."""

from dataclasses import dataclass
from typing import Any

import numpy as np

#: Values whose float64 copy a core's cache holds.
IN_CACHE = 2**18
#: A deviation below this share of the mean may be rounding: whether such values vary is looked at.
ROUNDING = 1e-9
#: Times that an offset may be the deviation: at more, float32, of 24 bits, has less than some 10 steps in a deviation.
MOST_OFFSET = 1e6
#: A column that varies by less than this share of all columns' deviation is drowned by them.
DROWNED = 0.1


@dataclass(frozen=True)
class Moments:
    r"""Mean of `n` values, and sum of squares about it: of each place in a row, (\*S, C) flattened, or each channel.

    The sum is 0 exactly where nothing varies, whatever the rounding of the mean is.
    """

    n: int
    mean: np.ndarray
    squares: np.ndarray

    @property
    def deviation(self) -> np.ndarray:
        """The root of the mean square about the mean."""
        return np.asarray(np.sqrt(self.squares / self.n))

    def of_channels(self, channels: int) -> "Moments":
        """Merge the places of each channel; Chan, Golub and LeVeque 1983, eq. 2.1."""
        each = self.mean.reshape(-1, channels)
        mean = each.mean(axis=0)
        squares = self.squares.reshape(-1, channels).sum(axis=0) + self.n * np.square(each - mean).sum(axis=0)
        constant = ~self.varies.reshape(-1, channels).any(axis=0) & (each.min(axis=0) == each.max(axis=0))
        return Moments(self.n * len(each), mean, np.where(constant, 0.0, squares))

    def counted(self, dtype: Any) -> np.ndarray:
        """Give the deviations to divide by: 0, or what `dtype` cannot tell from 0 beside the mean, counts as 1."""
        precision = np.finfo(dtype)
        least = np.maximum(np.abs(self.mean) * precision.eps, precision.tiny)
        return np.where(self.deviation <= least, 1.0, self.deviation)

    @property
    def varies(self) -> np.ndarray:
        """Which of them vary."""
        return np.asarray(self.squares > 0)

    def coarse(self) -> np.ndarray:
        """Give the places whose differences float32 loses, because their offset is so much larger.

        >>> Moments(1, np.full(3, 1.7e9), np.array([1e6, 100.0, 0.0]) ** 2).coarse()
        array([1])
        """
        return np.flatnonzero(self.varies & (np.abs(self.mean) > MOST_OFFSET * self.deviation))

    def drowns(self) -> bool:
        """Tell whether a quarter of the places that vary, or more, are drowned by the rest where all is scaled as one.

        >>> Moments(1, np.zeros(3), np.array([1.0, 2.0, 900.0]) ** 2).drowns()
        True
        """
        vary = self.deviation[self.varies]
        whole = float(self.of_channels(1).deviation[0])
        return len(vary) > 1 and float((vary < DROWNED * whole).mean()) >= 0.25


def moments_of(X: Any, rows: np.ndarray, scale: float) -> Moments:
    r"""Follow every value of X / scale, (N, \*S, C), over some of its rows.

    In blocks that stay in the cache, which are merged as in `of_channels`: ten times as fast as by channels.

    >>> found = moments_of(np.array([[[0.0], [4.0]], [[2.0], [4.0]]]), np.array([0, 1]), 2.0)
    >>> found.mean.tolist(), found.deviation.tolist(), found.of_channels(1).mean.tolist()
    ([0.5, 2.0], [0.5, 0.0], [1.25])
    """
    rows = np.sort(rows)  # a memory map is read in its own order
    size = X[0].size
    step = max(1, IN_CACHE // max(1, size))
    n, mean, squares = 0, np.zeros(size), np.zeros(size)
    for start in range(0, len(rows), step):
        block = X[rows[start : start + step]].reshape(-1, size).astype(np.float64) / scale
        m, block_mean = len(block), block.mean(axis=0)
        delta = block_mean - mean
        block -= block_mean
        squares += np.einsum("ij,ij->j", block, block) + delta**2 * (n * m / (n + m))
        mean += delta * (m / (n + m))
        n += m
    doubtful = np.flatnonzero((squares > 0) & (squares <= n * np.square(ROUNDING * mean)))
    if len(doubtful):
        squares[doubtful[_constant(X, rows, doubtful, step)]] = 0
    return Moments(n, mean, squares)


def _constant(X: Any, rows: np.ndarray, places: np.ndarray, step: int) -> np.ndarray:
    """Tell which places of a row hold the same value in all rows."""
    first, same = X[rows[:1]].reshape(-1)[places], np.ones(len(places), bool)
    for start in range(0, len(rows), step):
        same &= (X[rows[start : start + step]].reshape(-1, X[0].size)[:, places] == first).all(axis=0)
    return same
