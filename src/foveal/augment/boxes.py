"""A box of each row blanked, so that a network learns to look elsewhere too."""

from dataclasses import dataclass

import torch
from torch import Tensor

from foveal.augment.draws import drawn, for_rows, keep, real
from foveal.core.rules import number


def along(x: Tensor, axis: int, first: Tensor, length: Tensor | int) -> Tensor:
    r"""Mark from `first` on `length` places of an axis, each (N, 1): (N, 1, ..., size, ..., 1), to be joined by &."""
    size = x.shape[axis]
    place = torch.arange(size, device=x.device)
    hit = (place >= first) & (place < first + length)
    shape = [1] * x.ndim
    shape[0], shape[axis] = len(x), size
    return hit.view(shape)


def _blanked(x: Tensor, inside: Tensor) -> Tensor:
    """Set what is marked to the mean of each row and channel."""
    x = x.contiguous()
    mean = real(x).mean(dim=tuple(range(2, x.ndim)), keepdim=True).to(x.dtype)
    return torch.where(inside, mean, x)


@dataclass(frozen=True)
class cutout:
    r"""Set a box of `share` of each axis to the mean of each channel, its centre anywhere in the row.

    Shape: (N, C, \*S) -> the same.  Source: DeVries and Taylor 2017.  Deviation: the mean instead of 0, which is black
    only after standardisation.

    >>> cutout(0.5)(torch.zeros(2, 1, 8, 8), torch.Generator()).shape
    torch.Size([2, 1, 8, 8])
    """

    share: float = 0.25

    def __post_init__(self) -> None:
        keep(self, {"share": number(0, 1)})

    def __call__(self, x: Tensor, rng: torch.Generator) -> Tensor:
        """Blank a box of each row."""
        inside = torch.ones((len(x), *[1] * (x.ndim - 1)), dtype=torch.bool, device=x.device)
        for axis in range(2, x.ndim):
            size = x.shape[axis]
            length = max(1, round(size * self.share)) if self.share else 0
            centre = torch.randint(0, size, (len(x), 1), generator=rng, device=x.device)
            inside = inside & along(x, axis, centre - length // 2, length)
        return _blanked(x, inside)


@dataclass(frozen=True)
class erase:
    r"""Set a box of half of the rows to the mean of each channel: of any size and shape up to `most` of the row.

    The box has a share a ~ U(0.02, most) of the row, sides in proportion to exp(e), e ~ U(-0.6, 0.6) for each axis, and
    lies within the row.

    Shape: (N, C, \*S) -> the same.  Source: Zhong et al. 2020.  Deviation: the mean instead of noise.

    >>> erase()(torch.zeros(2, 1, 8, 8), torch.Generator()).shape
    torch.Size([2, 1, 8, 8])
    """

    most: float = 0.33

    def __post_init__(self) -> None:
        keep(self, {"most": number(0, 1)})

    def __call__(self, x: Tensor, rng: torch.Generator) -> Tensor:
        """Blank a box of half of the rows."""
        axes = x.ndim - 2
        inside = for_rows(drawn(x, rng) < 0.5, x)
        area = drawn(x, rng, min(0.02, self.most), self.most)
        bent = [drawn(x, rng, -0.6, 0.6) for _ in range(axes)]
        middle = torch.stack(bent).sum(0) / axes
        for axis, size in enumerate(x.shape[2:], start=2):
            side = area ** (1 / axes) * (bent[axis - 2] - middle).exp()
            length = (side.clamp_(max=1) * size).round()
            first = (drawn(x, rng) * (size - length + 1)).floor()
            inside = inside & along(x, axis, first[:, None], length[:, None])
        return _blanked(x, inside)
