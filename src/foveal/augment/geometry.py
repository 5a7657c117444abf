"""Turned, zoomed, sheared, cut and bent: whatever is read by the one sampler.

In a volume the planes of the last two axes are changed, all of a row alike.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from foveal.augment.cuts import TO, Sizes, cut_shape
from foveal.augment.draws import drawn, keep
from foveal.augment.motions import Sampled
from foveal.augment.sampling import affine, plane
from foveal.core.rules import number


@dataclass(frozen=True)
class rotate:
    r"""Turn each row about its centre by u degrees, u ~ U(-degrees, degrees); anticlockwise where u > 0.

    The place p is read at R(u) p, R(u) = [[cos u, -sin u], [sin u, cos u]], x to the right and y down; between pixels
    linearly; beyond an edge the edge is repeated, so that no colour comes in that was not there.

    Shape: (N, C, \*S) -> the same.

    >>> rotate(15)
    rotate(degrees=15)
    """

    degrees: float = 10.0

    def __post_init__(self) -> None:
        keep(self, {"degrees": number(0, 180)})

    def motion(self, x: Tensor, rng: torch.Generator) -> Sampled:
        """Draw each row's angle."""
        angle = drawn(x, rng, -self.degrees, self.degrees) * (math.pi / 180)
        return affine(x, (angle.cos(), -angle.sin(), angle.sin(), angle.cos()))

    def __call__(self, x: Tensor, rng: torch.Generator) -> Tensor:
        """Turn each row."""
        return self.motion(x, rng)(x)


@dataclass(frozen=True)
class scale:
    r"""Zoom each row about its centre by f, f ~ U(1 - share, 1 + share): p is read at p / f. A signal becomes slower.

    Shape: (N, C, \*S) -> the same.

    >>> scale(0.1)(torch.zeros(2, 1, 8), torch.Generator()).shape
    torch.Size([2, 1, 8])
    """

    share: float = 0.15

    def __post_init__(self) -> None:
        keep(self, {"share": number(0, 1, high_open=True)})

    def motion(self, x: Tensor, rng: torch.Generator) -> Sampled:
        """Draw each row's factor."""
        factor = 1 / drawn(x, rng, 1 - self.share, 1 + self.share)
        return affine(x, (factor, 0.0, 0.0, factor))

    def __call__(self, x: Tensor, rng: torch.Generator) -> Tensor:
        """Zoom each row."""
        return self.motion(x, rng)(x)


@dataclass(frozen=True)
class shear:
    r"""Slant each row by u degrees, u ~ U(-degrees, degrees): (x, y) is read at (x + y tan u, y), from the centre.

    Shape: (N, C, \*S) -> the same.

    >>> shear()(torch.zeros(2, 1, 8, 8), torch.Generator()).shape
    torch.Size([2, 1, 8, 8])
    """

    degrees: float = 10.0

    def __post_init__(self) -> None:
        keep(self, {"degrees": number(0, 80)})

    def motion(self, x: Tensor, rng: torch.Generator) -> Sampled:
        """Draw each row's slant."""
        slant = (drawn(x, rng, -self.degrees, self.degrees) * (math.pi / 180)).tan()
        return affine(x, (1.0, slant, 0.0, 1.0))

    def __call__(self, x: Tensor, rng: torch.Generator) -> Tensor:
        """Slant each row."""
        return self.motion(x, rng)(x)


