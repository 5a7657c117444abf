import numpy as np
import pytest

from foveal.core.errors import DataError
from foveal.data.images.on_the_fly import OnTheFly
from foveal.data.images.records import Place
from foveal.data.rows import Rows

from .drawn import DTYPE, RULE, SHAPE, draw, drawn, pixels, spoil

X = np.stack([pixels(i) for i in range(5)])


def test_it_is_indexed_like_an_array(tmp_path):
    fly = OnTheFly(drawn(tmp_path, 5), RULE, SHAPE, DTYPE)
    assert (len(fly), fly.ndim, fly.shape, fly.dtype) == (5, 4, (5, 4, 4, 3), np.uint8)
    np.testing.assert_array_equal(fly[3], X[3])
    np.testing.assert_array_equal(fly[1:4], X[1:4])
    np.testing.assert_array_equal(fly[[4, 0, 4]], X[[4, 0, 4]])
    np.testing.assert_array_equal(fly[np.arange(5) > 2], X[3:])
    np.testing.assert_array_equal(Rows(fly).read(np.array([0, 2]))[0], X[[0, 2]])


def test_a_picture_that_is_none_is_named(tmp_path):
    bad = Place(str(spoil(draw(tmp_path / "b.png"))), "cats/b.png")
    fly = OnTheFly([*drawn(tmp_path, 2), bad], RULE, SHAPE, DTYPE)
    np.testing.assert_array_equal(fly[:2], X[:2])
    with pytest.raises(DataError, match=r"^cats/b\.png .*; mend it, or leave it out$"):
        fly[1:]
    with pytest.raises(DataError, match=r"^picture 1 "):
        OnTheFly([X[0], b"no picture"], RULE, SHAPE, DTYPE)[:]
