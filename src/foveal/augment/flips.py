"""Mirrored along an axis, each row in every second epoch."""

from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor

from foveal.augment.draws import drawn, for_rows, keep
from foveal.augment.sampling import Motion
from foveal.core.rules import Rule

_AXIS = Rule("-1, -2 or -3: the last axis, that before it, or the one before both", lambda v: v in (-1, -2, -3))


def mirror(x: Tensor, turned: Tensor, axis: int = -1, *, nearest: bool = False) -> Tensor:
    r"""Mirror an axis of the rows that `turned`, (N,) and bool, marks. Shape: (N, C, \*S) -> the same.

    `nearest` changes nothing: no pixel is read between two others.

    >>> mirror(torch.arange(3.0).view(1, 1, 3), torch.tensor([True]))
    tensor([[[2., 1., 0.]]])
    """
    return torch.where(for_rows(turned, x), x.flip(axis), x)


@dataclass(frozen=True)
class flip:
    r"""Mirror an axis: x'(i) = x(n - 1 - i). Each row is mirrored in every second epoch, chance decides which begin.

    So two epochs show each row once in both forms, as `Alternating` says. Called with a generator, or where an epoch
    does not show the same rows again, half of the rows are drawn.

    Shape: (N, C, \*S) -> the same.  Source: Jordan 2024, "94% on CIFAR-10 in 3.29 seconds", 3.6.

    >>> flip()(torch.arange(3.0).view(1, 1, 3), torch.Generator().manual_seed(0)).shape
    torch.Size([1, 1, 3])
    """

    axis: int = -1

    def __post_init__(self) -> None:
        keep(self, {"axis": _AXIS})

    def change(self, x: Tensor, marked: Tensor) -> Tensor:
        """Mirror the marked rows."""
        return mirror(x, marked, self.axis)

    def motion(self, x: Tensor, rng: torch.Generator) -> Motion:
        """Draw which rows are mirrored."""
        return partial(mirror, turned=drawn(x, rng) < 0.5, axis=self.axis)

    def __call__(self, x: Tensor, rng: torch.Generator) -> Tensor:
        """Mirror each row with probability 1/2."""
        return self.motion(x, rng)(x)


@dataclass(frozen=True)
class vertical_flip:
    r"""Mirror the axis before the last, top and bottom of a picture, as `flip(axis=-2)`.

    Shape: (N, C, \*S) -> the same.

    >>> vertical_flip()(torch.zeros(2, 1, 4, 4), torch.Generator()).shape
    torch.Size([2, 1, 4, 4])
    """

    def change(self, x: Tensor, marked: Tensor) -> Tensor:
        """Mirror the marked rows."""
        return mirror(x, marked, -2)

    def motion(self, x: Tensor, rng: torch.Generator) -> Motion:
        """Draw which rows are mirrored."""
        return partial(mirror, turned=drawn(x, rng) < 0.5, axis=-2)

    def __call__(self, x: Tensor, rng: torch.Generator) -> Tensor:
        """Mirror each row with probability 1/2."""
        return self.motion(x, rng)(x)
