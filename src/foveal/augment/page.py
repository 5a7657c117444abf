"""A picture of samples before and after their augmentation, to look at."""

import math
from collections.abc import Sequence

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from foveal.augment.cuts import middle
from foveal.augment.table import Augmentation
from foveal.core.randomness import generator

Pixels = NDArray[np.uint8]

#: Pixels between two samples, and between the two forms of one.
GAP, NEAR = 8, 2


def page_of(x: Tensor, augment: Sequence[Augmentation], *, seed: int = 0, columns: int = 8, side: int = 64) -> Pixels:
    r"""Draw each row of a batch as it is and, to its right, as the augmentations leave it: an RGB picture, (H, W, 3).

    Pictures are scaled by a whole number, or smaller where they exceed `side`; of a volume the middle plane is shown,
    of a signal its first three channels as lines, all rows of both forms on one scale. Floats are shown from the
    batch's least to its largest value. Where smaller windows are cut out, the middle of each row is shown beside them.

    Shape: (N, C, \*S), as `augment` takes it -> (H, W, 3), uint8.

    >>> page_of(torch.zeros(64, 1, 28, 28, dtype=torch.uint8), []).shape
    (520, 984, 3)
    """
    after = x
    for number, augmentation in enumerate(augment):
        after = augmentation(after, generator(seed, f"augment {number}", 0, 0, device=x.device))
    return pairs_page(middle(x, after.shape[2:]), after, value_range(x), columns=columns, side=side)


def pairs_page(
    before: Tensor, after: Tensor, between: tuple[float, float], *, columns: int = 8, side: int = 64
) -> Pixels:
    r"""Draw the rows of two batches beside each other; `between` are the values shown as black and white.

    Shape: (N, C, \*S) twice -> (H, W, 3), uint8.

    >>> pairs_page(torch.zeros(1, 3, 4, 4), torch.ones(1, 3, 4, 4), (0.0, 1.0), side=4).shape
    (20, 26, 3)
    """
    x = before
    forms = [as_pictures(each.cpu().double(), *between, side) for each in (before, after)]
    height, width = forms[0].shape[1:3]
    columns = min(columns, len(x))
    rows = -(-len(x) // columns)
    page = np.full((rows * (height + GAP) + GAP, columns * (2 * width + NEAR + GAP) + GAP, 3), 255, np.uint8)
    for number, (before, changed) in enumerate(zip(*forms, strict=True)):
        top = GAP + number // columns * (height + GAP)
        left = GAP + number % columns * (2 * width + NEAR + GAP)
        page[top : top + height, left : left + width] = before
        page[top : top + height, left + width + NEAR : left + 2 * width + NEAR] = changed
    return page


def value_range(x: Tensor) -> tuple[float, float]:
    """Give the values that are shown as black and white."""
    if x.dtype == torch.uint8:
        return 0.0, 255.0
    low, high = float(x.min()), float(x.max())
    return low, high if high > low else low + 1.0


def as_pictures(x: Tensor, low: float, high: float, side: int) -> Pixels:
    """Draw rows as RGB, (N, H, W, 3)."""
    x = ((x - low) / (high - low)).clamp(0, 1)
    if x.ndim == 3:
        return _lines(x, side)
    if x.ndim == 5:
        x = x[:, :, x.shape[2] // 2]
    colours = x[:, :3] if x.shape[1] >= 3 else x[:, :1].expand(-1, 3, -1, -1)
    return (_fitted(colours, side) * 255).round().to(torch.uint8).movedim(1, -1).numpy()


def _fitted(x: Tensor, side: int) -> Tensor:
    """Scale pictures to about `side` pixels: up by a whole number, pixel by pixel, or down."""
    longest = max(x.shape[2:])
    if longest <= side:
        times = side // longest
        return x.repeat_interleave(times, 2).repeat_interleave(times, 3)
    sizes = [max(1, math.floor(size * side / longest)) for size in x.shape[2:]]
    return F.interpolate(x, size=sizes, mode="bilinear", antialias=True)


def _lines(x: Tensor, side: int) -> Pixels:
    """Draw signals as lines on white, a colour for each of their first three channels."""
    length = 2 * side
    values = F.interpolate(x[:, :3], size=length, mode="linear", align_corners=True)  # (N, C, 2 side)
    height = ((1 - values) * (side - 1)).round().numpy().astype(np.int64)
    page = np.full((len(x), side, length, 3), 255, np.uint8)
    before = np.concatenate([height[..., :1], height[..., :-1]], axis=-1)
    top, low = np.minimum(height, before), np.maximum(height, before)
    place = np.arange(side)[None, :, None]
    for channel in range(height.shape[1]):
        hit = (place >= top[:, channel, None]) & (place <= low[:, channel, None])  # (N, side, 2 side)
        page[hit] = np.eye(3, dtype=np.uint8)[channel] * 200
    return page
