from fractions import Fraction

import numpy as np
import pytest
import torch
from torch.nn.functional import interpolate

from foveal.data.images.reading import resize as module
from foveal.data.images.reading.resize import BITS, axis_weights, fitted, resize

SIZES = [((375, 500), (96, 128)), ((64, 64), (32, 32)), ((9, 5), (4, 7)), ((5, 9), (5, 4)), ((1, 1), (3, 2)),
         ((7, 3), (1, 1)), ((40, 8), (8, 40)), ((2100, 2), (3, 2))]  # fmt: skip


def drawn(shape, dtype, seed=0):
    rng = np.random.default_rng(seed)
    if dtype == np.float32:
        return rng.normal(size=shape).astype(dtype)
    return rng.integers(0, np.iinfo(dtype).max, shape, dtype, endpoint=True)


def torchs(picture, size):
    planes = torch.from_numpy(picture.astype(np.float32)).permute(2, 0, 1)[None]
    out = interpolate(planes, size=size, mode="bilinear", antialias=True, align_corners=False)
    return out[0].permute(1, 2, 0).numpy()


def weights(old, new, bits):
    """The definition, written from the formula, in fractions."""
    reach, table = max(Fraction(old, new), Fraction(1)), []
    for i in range(new):
        centre = (i + Fraction(1, 2)) * Fraction(old, new)
        row = [max(Fraction(0), 1 - abs(k + Fraction(1, 2) - centre) / reach) for k in range(old)]
        sums = [int(sum(row[: k + 1]) / sum(row) * 2**bits + Fraction(1, 2)) for k in range(old)]
        table.append(np.diff(sums, prepend=0).tolist())
    return np.array(table, dtype=object)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize(("old", "new"), SIZES[1:7])
def test_the_bits_are_the_definitions(old, new, dtype):
    picture, bits = drawn((*old, 2), dtype), BITS[np.dtype(dtype).name]
    rows, columns = (weights(n, m, bits) for n, m in zip(old, new, strict=True))
    exact = np.einsum("ik,klc,jl->ijc", rows, picture.astype(object), columns)
    wanted = [round(Fraction(int(v), 4**bits)) for v in exact.reshape(-1)]  # Python rounds halves to even
    assert (resize(picture, new).reshape(-1) == wanted).all()


@pytest.mark.parametrize("channels", [1, 3, 4, 6])
@pytest.mark.parametrize(("old", "new"), SIZES)
def test_it_is_torchs_to_the_nearest_level(old, new, channels):
    picture = drawn((*old, channels), np.uint8)
    ours, theirs = resize(picture, new).astype(int), torchs(picture, new)
    assert np.abs(ours - theirs).max() < 0.52
    assert (ours != np.rint(theirs)).sum() <= 4 + 0.002 * ours.size
    deep = drawn((*old, channels), np.uint16)
    assert np.abs(resize(deep, new) - torchs(deep, new)).max() < (1 if max(old) < 2000 else 3)
    real = drawn((*old, channels), np.float32)
    np.testing.assert_allclose(resize(real, new), torchs(real, new), atol=2e-5)


def test_a_constant_picture_stays_constant_and_a_fitting_one_as_it_is():
    white = np.full((50, 37, 3), 255, np.uint8)
    assert (resize(white, (13, 64)) == 255).all()
    picture = drawn((6, 7, 3), np.uint8)
    assert (resize(picture, (6, 7)) == picture).all()


def test_halves_go_to_even():
    picture = np.array([[[0], [1]], [[0], [1]]], np.uint8)
    assert resize(picture, (1, 1)).item() == 0
    assert resize(picture + np.uint8(1), (1, 1)).item() == 2


@pytest.mark.parametrize(
    ("old", "size", "how", "wanted"),
    [
        ((375, 500), (128, 128), "pad", ((96, 128), 16, 0)),
        ((500, 375), (128, 128), "pad", ((128, 96), 0, 16)),
        ((375, 500), (128, 128), "crop", ((128, 171), 0, -21)),
        ((10, 10), (5, 8), "pad", ((5, 5), 0, 1)),  # the larger half, 2, lies to the right
        ((10, 10), (5, 8), "crop", ((8, 8), -1, 0)),
        ((1, 1000), (8, 8), "pad", ((1, 8), 3, 0)),
        ((2, 4), (3, 5), "pad", ((3, 5), 0, 0)),  # 2.5 is rounded up
        ((3, 3), (3, 3), "crop", ((3, 3), 0, 0)),
    ],
)
def test_sizes_and_places(old, size, how, wanted):
    assert fitted(*old, size, how) == wanted


def test_pad_puts_the_picture_in_the_middle_of_the_fill():
    picture = drawn((20, 40, 3), np.uint8)
    out = resize(picture, (16, 16), "pad", [1, 2, 3])
    assert (out[4:12] == resize(picture, (8, 16))).all()
    assert (out[:4] == [1, 2, 3]).all()
    assert (out[12:] == [1, 2, 3]).all()


@pytest.mark.parametrize("old", [(20, 45), (45, 20), (7, 9)])
def test_crop_is_the_middle_of_the_whole(old):
    picture = drawn((*old, 3), np.uint8)
    fit, top, left = fitted(*old, (16, 12), "crop")
    whole = resize(picture, fit)
    assert (resize(picture, (16, 12), "crop") == whole[-top : 16 - top, -left : 12 - left]).all()


def test_a_thin_picture_is_cropped_without_the_whole_being_made():
    assert resize(np.zeros((1, 60_000, 1), np.uint8), (128, 128), "crop").shape == (128, 128, 1)


def test_views_and_other_layouts_give_the_same():
    picture = drawn((30, 20, 3), np.uint8)
    assert (resize(picture[::-1].swapaxes(0, 1), (9, 9)) == resize(picture[::-1].swapaxes(0, 1).copy(), (9, 9))).all()


def test_tables_of_long_sides_are_not_kept():
    module._made.cache_clear()
    resize(np.zeros((4000, 4, 1), np.uint8), (8, 8))
    assert module._made.cache_info().currsize == 1


def test_the_weights_of_a_pixel_sum_to_one():
    for old, new in [(375, 96), (5, 9), (3, 3), (1, 7), (1000, 1)]:
        assert (axis_weights(old, new, 0, new, 16)[1].sum(axis=1) == 2**16).all()
