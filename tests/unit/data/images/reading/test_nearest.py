import numpy as np
import pytest

from foveal.data.images.reading.nearest import inside, nearest, placed, resized
from foveal.data.images.reading.resize import resize


@pytest.mark.parametrize(("old", "new"), [(1, 5), (5, 1), (7, 3), (3, 7), (480, 128), (65535, 3)])
def test_a_new_pixel_is_the_old_one_its_centre_lies_in(old, new):
    assert nearest(old, new).tolist() == [int((i + 0.5) * old / new) for i in range(new)]


@pytest.mark.parametrize("how", ["pad", "squash", "crop"])
@pytest.mark.parametrize("shape", [(9, 4), (4, 9), (6, 6), (1, 8), (30, 23)])
@pytest.mark.parametrize("size", [(6, 6), (5, 12), (3, 2)])
def test_a_mask_lies_where_its_picture_lies(how, shape, size):
    """Of a picture whose pixels are flat areas, each mask pixel away from their edges has the picture's value."""
    halves = np.zeros(shape, np.uint8)
    halves[:, shape[1] // 2 :] = 200
    picture = resize(halves[..., None], size, how, 100)[..., 0]
    mask = placed(halves, size, how, 100)
    assert mask.shape == picture.shape
    pure = np.isin(picture, (0, 200))
    np.testing.assert_array_equal(mask[pure], picture[pure])
    rows, columns = inside(*shape, size, how)
    beside = np.ones(size, bool)
    beside[rows, columns] = False
    np.testing.assert_array_equal(mask == 100, beside)


def test_up_and_back_again_is_the_mask():
    mask = np.random.default_rng(0).integers(0, 5, (6, 4))
    large = placed(mask, (12, 12), "pad", 255)
    np.testing.assert_array_equal(resized(large[inside(6, 4, (12, 12), "pad")], (6, 4)), mask)
    assert resized(mask, (6, 4)) is mask
