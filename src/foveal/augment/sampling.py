"""What all that turns and stretches has in common: the grid of places that a batch is read at."""

import torch
from torch import Tensor

from foveal.augment.motions import Sampled


def plane(x: Tensor) -> tuple[int, int]:
    """Give height and width of what is sampled; a signal is one pixel high."""
    return (1, x.shape[-1]) if x.ndim == 3 else (x.shape[-2], x.shape[-1])


def affine(
    x: Tensor,
    matrix: tuple[Tensor | float, ...],
    by: tuple[Tensor | float, ...] = (0.0, 0.0),
    to: tuple[int, int] | None = None,
) -> Sampled:
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
    return Sampled(_places(theta, *(to or (height, width))), (height, width))


def _places(theta: Tensor, height: int, width: int) -> Tensor:
    """Give the places to be read, (N, H, W, 2), as `affine_grid` does: x + iy is a sum of what columns and rows add."""
    across, down = ((torch.arange(size, device=theta.device) * 2 + 1) / size - 1 for size in (width, height))
    x, y, by = torch.view_as_complex(theta.mT.contiguous()).T[..., None]  # (N, 1) each
    return torch.view_as_real((x * across)[:, None, :] + (y * down + by)[:, :, None])
