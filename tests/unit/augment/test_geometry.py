"""Turned, zoomed, sheared, cut and bent rows, held against definitions in NumPy and Pillow."""

import math

import numpy as np
import pytest
import torch
from PIL import Image
from tests.unit.augment.test_sampling import by_numpy

from foveal.augment import resized_crop, rotate, scale, shear, warp

PICTURE = np.random.default_rng(0).uniform(0, 255, (11, 15))
X = torch.from_numpy(PICTURE).expand(40, 1, 11, 15)


def draws(*bounds):
    """Give what an augmentation draws for each of the 40 rows, in its order."""
    rng = torch.Generator().manual_seed(3)
    return [(torch.rand(40, generator=rng) * (high - low) + low).double().numpy() for low, high in bounds]


def out_of(augmentation, x=X):
    return augmentation(x, torch.Generator().manual_seed(3)).numpy()


def rows_are(augmentation, numbers):
    for row, six in zip(out_of(augmentation)[:6], numbers[:6], strict=True):
        np.testing.assert_allclose(row[0], by_numpy(PICTURE, *six), atol=5e-3)


def test_rotate():
    (angles,) = draws((-30, 30))
    rows_are(rotate(30), [(math.cos(t), -math.sin(t), math.sin(t), math.cos(t), 0, 0) for t in np.radians(angles)])


def test_rotate_is_pillows_and_anticlockwise_where_it_is_positive():
    smooth = np.add.outer(np.arange(24) * 3, np.arange(24) * 7).astype(np.uint8)
    (angles,) = draws((-30, 30))
    ours = out_of(rotate(30), torch.from_numpy(smooth).expand(40, 1, 24, 24))
    for row, angle in zip(ours[:8], angles[:8], strict=True):
        theirs = np.asarray(Image.fromarray(smooth).rotate(angle, Image.Resampling.BILINEAR))
        assert np.abs(row[0].astype(int) - theirs)[6:-6, 6:-6].max() <= 1


def test_scale():
    (factors,) = draws((0.7, 1.3))
    rows_are(scale(0.3), [(1 / f, 0, 0, 1 / f, 0, 0) for f in factors])


def test_shear():
    (angles,) = draws((-20, 20))
    rows_are(shear(20), [(1, math.tan(t), 0, 1, 0, 0) for t in np.radians(angles)])


def test_resized_crop_lies_within_and_has_the_share_it_says():
    most = math.log(4 / 3)
    area, ratio, right, down = draws((0.3, 1), (-most, most), (-0.5, 0.5), (-0.5, 0.5))
    wide, high = (np.minimum(1, np.sqrt(area * np.exp(sign * ratio))) for sign in (1, -1))
    numbers = zip(wide, 0 * wide, 0 * wide, high, (1 - wide) * right * 15, (1 - high) * down * 11, strict=True)
    rows_are(resized_crop(0.3), list(numbers))
    assert (wide * 7.5 + np.abs((1 - wide) * right * 15) <= 7.5 + 1e-9).all()


def test_resized_crop_brings_the_window_to_another_size():
    most = math.log(4 / 3)
    area, ratio, right, down = draws((0.3, 1), (-most, most), (-0.5, 0.5), (-0.5, 0.5))
    out = out_of(resized_crop(0.3, to=(5, 9)))
    assert out.shape == (40, 1, 5, 9)
    for row, a, r, x, y in list(zip(out[:, 0], area, ratio, right, down, strict=True))[:6]:
        wide, high = min(1, math.sqrt(a * math.exp(r))) * 15, min(1, math.sqrt(a * math.exp(-r))) * 11
        columns = 7.5 + (15 - wide) * x + ((np.arange(9) + 0.5) / 9 - 0.5) * wide - 0.5
        lines = 5.5 + (11 - high) * y + ((np.arange(5) + 0.5) / 5 - 0.5) * high - 0.5
        along = np.stack([np.interp(columns, np.arange(15), line) for line in PICTURE])  # (11, 9)
        np.testing.assert_allclose(row, np.stack([np.interp(lines, np.arange(11), c) for c in along.T], 1), atol=5e-3)


def test_resized_crop_to_another_size_of_signals_and_volumes():
    assert out_of(resized_crop(to=50), torch.zeros(40, 2, 100)).shape == (40, 2, 50)
    assert out_of(resized_crop(to=6), torch.zeros(4, 2, 5, 9, 8)).shape == (4, 2, 5, 6, 6)


def test_resized_crop_of_a_signal_is_a_window_stretched():
    line = torch.arange(100.0).expand(40, 2, 100)
    out = out_of(resized_crop(0.5), line)
    (area, *_) = draws((0.5, 1))
    np.testing.assert_allclose(np.diff(out[:, 0, 10:90]).mean(1), area, atol=1e-3)
    assert out.min() >= 0
    assert out.max() <= 99


def test_scale_of_a_signal_makes_it_slower():
    line = torch.arange(101.0).expand(40, 1, 101)
    (factors,) = draws((0.7, 1.3))
    np.testing.assert_allclose(np.diff(out_of(scale(0.3), line)[:, 0, 40:60]).mean(1), 1 / factors, atol=1e-4)


def test_warp_keeps_the_ends_and_runs_at_four_speeds():
    line = torch.arange(101.0).expand(40, 1, 101)
    out = out_of(warp(0.5), line)[:, 0]
    slopes = np.stack(draws(*[(0.5, 1.5)] * 4), 1)
    path = np.cumsum(np.concatenate([np.zeros((40, 1)), slopes], 1), 1)
    path = path / path[:, -1:] * 100
    expected = np.stack([np.interp(np.arange(101) / 25, np.arange(5), row) for row in path])
    np.testing.assert_allclose(out, expected, atol=2e-3)


def test_warp_bends_each_axis_of_a_picture_by_itself():
    out = out_of(warp(0.5), torch.arange(15.0).expand(40, 1, 11, 15))
    np.testing.assert_allclose(out, np.broadcast_to(out[:, :, :1], out.shape), atol=1e-4)
    assert (np.abs(out[:, 0, 0] - np.arange(15)).max(1) > 0.3).mean() > 0.8


@pytest.mark.parametrize("augmentation", [rotate(90), scale(0.9), shear(60), warp(0.9), resized_crop(0.05)])
def test_no_value_comes_in_that_was_not_between_those_there(augmentation):
    out = out_of(augmentation, torch.full((40, 2, 9, 9), 77, dtype=torch.uint8))
    assert (out == 77).all()
