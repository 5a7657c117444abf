r"""The changes of TrivialAugment: moves as six numbers, and changes of pixels of 0 ... 255.

Each is given a strength of 0 ... 1 and a sign for each row, (N,). Source: Müller and Hutter 2021, table 1, "wide"; what
the names mean is what Pillow does.
"""

import math
from collections.abc import Callable

import torch
from torch import Tensor

from foveal.augment.colours import between, greys
from foveal.augment.draws import for_rows

Move = tuple[Tensor | float, ...]  # a, b, c, d, right, down of `affine`


def shear_x(level: Tensor, sign: Tensor) -> Move:
    """Read (x, y) at (x + s y, y), s up to 0.99."""
    return 1.0, 0.99 * level * sign, 0.0, 1.0, 0.0, 0.0


def shear_y(level: Tensor, sign: Tensor) -> Move:
    """Read (x, y) at (x, y + s x), s up to 0.99."""
    return 1.0, 0.0, 0.99 * level * sign, 1.0, 0.0, 0.0


def translate_x(level: Tensor, sign: Tensor) -> Move:
    """Read (x, y) at (x + s, y), s up to 32 pixels."""
    return 1.0, 0.0, 0.0, 1.0, 32 * level * sign, 0.0


def translate_y(level: Tensor, sign: Tensor) -> Move:
    """Read (x, y) at (x, y + s), s up to 32 pixels."""
    return 1.0, 0.0, 0.0, 1.0, 0.0, 32 * level * sign


def turn(level: Tensor, sign: Tensor) -> Move:
    """Turn by up to 135 degrees."""
    angle = level * sign * (135 * math.pi / 180)
    return angle.cos(), -angle.sin(), angle.sin(), angle.cos(), 0.0, 0.0


def brighten(x: Tensor, level: Tensor, sign: Tensor) -> Tensor:
    """Multiply by 1 + s, s up to 0.99."""
    return (x * for_rows(1 + 0.99 * level * sign, x)).clamp_(0, 255)


def colour(x: Tensor, level: Tensor, sign: Tensor) -> Tensor:
    """Move each pixel away from its grey by 1 + s, s up to 0.99; one channel stays."""
    return between(x, greys(x), 1 + 0.99 * level * sign).clamp_(0, 255)


def contrast_(x: Tensor, level: Tensor, sign: Tensor) -> Tensor:
    """Move values away from the mean of the grey by 1 + s, s up to 0.99."""
    mean = greys(x).mean(dim=(1, 2, 3), keepdim=True)
    return between(x, mean, 1 + 0.99 * level * sign).clamp_(0, 255)


def sharpness(x: Tensor, level: Tensor, sign: Tensor) -> Tensor:
    """Move pixels away from a smoothed picture by 1 + s; it is (sum of the 3x3 neighbours + 4 x) / 13, edges as x."""
    smooth = x.clone()
    if min(x.shape[2:]) > 2:
        rows = x[:, :, :-2] + x[:, :, 1:-1] + x[:, :, 2:]
        box = rows[..., :-2] + rows[..., 1:-1] + rows[..., 2:]
        smooth[:, :, 1:-1, 1:-1] = (box + 4 * x[:, :, 1:-1, 1:-1]) / 13
    return between(x, smooth, 1 + 0.99 * level * sign).clamp_(0, 255)


def posterize(x: Tensor, level: Tensor, sign: Tensor) -> Tensor:
    """Keep the first 8 - round(6 s) bits."""
    step = for_rows(torch.exp2((level * 6).round()), x)
    return (x / step).floor() * step


def solarize(x: Tensor, level: Tensor, sign: Tensor) -> Tensor:
    """Invert what is at least 255 (1 - s)."""
    return torch.where(x >= for_rows(255 * (1 - level), x), 255 - x, x)


def autocontrast(x: Tensor, level: Tensor, sign: Tensor) -> Tensor:
    """Stretch each channel to reach from 0 to 255."""
    low, high = x.amin(dim=(2, 3), keepdim=True), x.amax(dim=(2, 3), keepdim=True)
    reach = high - low
    return torch.where(reach > 0, (x - low) * (255 / reach.clamp(min=1e-6)), x)


def equalize(x: Tensor, level: Tensor, sign: Tensor) -> Tensor:
    """Give each channel values as evenly spread as may be.

    v becomes (step // 2 + number of pixels below v) // step, step = (pixels - those of the largest value) // 255.
    """
    shade = x.round().long().clamp_(0, 255).flatten(2)  # (N, C, H W)
    counts = torch.zeros((*shade.shape[:2], 256), dtype=torch.int64, device=x.device)
    counts.scatter_add_(2, shade, torch.ones_like(shade))
    largest = counts.gather(2, shade.amax(dim=2, keepdim=True))
    step = (shade.shape[2] - largest) // 255
    below = counts.cumsum(2) - counts
    table = ((step // 2 + below) // step.clamp(min=1)).clamp_(0, 255)
    return torch.where(step[..., None] > 0, table.gather(2, shade).view(x.shape).to(x.dtype), x)


MOVES: tuple[Callable[[Tensor, Tensor], Move], ...] = (shear_x, shear_y, translate_x, translate_y, turn)
VALUES: tuple[Callable[[Tensor, Tensor, Tensor], Tensor], ...] = (
    brighten, colour, contrast_, sharpness, posterize, solarize, autocontrast, equalize,
)  # fmt: skip
