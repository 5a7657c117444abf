"""The one sampler of all that turns, stretches and bends: a batch read at other places, between its pixels."""

from collections.abc import Callable
from functools import partial

import torch
import torch.nn.functional as F
from torch import Tensor

from foveal.augment.draws import as_before, planes

#: Moves a batch, and alike others of the same rows, such as masks: `nearest` where values are names.
Motion = Callable[..., Tensor]


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


def plane(x: Tensor) -> tuple[int, int]:
    """Give height and width of what is sampled; a signal is one pixel high."""
    return (1, x.shape[-1]) if x.ndim == 3 else (x.shape[-2], x.shape[-1])


def affine(
    x: Tensor,
    matrix: tuple[Tensor | float, ...],
    by: tuple[Tensor | float, ...] = (0.0, 0.0),
    to: tuple[int, int] | None = None,
) -> Motion:
    """Make the motion that reads the place p, in pixels from the centre, (x, y), at A p + b.

    `matrix` are the four numbers of A, row by row, and `by` the two of b, each (N,) or for all rows. With `to`, height
    and width, the whole is read at so many places, evenly: it becomes larger or smaller.

    >>> affine(torch.zeros(1, 1, 1, 3), (1.0, 0.0, 0.0, 1.0), (1.0, 0.0))(torch.arange(3.0).view(1, 1, 1, 3))
    tensor([[[[1., 2., 2.]]]])
    """
    (height, width), n = plane(x), len(x)
    a, b, c, d = matrix
    right, down = by
    rows = (a, b * height / width, 2 * right / width), (c * width / height, d, 2 * down / height)
    zero = torch.zeros(n, device=x.device)
    theta = torch.stack([torch.stack([zero + value for value in row], 1) for row in rows], 1)  # (N, 2, 3)
    return partial(sampled, grid=_places(theta, *(to or (height, width))))


def _places(theta: Tensor, height: int, width: int) -> Tensor:
    """Give the places to be read, (N, H, W, 2), as `affine_grid` does: x + iy is a sum of what columns and rows add."""
    across, down = ((torch.arange(size, device=theta.device) * 2 + 1) / size - 1 for size in (width, height))
    x, y, by = torch.view_as_complex(theta.mT.contiguous()).T[..., None]  # (N, 1) each
    return torch.view_as_real((x * across)[:, None, :] + (y * down + by)[:, :, None])
