"""Lighter, duller, of another hue: changes of values where they are.

uint8 is rounded and held in 0 ... 255. Floats of any range are not held: 0 is their black, as in pictures of 0 ... 1.
Values that lie about 0, as standardised ones do, become larger or smaller by `brightness`, which leaves their mean. The
network standardises what it is given, so there is no need to do it before.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from foveal.augment.draws import as_before, drawn, for_rows, keep, planes, real
from foveal.core.rules import number

#: Red, green and blue in a colour's grey, as Pillow's mode L has it: ITU-R BT.601.
LUMA = (0.299, 0.587, 0.114)
#: The two other axes of YIQ, NTSC 1953: grey is 0 on both.
_I = (0.5959, -0.2746, -0.3213)
_Q = (0.2115, -0.5227, 0.3112)
#: What I and Q add to red, green and blue: the inverse of the matrix of the three.
_BACK = ((0.95605023, 0.62075494), (-0.27205234, -0.64720571), (-1.10670432, 1.70442128))
_SHARE = {"share": number(0)}


def greys(x: Tensor) -> Tensor:
    r"""Give the grey of each pixel, 0.299 R + 0.587 G + 0.114 B; of one channel itself, else the channels' mean.

    Shape: (N, C, \*S) -> (N, 1, \*S).
    """
    if x.shape[1] != len(LUMA):
        return x.mean(dim=1, keepdim=True)
    return x[:, :1] * LUMA[0] + x[:, 1:2] * LUMA[1] + x[:, 2:] * LUMA[2]


def between(x: Tensor, from_: Tensor, factor: Tensor) -> Tensor:
    """Move values away from others, or towards them: z + f (x - z), f (N,)."""
    return torch.lerp(from_.expand_as(x), x, for_rows(factor, x))


@dataclass(frozen=True)
class brightness:
    r"""Make each row lighter or darker: x' = (1 + u) x, u ~ U(-share, share).

    Shape: (N, C, \*S) -> the same.  Source: Pillow's ImageEnhance.Brightness.

    >>> brightness(0.5)(torch.full((1, 1, 1), 100, dtype=torch.uint8), torch.Generator().manual_seed(0))
    tensor([[[100]]], dtype=torch.uint8)
    """

    share: float = 0.2

    def __post_init__(self) -> None:
        keep(self, _SHARE)

    def __call__(self, x: Tensor, rng: torch.Generator) -> Tensor:
        """Multiply each row."""
        return as_before(real(x) * for_rows(drawn(x, rng, 1 - self.share, 1 + self.share), x), x)


@dataclass(frozen=True)
class gain:
    r"""Make each channel of each row larger or smaller: x' = (1 + u) x, u ~ U(-share, share) for each channel.

    For the sensors of a signal; in a colour picture it is another light.

    Shape: (N, C, \*S) -> the same.  Source: scaling of Um et al. 2017.  Deviation: uniform for normal.

    >>> gain()(torch.zeros(2, 3, 8), torch.Generator()).shape
    torch.Size([2, 3, 8])
    """

    share: float = 0.1

    def __post_init__(self) -> None:
        keep(self, _SHARE)

    def __call__(self, x: Tensor, rng: torch.Generator) -> Tensor:
        """Multiply each channel of each row."""
        factor = 1 + self.share * (2 * torch.rand(x.shape[:2], generator=rng, device=x.device) - 1)
        return as_before(planes(x) * for_rows(factor, x), x)


@dataclass(frozen=True)
class contrast:
    r"""Move each row's values away from their mean, or towards it: x' = m + (1 + u) (x - m), u ~ U(-share, share).

    m is the mean of the row's grey.

    Shape: (N, C, \*S) -> the same.  Source: Pillow's ImageEnhance.Contrast.  Deviation: the mean is not rounded.

    >>> contrast()(torch.ones(1, 1, 2), torch.Generator())
    tensor([[[1., 1.]]])
    """

    share: float = 0.2

    def __post_init__(self) -> None:
        keep(self, _SHARE)

    def __call__(self, x: Tensor, rng: torch.Generator) -> Tensor:
        """Change each row's contrast."""
        values = real(x)
        means = greys(values.mean(dim=tuple(range(2, x.ndim)), keepdim=True))  # of each row's grey, without making it
        factor = for_rows(drawn(x, rng, 1 - self.share, 1 + self.share), values)
        return as_before(torch.addcmul((1 - factor) * means, values, factor), x)


@dataclass(frozen=True)
class saturation:
    r"""Move each pixel away from its grey, or towards it: x' = g + (1 + u) (x - g), u ~ U(-share, share).

    Shape: (N, 3, \*S) -> the same.  Source: Pillow's ImageEnhance.Color.

    >>> saturation()(torch.ones(1, 3, 2, 2), torch.Generator()).shape
    torch.Size([1, 3, 2, 2])
    """

    share: float = 0.3

    def __post_init__(self) -> None:
        keep(self, _SHARE)

    def __call__(self, x: Tensor, rng: torch.Generator) -> Tensor:
        """Change each row's saturation."""
        values = planes(x)
        return as_before(between(values, greys(values), drawn(x, rng, 1 - self.share, 1 + self.share)), x)


@dataclass(frozen=True)
class hue:
    r"""Turn each row's colours by u degrees about the axis of the greys in YIQ, u ~ U(-degrees, degrees).

    (Y, I, Q)' = (Y, I cos u - Q sin u, I sin u + Q cos u): linear, so it needs no range, and greys stay.

    Shape: (N, 3, \*S) -> the same.  Deviation: others turn the hue of HSV, which changes how light a colour is.

    >>> hue()(torch.ones(1, 3, 2, 2), torch.Generator()).shape
    torch.Size([1, 3, 2, 2])
    """

    degrees: float = 20.0

    def __post_init__(self) -> None:
        keep(self, {"degrees": number(0, 180)})

    def __call__(self, x: Tensor, rng: torch.Generator) -> Tensor:
        """Turn each row's colours."""
        values = planes(x)
        angle = drawn(x, rng, -self.degrees, self.degrees) * (math.pi / 180)
        cos, sin = angle.cos() - 1, angle.sin()
        mix = torch.stack([self._adds(cos, sin, to, of) for to in range(3) for of in range(3)], 1).view(-1, 3, 3)
        turned = torch.baddbmm(values.flatten(2), mix.to(values.dtype), values.flatten(2))
        return as_before(turned.view(x.shape), x)

    @staticmethod
    def _adds(cos: Tensor, sin: Tensor, to: int, of: int) -> Tensor:
        """Give how much of one colour is added to another: of B (R(u) - 1) (I, Q)."""
        return _BACK[to][0] * (cos * _I[of] - sin * _Q[of]) + _BACK[to][1] * (sin * _I[of] + cos * _Q[of])


@dataclass(frozen=True)
class grey:
    r"""Take the colour out of a `share` of the rows: each channel becomes 0.299 R + 0.587 G + 0.114 B.

    Shape: (N, 3, \*S) -> the same.

    >>> grey(1)(torch.tensor([[[[100.0]], [[0.0]], [[0.0]]]]), torch.Generator()).flatten()
    tensor([29.9000, 29.9000, 29.9000])
    """

    share: float = 0.1

    def __post_init__(self) -> None:
        keep(self, {"share": number(0, 1)})

    def __call__(self, x: Tensor, rng: torch.Generator) -> Tensor:
        """Make rows grey."""
        chosen, x = for_rows(drawn(x, rng) < self.share, x), x.contiguous()
        return torch.where(chosen, as_before(greys(real(x)), x), x)
