"""How far a network that answers pixels sees, found out by asking it: an oracle for `foveal.models.receptive.sight`."""

from collections.abc import Callable

import torch
from torch import Tensor

#: Pixels of the first image along the axis that is looked at, and along the others, if the network's stride allows.
_LENGTH, _SIDE = 32, 8


def reach_of(
    answer: Callable[[Tensor], Tensor], ndim: int, channels: int, *, multiple: int = 1, most: int = 2048
) -> tuple[int, ...] | None:
    r"""Give the pixels that an output sees to either side, at most, along each axis; None: the whole image, or too far.

    One line of pixels of an image of zeros is NaN, and so is every output that sees it: convolutions, pools, sums and
    norms pass NaN on, whatever their weights are. Where the network pools, by `multiple` in all, each line of a group
    of so many is tried: they are seen from different distances.

    Shape: `answer` maps (B, C, \*S) to (B, K, \*S), for S of any multiples, and passes NaN on: a network of PyTorch in
    inference mode does, compiled kernels need not. `most` is how large an image is tried along an axis. None also where
    no NaN comes out.

    >>> from torch import nn
    >>> reach_of(nn.Sequential(nn.Conv2d(1, 4, 5, padding=2), nn.Conv2d(4, 2, (1, 3), padding=(0, 1))), 2, 1)
    (2, 3)
    """
    found = [_reach_along(axis, answer, ndim, channels, multiple, most) for axis in range(ndim)]
    known = tuple(reach for reach in found if reach is not None)
    return known if len(known) == ndim else None


def _reach_along(
    axis: int, answer: Callable[[Tensor], Tensor], ndim: int, channels: int, multiple: int, most: int
) -> int | None:
    size, side = (max(2, -(-n // multiple)) * multiple for n in (_LENGTH, _SIDE))
    while size <= max(most, 2 * multiple):
        shape = [side] * ndim
        shape[axis] = size
        group, farthest = size // 2 // multiple * multiple, 0
        for line in range(group, group + multiple):
            places = _seen(answer, (1, channels, *shape), 2 + axis, line)
            if not len(places):
                return None
            first, last = int(places[0]), int(places[-1])
            if first == 0 or last == size - 1:
                break
            farthest = max(farthest, line - first, last - line)
        else:
            return farthest
        size *= 2
    return None


def _seen(answer: Callable[[Tensor], Tensor], shape: tuple[int, ...], axis: int, line: int) -> Tensor:
    """Give the places along an axis, ascending, whose outputs see a line of pixels across it."""
    x = torch.zeros(shape)
    x.select(axis, line).fill_(torch.nan)
    with torch.no_grad():
        wrong = answer(x).isnan().movedim(axis, 0)
    return wrong.flatten(1).any(1).nonzero().flatten()
