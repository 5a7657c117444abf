"""The changes of TrivialAugment against Pillow."""

import numpy as np
import pytest
import torch
from PIL import Image, ImageEnhance, ImageOps

from foveal.augment import trivial_table as table

PIXELS = np.random.default_rng(0).normal(110, 40, (24, 20, 3)).clip(5, 250).astype(np.uint8)
LEVELS = (0.0, 7 / 30, 0.5, 1.0)


def ours(change, level, sign=1.0):
    x = torch.from_numpy(PIXELS).permute(2, 0, 1)[None].float()
    out = change(x, torch.tensor([level]), torch.tensor([sign]))
    return out[0].permute(1, 2, 0).numpy()


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("sign", [1.0, -1.0])
@pytest.mark.parametrize(
    ("change", "theirs"),
    [(table.brighten, ImageEnhance.Brightness), (table.colour, ImageEnhance.Color),
     (table.contrast_, ImageEnhance.Contrast), (table.sharpness, ImageEnhance.Sharpness)],
)  # fmt: skip
def test_enhancers(change, theirs, level, sign):
    made = np.asarray(theirs(Image.fromarray(PIXELS)).enhance(1 + 0.99 * level * sign)).astype(int)
    assert np.abs(ours(change, level, sign).round() - made).max() <= 2  # Pillow rounds in between


@pytest.mark.parametrize("level", LEVELS)
def test_posterize_and_solarize(level):
    picture = Image.fromarray(PIXELS)
    bits = 8 - round(6 * level)
    np.testing.assert_array_equal(ours(table.posterize, level), np.asarray(ImageOps.posterize(picture, bits)))
    made = np.asarray(ImageOps.solarize(picture, threshold=255 * (1 - level)))
    np.testing.assert_array_equal(ours(table.solarize, level), made)


def test_autocontrast_and_equalize():
    picture = Image.fromarray(PIXELS)
    made = np.asarray(ImageOps.autocontrast(picture)).astype(int)
    assert np.abs(ours(table.autocontrast, 0.0) - made).max() <= 1  # Pillow cuts, and does not round
    np.testing.assert_array_equal(ours(table.equalize, 0.0), np.asarray(ImageOps.equalize(picture)))


def test_rows_of_one_value_stay():
    flat = torch.full((2, 3, 20, 20), 90.0)
    nothing = torch.zeros(2)
    for change in (table.autocontrast, table.equalize, table.sharpness, table.colour):
        assert torch.equal(change(flat, nothing, nothing + 1), flat)


def test_moves_are_the_wide_tables():
    whole, sign = torch.tensor([1.0]), torch.tensor([-1.0])
    numbers = [[round(float(v), 3) for v in move(whole, sign)] for move in table.MOVES]
    turn = round(float(np.cos(np.radians(135))), 3)
    assert numbers == [
        [1, -0.99, 0, 1, 0, 0], [1, 0, -0.99, 1, 0, 0], [1, 0, 0, 1, -32, 0], [1, 0, 0, 1, 0, -32],
        [turn, -turn, turn, turn, 0, 0],
    ]  # fmt: skip
