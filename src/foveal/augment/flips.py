"""Mirrored along an axis, each row in every second epoch."""

from dataclasses import dataclass

import torch
from torch import Tensor

from foveal.augment.draws import drawn, keep
from foveal.augment.motions import Mirrored, mirror
from foveal.core.rules import Rule, count, optional

_AXIS = Rule("-1, -2 or -3: the last axis, that before it, or the one before both", lambda v: v in (-1, -2, -3))
_PAIRS = optional(count(0))


@dataclass(frozen=True)
class flip:
    r"""Mirror an axis: x'(i) = x(n - 1 - i). Each row is mirrored in every second epoch, chance decides which begin.

    So two epochs show each row once in both forms, as `Alternating` says. Called with a generator, or where an epoch
    does not show the same rows again, half of the rows are drawn.

    pairs : where points are learnt: how many pairs of a left and a right one they begin with, which change names in the
        mirror, points 0 and 1, 2 and 3 ...; 0: none has a side; None: not said, and several points are refused.

    Shape: (N, C, \*S) -> the same.  Source: Jordan 2024, "94% on CIFAR-10 in 3.29 seconds", 3.6.

    >>> flip()(torch.arange(3.0).view(1, 1, 3), torch.Generator().manual_seed(0)).shape
    torch.Size([1, 1, 3])
    """

    axis: int = -1
    pairs: int | None = None

    def __post_init__(self) -> None:
        keep(self, {"axis": _AXIS, "pairs": _PAIRS})

    def change(self, x: Tensor, marked: Tensor) -> Tensor:
        """Mirror the marked rows."""
        return mirror(x, marked, self.axis)

    def turned(self, x: Tensor, marked: Tensor) -> Mirrored:
        """Give what mirrors the marked rows, and all that belongs to them."""
        return Mirrored(marked, self.axis, x.shape[self.axis], self.pairs or 0)

    def motion(self, x: Tensor, rng: torch.Generator) -> Mirrored:
        """Draw which rows are mirrored."""
        return self.turned(x, drawn(x, rng) < 0.5)

    def __call__(self, x: Tensor, rng: torch.Generator) -> Tensor:
        """Mirror each row with probability 1/2."""
        return self.motion(x, rng)(x)


@dataclass(frozen=True)
class vertical_flip:
    r"""Mirror the axis before the last, top and bottom of a picture, as `flip(axis=-2)`; `pairs` are those of `flip`.

    Shape: (N, C, \*S) -> the same.

    >>> vertical_flip()(torch.zeros(2, 1, 4, 4), torch.Generator()).shape
    torch.Size([2, 1, 4, 4])
    """

    pairs: int | None = None

    def __post_init__(self) -> None:
        keep(self, {"pairs": _PAIRS})

    def change(self, x: Tensor, marked: Tensor) -> Tensor:
        """Mirror the marked rows."""
        return mirror(x, marked, -2)

    def turned(self, x: Tensor, marked: Tensor) -> Mirrored:
        """Give what mirrors the marked rows, and all that belongs to them."""
        return Mirrored(marked, -2, x.shape[-2], self.pairs or 0)

    def motion(self, x: Tensor, rng: torch.Generator) -> Mirrored:
        """Draw which rows are mirrored."""
        return self.turned(x, drawn(x, rng) < 0.5)

    def __call__(self, x: Tensor, rng: torch.Generator) -> Tensor:
        """Mirror each row with probability 1/2."""
        return self.motion(x, rng)(x)
