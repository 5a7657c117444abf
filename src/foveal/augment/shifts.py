"""Moved by whole pixels: nothing is read between two of them."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from foveal.augment.cuts import TO, Sizes, cut_shape
from foveal.augment.draws import keep
from foveal.augment.motions import Shifted
from foveal.core.rules import number

_SHARE = {"share": number(0, 1)}


def _steps(x: Tensor, rng: torch.Generator, share: float, sizes: Sequence[int]) -> list[Tensor]:
    """Draw for each axis how many pixels further each row is read, (N, 1): within it, if it is longer than `sizes`."""
    most = [round(size * share) for size in x.shape[2:]]
    ends = [(0, n - m) if n > m else (-s, s) for n, m, s in zip(x.shape[2:], sizes, most, strict=True)]
    return [torch.randint(low, high + 1, (len(x), 1), generator=rng, device=x.device) for low, high in ends]


@dataclass(frozen=True)
class shift:
    r"""Move each row by whole pixels, up to `share` of its size along every axis: x'(i) = x(i + u), edges repeated.

    Shape: (N, C, \*S) -> the same.  Source: the padded crops of He et al. 2016, section 4.2, with edges for zeros.

    >>> shift()(torch.zeros(2, 1, 8), torch.Generator()).shape
    torch.Size([2, 1, 8])
    """

    share: float = 0.125

    def __post_init__(self) -> None:
        keep(self, _SHARE)

    def motion(self, x: Tensor, rng: torch.Generator) -> Shifted:
        """Draw how far each row moves."""
        sizes = x.shape[2:]
        return Shifted(_steps(x, rng, self.share, sizes), sizes, mirrored=False)

    def __call__(self, x: Tensor, rng: torch.Generator) -> Tensor:
        """Move each row."""
        return self.motion(x, rng)(x)


@dataclass(frozen=True)
class crop:
    r"""Pad each row by `share` of its size with its mirror image, and cut a window of the old size out, anywhere.

    As `shift`, but beyond an edge comes what lies before it: x'(i) = x(r(i + u)), r(-k) = k, r(n - 1 + k) = n - 1 - k.

    With `to`, a side or a size for each axis, the window is of that size. Along an axis on which rows are longer it
    lies within them, and nothing is padded: x'(i) = x(i + u), u of 0 ... n - to. So it is, in training, where pictures
    are stored larger than the network takes them (`store_size` of `open_images`); `to` is filled in there.

    Shape: (N, C, \*S) -> the same, or (N, C, \*to).  Raises `ShapeError` for rows smaller than `to`.  Source: He et al.
    2016, section 4.2.  Deviation: mirrored for zeros, as in Jordan 2024, "94% on CIFAR-10 in 3.29 seconds".

    >>> crop()(torch.zeros(2, 3, 8, 8), torch.Generator()).shape
    torch.Size([2, 3, 8, 8])
    >>> crop(to=6)(torch.zeros(2, 3, 8, 8), torch.Generator()).shape
    torch.Size([2, 3, 6, 6])
    """

    share: float = 0.125
    to: Sizes = None

    def __post_init__(self) -> None:
        keep(self, _SHARE | {"to": TO})

    def shape_after(self, shape: Sequence[int]) -> tuple[int, ...]:
        """Tell the shape of a batch that is cut."""
        return cut_shape(self, shape, len(shape) - 2)

    def motion(self, x: Tensor, rng: torch.Generator) -> Shifted:
        """Draw where each row's window lies."""
        sizes = self.shape_after(x.shape)[2:]
        return Shifted(_steps(x, rng, self.share, sizes), sizes, mirrored=True)

    def __call__(self, x: Tensor, rng: torch.Generator) -> Tensor:
        """Cut a window out of each padded row."""
        return self.motion(x, rng)(x)
