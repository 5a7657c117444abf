import numpy as np
import pytest

from foveal.doctor.registration import blurred, tangents, unexplained

from .planted import drawing


def small(picture):
    from PIL import Image

    return np.asarray(picture.resize((32, 32), Image.Resampling.BILINEAR), np.float32)[None]


@pytest.mark.parametrize("box", [(3, 0, 64, 61), (0, 3, 61, 64), (3, 3, 61, 61)])
def test_a_crop_is_explained_by_its_picture_and_another_picture_is_not(box):
    whole, crop, other = small(drawing(1)), small(drawing(1).crop(box)), small(drawing(2))
    moved, apart = unexplained(whole, crop), unexplained(whole, other)
    plain = ((whole - crop) ** 2).mean() / crop.var()
    assert moved.share[0] < 0.01 < plain
    assert apart.share[0] > 0.2
    assert unexplained(crop, whole).share == pytest.approx(moved.share)  # the smaller of both directions


def test_a_small_part_that_differs_shows_in_the_worst_square():
    picture = small(drawing(3))
    changed = picture.copy()
    changed[0, 12:16, 12:16] = 255 - changed[0, 12:16, 12:16]
    left = unexplained(picture, changed)
    assert left.worst[0] > 10 * left.share[0]


def test_flat_pictures_of_different_grey_are_not_the_same_and_none_may_be_given():
    flat = np.full((1, 32, 32, 3), 100.0)
    assert unexplained(flat, flat).share[0] == 0
    assert unexplained(flat, flat + 40).share[0] > 1
    assert unexplained(flat[:0], flat[:0]).share.shape == (0,)


def test_a_blur_keeps_the_mean_of_a_flat_picture_and_tangents_are_differences():
    assert np.allclose(blurred(np.full((1, 9, 9, 2), 7.0)), 7)
    ramp = np.tile(np.arange(8.0), (1, 8, 1)).reshape(1, 8, 8)
    across, _, down, _ = tangents(ramp)[0]
    assert (across == 1).all()
    assert (down == 0).all()
