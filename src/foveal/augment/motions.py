"""Motions as values: each moves a batch and others of the same rows, and says where points of the rows go."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import torch
import torch.nn.functional as F
from torch import Tensor

from foveal.augment.draws import as_before, for_rows, planes


class Motion(Protocol):
    r"""Moves a batch, (N, C, \*S), and alike others of the same rows, such as masks, and points in the rows.

    Points are (N, K, axes), counted in pixels along the axes of the rows in their order, 0 at the centre of the first
    pixel; NaN stays NaN. What leaves the row has a place beyond its edges.
    """

    def __call__(self, x: Tensor, *, nearest: bool = False) -> Tensor:
        """Move a batch; `nearest` where values are names."""
        ...

    def points(self, points: Tensor) -> Tensor:
        """Say where points go."""
        ...


def mirror(x: Tensor, turned: Tensor, axis: int = -1, *, nearest: bool = False) -> Tensor:
    r"""Mirror an axis of the rows that `turned`, (N,) and bool, marks. Shape: (N, C, \*S) -> the same.

    `nearest` changes nothing: no pixel is read between two others.

    >>> mirror(torch.arange(3.0).view(1, 1, 3), torch.tensor([True]))
    tensor([[[2., 1., 0.]]])
    """
    return torch.where(for_rows(turned, x), x.flip(axis), x)


@dataclass(frozen=True)
class Mirrored:
    """The marked rows mirrored along an axis of `size` pixels: p becomes size - 1 - p.

    Of the points the first 2 `pairs` are pairs of a left and a right one, which change names: the left eye of a face in
    the mirror is the right one.

    >>> Mirrored(torch.tensor([True]), -1, 5).points(torch.tensor([[[1.0, 0.5]]]))
    tensor([[[1.0000, 3.5000]]])
    """

    turned: Tensor  # (N,)
    axis: int
    size: int
    pairs: int = 0

    def __call__(self, x: Tensor, *, nearest: bool = False) -> Tensor:
        """Mirror a batch."""
        return mirror(x, self.turned, self.axis)

    def points(self, points: Tensor) -> Tensor:
        """Say where points go."""
        axis = torch.arange(points.shape[-1], device=points.device) == points.shape[-1] + self.axis
        there = torch.where(axis, self.size - 1 - points, points)
        two, others = there[:, : 2 * self.pairs], there[:, 2 * self.pairs :]
        swapped = two.reshape(len(two), self.pairs, 2, points.shape[-1]).flip(2).reshape(two.shape)
        named = torch.cat((swapped, others), 1) if self.pairs else there
        return torch.where(self.turned[:, None, None], named, points)


@dataclass(frozen=True)
class Shifted:
    """Each pixel read so many whole pixels further along each axis, so that p becomes p - steps.

    `sizes` are those that come out; beyond an edge comes the edge, or, `mirrored`, what lies before it.

    >>> Shifted((torch.tensor([[2]]),), (5,), mirrored=False).points(torch.tensor([[[3.5], [0.0]]]))
    tensor([[[ 1.5000],
             [-2.0000]]])
    """

    steps: Sequence[Tensor]  # for each axis, (N, 1)
    sizes: Sequence[int]
    mirrored: bool

    def __call__(self, x: Tensor, *, nearest: bool = False) -> Tensor:
        """Read each pixel, all its channels at once, where it comes from: two to four times as fast as axis by axis."""
        rows = x.movedim(1, -1)  # (N, *S, C), as they lie in memory
        index = torch.arange(len(x), device=x.device)
        for axis, (by, to) in enumerate(zip(self.steps, self.sizes, strict=True), start=1):
            size = rows.shape[axis]
            place = torch.arange(to, device=x.device) + by  # (N, to)
            if self.mirrored and size > 1:
                place = (place + 2 * (size - 1)) % (2 * (size - 1))
                place = torch.minimum(place, 2 * (size - 1) - place)
            place = place.clamp_(0, size - 1).view(len(x), *[1] * (axis - 1), to)
            index = index.unsqueeze(-1) * size + place  # (N, ..., to)
        read = rows.reshape(-1, rows.shape[-1]).index_select(0, index.flatten())
        return read.view(len(x), *self.sizes, -1).movedim(-1, 1)

    def points(self, points: Tensor) -> Tensor:
        """Say where points go."""
        return points - torch.stack(list(self.steps), -1).to(points.dtype)


def sampled(x: Tensor, grid: Tensor, *, nearest: bool = False) -> Tensor:
    r"""Read a batch at the places of a grid: between pixels linearly, or the nearest; beyond an edge there is the edge.

    Signals have one axis to be read along; of a volume each plane of the last two axes is read alike.

    Shape: (N, C, \*S), (N, H', W', 2) with (x, y) in -1 ... 1 from edge to edge -> (N, C, \*S'), whose last
    axes are H' and W'.
    """
    flat = x.unsqueeze(2) if x.ndim == 3 else x.flatten(1, -3)  # (N, C', H, W)
    values = planes(flat)
    mode = "nearest" if nearest else "bilinear"
    out = F.grid_sample(values, grid.to(values.dtype), mode=mode, padding_mode="border", align_corners=False)
    axes = min(2, x.ndim - 2)
    return as_before(out.reshape(*x.shape[:-axes], *out.shape[-axes:]), x)


@dataclass(frozen=True)
class Sampled:
    """Each pixel read at its place of a grid, that of `sampled`, in planes of `size`, (height, width).

    A point goes to where it is read: the pixel that is read nearest to it tells the neighbourhood, and between its
    pixels the grid is taken to be linear, which it is for all but `warp`, and for that in each of its pieces.
    """

    grid: Tensor
    size: tuple[int, int]

    def __call__(self, x: Tensor, *, nearest: bool = False) -> Tensor:
        """Read a batch."""
        return sampled(x, self.grid, nearest=nearest)

    def points(self, points: Tensor) -> Tensor:
        """Say where points go; in a volume the axes before the last two stay."""
        height, width = self.size
        right, down = self.grid.unbind(-1)
        read = torch.stack((((down + 1) * height - 1) / 2, ((right + 1) * width - 1) / 2), -1)  # (N, H', W', 2)
        axes = min(2, points.shape[-1])
        plane = F.pad(points[..., -axes:], (2 - axes, 0))
        found = where_read(read, plane.to(read.dtype))[..., -axes:].to(points.dtype)
        return torch.cat((points[..., :-axes], found), -1)


def where_read(read: Tensor, points: Tensor) -> Tensor:
    """Find the places at which points are read: `read`, (N, H, W, 2), says what place each pixel is read at.

    Shape: (N, K, 2) -> the same, rows before columns.

    >>> read = torch.stack(torch.meshgrid(torch.arange(3.0), torch.arange(4.0) * 2, indexing="ij"), -1)
    >>> where_read(read[None], torch.tensor([[[1.5, 5.0]]]))
    tensor([[[1.5000, 2.5000]]])
    """
    if read.shape[1] == 1:  # a line of pixels has none beside it; there they would be one pixel further
        read = torch.cat((read, torch.stack((read[..., 0] + 1, read[..., 1]), -1)), 1)
    if read.shape[2] == 1:
        read = torch.cat((read, torch.stack((read[..., 0], read[..., 1] + 1), -1)), 2)
    height, width = read.shape[1:3]
    flat = read.flatten(1, 2)
    nearest = [(flat - points[:, k, None]).square().sum(-1).argmin(1) for k in range(points.shape[1])]
    number = torch.stack(nearest, 1) if nearest else points.new_zeros(points.shape[:2], dtype=torch.int64)
    place = torch.stack((number // width, number % width), -1)
    for _ in range(2):  # the pixel's own square, then that in which the place was found to lie
        corner = torch.stack((place[..., 0].clamp(0, height - 2), place[..., 1].clamp(0, width - 2)), -1)
        at = corner[..., 0] * width + corner[..., 1]
        here, down, right = (_taken(flat, at + by) for by in (0, width, 1))
        found = corner + _solved(down - here, right - here, points - here)
        place = found.nan_to_num(0.0, 0.0, 0.0).floor().to(torch.int64)
    return found


def _taken(flat: Tensor, index: Tensor) -> Tensor:
    return flat.gather(1, index[..., None].expand(-1, -1, 2))


def _solved(a: Tensor, b: Tensor, c: Tensor) -> Tensor:
    """Solve s a + t b = c for (s, t), all of two numbers."""
    whole = a[..., 0] * b[..., 1] - a[..., 1] * b[..., 0]
    s, t = (c[..., 0] * b[..., 1] - c[..., 1] * b[..., 0]), (a[..., 0] * c[..., 1] - a[..., 1] * c[..., 0])
    return torch.stack((s, t), -1) / whole[..., None]