@dataclass(frozen=True)
class resized_crop:
    r"""Cut a window out of each row and stretch it to the old size, or to another.

    The window has a share a ~ U(least, 1) of the area and the shape r of the row's own, log r ~ U(-log 4/3, log 4/3);
    a side that would be longer than the row's is as long. It lies anywhere in the row. Of a signal it has the share a
    of the length: window slicing.

    With `to`, a side or a height and width, the window is brought to that size: in training, where pictures are stored
    larger than the network takes them (`store_size` of `open_images`), to the network's, which is filled in. It is read
    linearly between pixels, and not smoothed: rows are best not more than one and a half times as large as `to`.

    Shape: (N, C, \*S) -> the same, or its last two axes are `to`.  Raises `ShapeError` for rows smaller than `to`.
    Source: Szegedy et al. 2015, section 6; Le Guennec et al. 2016 for signals.
    Deviation: 0.35 instead of 0.08 of the area at least, which leaves enough of small pictures.

    >>> resized_crop(least=0.5)(torch.zeros(2, 3, 8, 8), torch.Generator()).shape
    torch.Size([2, 3, 8, 8])
    """

    least: float = 0.35
    to: Sizes = None

    def __post_init__(self) -> None:
        keep(self, {"least": number(0, 1, low_open=True), "to": TO})

    def shape_after(self, shape: Sequence[int]) -> tuple[int, ...]:
        """Tell the shape of a batch that is cut."""
        return cut_shape(self, shape, min(2, len(shape) - 2))

    def motion(self, x: Tensor, rng: torch.Generator) -> Sampled:
        """Draw each row's window."""
        (height, width), area = plane(x), drawn(x, rng, self.least, 1.0)
        most = math.log(4 / 3) if self.least < 1 else 0.0
        ratio = drawn(x, rng, -most, most).exp()
        wide, high = ((area * ratio).sqrt().clamp_(max=1), (area / ratio).sqrt().clamp_(max=1))
        wide = area if x.ndim == 3 else wide
        right = (1 - wide) * drawn(x, rng, -0.5, 0.5) * width
        down = (1 - high) * drawn(x, rng, -0.5, 0.5) * height
        high_to, wide_to = (1, *self.shape_after(x.shape)[2:])[-2:]
        return affine(x, (wide, 0.0, 0.0, high), (right, down), (high_to, wide_to))

    def __call__(self, x: Tensor, rng: torch.Generator) -> Tensor:
        """Cut and stretch each row."""
        return self.motion(x, rng)(x)


@dataclass(frozen=True)
class warp:
    r"""Let each axis of each row run faster here and slower there: x'(i) = x(w(i)), w(0) = 0, w(n - 1) = n - 1.

    w is linear in each of four equal pieces, with slopes in proportion to 1 + u, u ~ U(-share, share).

    Shape: (N, C, \*S) -> the same.  Source: time warping of Um et al. 2017.  Deviation: slopes for a spline's; pictures
    are bent along both axes.

    >>> warp()(torch.zeros(2, 1, 8), torch.Generator()).shape
    torch.Size([2, 1, 8])
    """

    share: float = 0.2

    def __post_init__(self) -> None:
        keep(self, {"share": number(0, 1, high_open=True)})

    def motion(self, x: Tensor, rng: torch.Generator) -> Sampled:
        """Draw how each row runs."""
        height, width = plane(x)
        right, down = self._path(x, rng, width), self._path(x, rng, height)
        places = right[:, None, :].expand(-1, height, -1), down[:, :, None].expand(-1, -1, width)
        return Sampled(torch.stack(places, -1), (height, width))

    def _path(self, x: Tensor, rng: torch.Generator, size: int) -> Tensor:
        """Give the places along an axis at which each row is read, (N, size), in -1 ... 1 from edge to edge."""
        slopes = [drawn(x, rng, 1 - self.share, 1 + self.share) for _ in range(4)]
        knots = [slopes[0] * 0, slopes[0]]
        for slope in slopes[1:]:
            knots.append(knots[-1] + slope)
        path = torch.stack(knots, 1) / knots[-1][:, None]  # (N, 5), from 0 to 1
        path = F.interpolate(path[:, None], size=size, mode="linear", align_corners=True)[:, 0]
        return (path * 2 - 1) * ((size - 1) / size)  # the centres of the first and the last pixel stay

    def __call__(self, x: Tensor, rng: torch.Generator) -> Tensor:
        """Bend each row."""
        return self.motion(x, rng)(x)
