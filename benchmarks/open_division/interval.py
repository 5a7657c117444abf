"""Means with their uncertainty."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import nan, sqrt
from statistics import mean, stdev

from scipy.stats import t


@dataclass(frozen=True)
class Interval:
    """A mean and half the width of its 95 % interval (Student's t); nan where n is 1."""

    middle: float
    half: float
    n: int

    def __format__(self, sign: str) -> str:
        return f"{self.middle:{sign}.2f}" + (f" ± {self.half:.2f}" if self.n > 1 else "")


def interval(values: Sequence[float]) -> Interval:
    """Give the mean of values and its 95 % interval.

    >>> f"{interval([1.0, 2.0, 3.0])}", f"{interval([0.5]):+}"
    ('2.00 ± 2.48', '+0.50')
    """
    n = len(values)
    half = float(t.ppf(0.975, n - 1)) * stdev(values) / sqrt(n) if n > 1 else nan
    return Interval(mean(values), half, n)
