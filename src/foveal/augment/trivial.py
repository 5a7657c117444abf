"""TrivialAugment: one change of a table for each picture, of a strength that chance decides."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from foveal.augment.draws import as_before, drawn, for_rows, planes
from foveal.augment.sampling import affine
from foveal.augment.trivial_table import MOVES, VALUES

#: Strengths, 0 ... 30.
LEVELS = 31


@dataclass(frozen=True)
class trivial_augment:
    r"""Change each picture by one of 14 changes, of one of 31 strengths: the wide table of TrivialAugment.

    Nothing; shear along either axis by up to 0.99; move along either by up to 32 pixels; turn by up to 135 degrees;
    brightness, saturation, contrast and sharpness by up to 0.99; fewer bits, down to 2; solarize, from 255 to 0;
    autocontrast; equalize. Each picture's change is drawn evenly. Floats are taken to reach from their row's least to
    its largest value, 0 to 255.

    Shape: (N, C, H, W), C of 1 or 3 -> the same.  Source: Müller and Hutter 2021, table 1, "wide".  Deviations: read
    linearly between pixels, not the nearest; edges repeated for black; of a batch each change gets as many pictures as
    the others, so that it is made once for all of them.

    >>> trivial_augment()(torch.zeros(4, 1, 8, 8, dtype=torch.uint8), torch.Generator()).shape
    torch.Size([4, 1, 8, 8])
    """

    def __call__(self, x: Tensor, rng: torch.Generator) -> Tensor:
        """Change each picture."""
        n, kinds = len(x), 1 + len(MOVES) + len(VALUES)
        each = -(-n // kinds)  # places for each change, more than pictures in all
        place = torch.rand(each * kinds, generator=rng, device=x.device).argsort()
        level = torch.randint(0, LEVELS, (n,), generator=rng, device=x.device) / (LEVELS - 1)
        sign = torch.where(drawn(x, rng) < 0.5, -1.0, 1.0)
        row = place.argsort() % n  # of each place; one without a picture works on any
        pixels, back = _scaled(x, row)
        level, sign = level.index_select(0, row), sign.index_select(0, row)
        moved = len(MOVES) * each
        parts = [back(_moved(pixels[:moved], level[:moved], sign[:moved], each), slice(0, moved))]
        for number, change in enumerate(VALUES, start=len(MOVES)):
            span = slice(number * each, (number + 1) * each)
            parts.append(back(change(pixels[span], level[span], sign[span]), span))
        rest = slice((kinds - 1) * each, None)
        parts.append(back(pixels[rest], rest))  # as they are
        return torch.cat(parts).index_select(0, place[:n])


def _scaled(x: Tensor, row: Tensor) -> tuple[Tensor, Callable[[Tensor, slice], Tensor]]:
    """Give rows as pixels of 0 ... 255, and what makes some of them values of x's range and dtype again."""
    if x.dtype == torch.uint8:
        taken = x.movedim(1, -1).index_select(0, row).movedim(-1, 1)  # as they lie, a byte each: the least to copy
        return planes(taken), lambda part, span: as_before(part, x)
    pixels = planes(x)
    low, high = pixels.flatten(1).aminmax(dim=1)
    reach = (high - low) / 255
    low, reach = for_rows(low, pixels), for_rows(torch.where(reach > 0, reach, torch.ones_like(reach)), pixels)
    pixels = (pixels - low).div_(reach).index_select(0, row)
    low, reach = low.index_select(0, row), reach.index_select(0, row)
    return pixels, lambda part, span: as_before((part * reach[span]).add_(low[span]), x)


def _moved(pixels: Tensor, level: Tensor, sign: Tensor, each: int) -> Tensor:
    """Make all moves at once, each of as many pictures."""
    rows = zip(MOVES, level.view(-1, each), sign.view(-1, each), strict=True)
    moves = [move(strengths, signs) for move, strengths, signs in rows]
    still = torch.zeros_like(level[:each])
    a, b, c, d, right, down = (torch.cat([still + value for value in column]) for column in zip(*moves, strict=True))
    return affine(pixels, (a, b, c, d), (right, down))(pixels)
