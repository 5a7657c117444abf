"""Changes of rows by a known amount: what a network's answers are held against, `invariance`.

Augmentations draw how much each row is changed; here all rows are changed alike. Amounts are 0 at first.
"""

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import torch
from torch import Tensor

from foveal.augment.colours import between, greys
from foveal.augment.draws import as_before, real
from foveal.augment.noise import gaussian
from foveal.augment.sampling import affine
from foveal.compare.word_changes import with_typos, without_words

Function = Callable[..., Any]


class Change(NamedTuple):
    r"""A change by an amount: `function(x, amount, rng)` for rows (N, C, \*S) gives rows of the same shape.

    For one text it gives another.

    unit : what an amount is counted in.
    amounts : for rows whose shorter spatial side is of a size; the first changes nothing.
    axes, most : the fewest and the most spatial axes that rows must have; texts have none.
    moves : whether things in a row come to lie elsewhere, so that labels of its places no longer fit.
    """

    unit: str
    amounts: Callable[[int], tuple[float, ...]]
    function: Function
    axes: int = 1
    moves: bool = False
    most: int = 3


def shifted(x: Tensor, by: int, axis: int, *, wrapped: bool = False) -> Tensor:
    r"""Move rows by whole places along an axis: what leaves comes back at the other edge, or the edge is repeated.

    Shape: (N, C, \*S) -> the same.

    >>> x = torch.arange(4).view(1, 1, 4)
    >>> shifted(x, 1, -1).flatten().tolist(), shifted(x, -1, -1, wrapped=True).flatten().tolist()
    ([0, 0, 1, 2], [1, 2, 3, 0])
    """
    if wrapped:
        return x.roll(by, axis)
    places = (torch.arange(x.shape[axis]) - by).clamp(0, x.shape[axis] - 1)
    return x.index_select(axis, places)


def rotated(x: Tensor, degrees: float) -> Tensor:
    r"""Turn rows about their centres, anticlockwise; the edge is repeated. Shape: (N, C, \*S) -> the same."""
    angle = math.radians(degrees)
    return affine(x, (math.cos(angle), -math.sin(angle), math.sin(angle), math.cos(angle)))(x)


def zoomed(x: Tensor, factor: float) -> Tensor:
    r"""Zoom rows about their centres: above 1 things become larger. Shape: (N, C, \*S) -> the same."""
    return affine(x, (1 / factor, 0.0, 0.0, 1 / factor))(x)


def lightened(x: Tensor, share: float) -> Tensor:
    r"""Make values larger or smaller, x' = (1 + u) x. Shape: (N, C, \*S) -> the same."""
    return as_before(real(x) * (1 + share), x)


def contrasted(x: Tensor, share: float) -> Tensor:
    r"""Move values away from the mean of the row's grey, x' = m + (1 + u) (x - m). Shape: (N, C, \*S) -> the same."""
    values = real(x)
    mean = greys(values.mean(dim=tuple(range(2, x.ndim)), keepdim=True))
    return as_before(between(values, mean, torch.full((len(x),), 1.0 + share)), x)


def noisy(x: Tensor, share: float, rng: torch.Generator) -> Tensor:
    r"""Add normal noise of a share of each channel's deviation in its row. Shape: (N, C, \*S) -> the same."""
    values = real(x)
    deviation = values.flatten(2).std(dim=2, correction=0).view(*x.shape[:2], *[1] * (x.ndim - 2))
    return as_before(values + share * deviation * torch.randn(x.shape, generator=rng), x)


def occluded(x: Tensor, share: float, rng: torch.Generator) -> Tensor:
    r"""Set a box anywhere in each row, of a share of its area, to the mean of each channel.

    Shape: (N, C, \*S) -> the same.

    >>> x = torch.arange(16.0).view(1, 1, 4, 4)
    >>> int((occluded(x, 0.25, torch.Generator().manual_seed(0)) == 7.5).sum())
    4
    """
    axes = x.ndim - 2
    inside = torch.ones(len(x), 1, *x.shape[2:], dtype=torch.bool)
    for axis, size in enumerate(x.shape[2:], start=2):
        length = round(size * share ** (1 / axes))
        first = torch.randint(0, size - length + 1, (len(x), 1), generator=rng)
        along = torch.arange(size)
        there = (along >= first) & (along < first + length)
        inside &= there.view(len(x), 1, *[size if other == axis else 1 for other in range(2, x.ndim)])
    means = as_before(real(x).mean(dim=tuple(range(2, x.ndim)), keepdim=True), x)
    return torch.where(inside, means, x)


def jittered(x: Tensor, by: int, rng: torch.Generator) -> Tensor:
    r"""Give each place of a signal the value of one at most `by` places away, drawn for each row and place.

    Shape: (N, C, L) -> the same.
    """
    length = x.shape[-1]
    moved = torch.arange(length) + torch.randint(-by, by + 1, (len(x), length), generator=rng)
    places = moved.clamp(0, length - 1)
    return x.gather(-1, places[:, None].expand(x.shape))


def _both(most: float, steps: int) -> Callable[[int], tuple[float, ...]]:
    """Give 0, then amounts on both sides of it, in pairs, ever larger."""
    values = [most * step / steps for step in range(1, steps + 1)]
    return lambda size: (0.0, *(sign * value for value in values for sign in (1, -1)))


def _up_to(most: float, steps: int) -> Callable[[int], tuple[float, ...]]:
    return lambda size: tuple(most * step / steps for step in range(steps + 1))


def _jitters(size: int) -> tuple[float, ...]:
    """Give 0, 1, 2, 4 ... places, up to an eighth of a side and 16, and 2 at least."""
    most = min(16, max(2, size // 8))
    return (0.0, *(float(2**i) for i in range(most.bit_length())))


def _places(size: int) -> tuple[float, ...]:
    """Give every whole place up to a quarter of a side, 16 at most on each side of 0."""
    most = min(16, max(1, size // 4))
    return (0.0, *(float(sign * by) for by in range(1, most + 1) for sign in (1, -1)))


CHANGES: dict[str, Change] = {
    "shift": Change("places to the right", _places, lambda x, by, rng: shifted(x, int(by), -1), moves=True),
    "shift wrapped": Change(
        "places to the right", _places, lambda x, by, rng: shifted(x, int(by), -1, wrapped=True), moves=True
    ),
    "shift down": Change("places down", _places, lambda x, by, rng: shifted(x, int(by), -2), 2, moves=True),
    "rotation": Change("degrees", _both(45, 6), lambda x, by, rng: rotated(x, by), 2, moves=True),
    "scale": Change(
        "times as large, less 1", _both(0.4, 4), lambda x, by, rng: zoomed(x, 1 + by), moves=True
    ),
    "brightness": Change("of the values", _both(0.5, 5), lambda x, by, rng: lightened(x, by)),
    "contrast": Change("of the distance from the mean", _both(0.6, 4), lambda x, by, rng: contrasted(x, by)),
    "noise": Change("of the row's deviation", _up_to(1, 5), noisy),
    "blur": Change("pixels, sigma", _up_to(2.5, 5), lambda x, by, rng: gaussian(x, by)),
    "occlusion": Change("of the area", _up_to(0.4, 4), occluded),
    "jitter": Change("places, at most", _jitters, lambda x, by, rng: jittered(x, int(by), rng), moves=True, most=1),
    "word drop": Change("of the words", _up_to(0.5, 5), without_words, axes=0, most=0),
    "typos": Change("of the words", _up_to(0.5, 5), with_typos, axes=0, most=0),
}  # fmt: skip
