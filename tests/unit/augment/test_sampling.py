"""The one sampler against Pillow's affine transform and a bilinear definition in NumPy."""

import numpy as np
import pytest
import torch
from PIL import Image

from foveal.augment.motions import sampled
from foveal.augment.sampling import affine, plane

MATRICES = [(0.8, -0.3, 0.25, 0.9, 1.5, -2.25), (1.2, 0.0, 0.0, 0.7, 0.0, 0.0), (1.0, 0.5, 0.0, 1.0, 3.0, 0.5)]


def by_numpy(picture, a, b, c, d, right, down):
    """Read a picture at A p + t, p in pixels from the centre, linearly between pixels; edges are repeated."""
    height, width = picture.shape
    out = np.empty((height, width))
    for i in range(height):
        for j in range(width):
            x, y = j - (width - 1) / 2, i - (height - 1) / 2
            u = np.clip(a * x + b * y + right + (width - 1) / 2, 0, width - 1)
            v = np.clip(c * x + d * y + down + (height - 1) / 2, 0, height - 1)
            i0, j0 = min(int(v), height - 2), min(int(u), width - 2)
            p, q = v - i0, u - j0
            top = (1 - q) * picture[i0, j0] + q * picture[i0, j0 + 1]
            low = (1 - q) * picture[i0 + 1, j0] + q * picture[i0 + 1, j0 + 1]
            out[i, j] = (1 - p) * top + p * low
    return out


@pytest.mark.parametrize("numbers", MATRICES)
def test_an_affine_motion_is_numpys(numbers):
    picture = np.random.default_rng(0).uniform(0, 255, (13, 9))
    move = affine(torch.zeros(1, 1, 13, 9), numbers[:4], numbers[4:])
    out = move(torch.from_numpy(picture)[None, None])[0, 0].numpy()
    np.testing.assert_allclose(out, by_numpy(picture, *numbers), atol=2e-3)


@pytest.mark.parametrize("numbers", MATRICES)
def test_within_the_picture_it_is_pillows(numbers):
    a, b, c, d, right, down = numbers
    height, width = 24, 20
    smooth = np.add.outer(np.arange(height) * 5, np.arange(width) * 4).astype(np.uint8)
    cx, cy = width / 2, height / 2  # Pillow's places are corners of pixels
    data = (a, b, cx + right - a * cx - b * cy, c, d, cy + down - c * cx - d * cy)
    theirs = np.asarray(
        Image.fromarray(smooth).transform((width, height), Image.Transform.AFFINE, data, Image.Resampling.BILINEAR)
    )
    ours = affine(torch.zeros(1, 1, height, width), numbers[:4], numbers[4:])(torch.from_numpy(smooth)[None, None])
    inside = theirs > 0  # Pillow fills what lies outside with 0
    assert inside.mean() > 0.6
    assert np.abs(ours[0, 0].numpy().astype(int) - theirs)[inside].max() <= 1


def test_signals_are_one_pixel_high_and_the_planes_of_volumes_are_read_alike():
    assert plane(torch.zeros(2, 3, 7)) == (1, 7)
    assert plane(torch.zeros(2, 3, 4, 5, 6)) == (5, 6)
    x = torch.rand(2, 3, 4, 5, 6)
    move = affine(x, (0.9, 0.2, -0.2, 0.9))
    for depth in range(4):
        torch.testing.assert_close(move(x)[:, :, depth], move(x[:, :, depth]))


def test_nearest_keeps_values():
    x = torch.randint(0, 9, (3, 1, 8, 8))
    grid = torch.rand(3, 8, 8, 2, generator=torch.Generator().manual_seed(0)) * 2.4 - 1.2
    assert sampled(x, grid, nearest=True).dtype == torch.int64
    assert set(sampled(x, grid, nearest=True).unique().tolist()) <= set(x.unique().tolist())
