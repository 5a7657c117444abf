"""How far a network that answers each place sees to either side, and after how many places it sees alike again."""

from typing import NamedTuple

from torch import nn


class Sight(NamedTuple):
    """Places that an answer sees to either side, at most, and the total stride, along each axis."""

    reach: tuple[int, ...]
    multiple: tuple[int, ...]


def sight(net: nn.Module, ndim: int) -> Sight | None:
    """Give the sight of a network; None where it is not known, or is all of the input."""
    return None
