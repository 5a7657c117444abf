import numpy as np
import pytest

from foveal.core.errors import DataError
from foveal.data.images.reading.back import back, to_look_at, whole
from foveal.data.images.reading.nearest import placed
from foveal.data.images.reading.pixels import Pixels
from foveal.data.images.reading.rule import make_rule
from foveal.data.images.reading.steps import applied


def picture(shape, dtype=np.uint8):
    return Pixels(np.random.default_rng(0).integers(0, 200, (*shape, 3)).astype(dtype), "RGB")


@pytest.mark.parametrize("how", ["pad", "squash"])
def test_what_the_network_sees_is_what_the_rule_makes(how):
    rule = make_rule((12, 8), resize=how)
    np.testing.assert_array_equal(whole(picture((9, 14)), rule), applied(picture((9, 14)), rule))


def test_nothing_is_cut_off():
    assert whole(picture((9, 18)), make_rule(6, resize="crop")).shape == (6, 12, 3)
    assert whole(picture((9, 18)), make_rule(6, store_size=8, resize="squash")).shape == (8, 8, 3)


@pytest.mark.parametrize("how", ["pad", "squash", "crop"])
@pytest.mark.parametrize("shape", [(9, 14), (14, 9), (5, 5)])
def test_a_mask_comes_back_to_its_place(how, shape):
    """A mask that is blocks, brought to the network's size and back, differs in pixels beside borders alone."""
    mask = np.kron(np.array([[0, 1], [2, 3]], np.uint8), np.ones((10, 10), np.uint8))[: shape[0] + 6, : shape[1] + 6]
    rule = make_rule((24, 32), resize=how)
    small = placed(mask, (24, 32), how, 255) if how != "crop" else placed(
        mask, whole(Pixels(np.repeat(mask[..., None], 3, 2), "RGB"), rule).shape[:2], "squash", 255
    )  # fmt: skip
    again = back(small, *mask.shape, rule)
    assert again.shape == mask.shape
    assert (again != mask).mean() < 0.1
    assert set(np.unique(again)) == set(np.unique(mask))


def test_pictures_to_look_at():
    assert to_look_at(picture((4, 5))).shape == (4, 5, 3)
    grey = to_look_at(Pixels(np.arange(10, dtype=np.uint16).reshape(2, 5, 1) * 30, "L"))
    assert (grey.min(), grey.max(), grey.shape) == (0, 255, (2, 5, 3))
    assert to_look_at(Pixels(np.zeros((2, 2, 6), np.float32), "channels")).shape == (2, 2, 3)
    with pytest.raises(DataError, match="NaN or infinite"):
        to_look_at(Pixels(np.full((2, 2, 1), np.nan, np.float32), "L"))
