"""Mirror, shift and cut out, image by image, in a few operations for the whole batch."""

import torch
from torch import Tensor


def mirror(x: Tensor, turned: Tensor) -> Tensor:
    """Mirror the last axis of the images that `turned`, (N,) and bool, marks. Shape: (N, C, *S) -> the same.

    >>> mirror(torch.arange(3.0).view(1, 1, 3), torch.tensor([True]))
    tensor([[[2., 1., 0.]]])
    """
    return torch.where(turned.view(-1, *[1] * (x.ndim - 1)), x.flip(-1), x)


def shift(x: Tensor, rng: torch.Generator, share: float = 0.125) -> Tensor:
    """Move each image by up to `share` of its size along every axis, filling in the nearest edge.

    Shape: (N, C, *S) -> the same. Source: the padded crops of He et al. 2016, section 4.2, with edges for zeros.
    """
    for axis in range(2, x.ndim):
        size = x.shape[axis]
        most = round(size * share)
        by = torch.randint(-most, most + 1, (len(x), 1), generator=rng, device=x.device)
        index = (torch.arange(size, device=x.device) + by).clamp_(0, size - 1)  # (N, size)
        shape = [1] * x.ndim
        shape[0], shape[axis] = len(x), size
        x = x.gather(axis, index.view(shape).expand_as(x))
    return x


def cutout(x: Tensor, rng: torch.Generator, share: float = 0.25) -> Tensor:
    """Set a box of `share` of each axis to the image's mean, anywhere in it. Shape: (N, C, *S) -> the same.

    Source: DeVries and Taylor 2017. Deviation: the mean instead of 0, which is black only after standardisation.
    """
    inside = torch.ones((len(x), *[1] * (x.ndim - 1)), dtype=torch.bool, device=x.device)
    for axis in range(2, x.ndim):
        size = x.shape[axis]
        length = max(1, round(size * share))
        centre = torch.randint(0, size, (len(x), 1), generator=rng, device=x.device)
        place = torch.arange(size, device=x.device)
        hit = (place >= centre - length // 2) & (place < centre - length // 2 + length)
        shape = [1] * x.ndim
        shape[0], shape[axis] = len(x), size
        inside = inside & hit.view(shape)
    mean = x.float().mean(dim=tuple(range(2, x.ndim)), keepdim=True).to(x.dtype)
    return torch.where(inside, mean, x)
