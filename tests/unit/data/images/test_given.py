import io

import numpy as np
import pytest
from PIL import Image

from foveal.core.errors import DataError, DataTypeError, ShapeError
from foveal.data.images.given import pictures_given

from .drawn import RULE, draw, drawn, pixels
from .made import make

X = np.stack([pixels(i) for i in range(3)])


def rows(given):
    return np.asarray(pictures_given(given, RULE).X[:])


def test_an_array_as_the_rule_gives_it_is_taken_as_it_is():
    assert pictures_given(X, RULE).X is X


def test_arrays_of_other_sizes_are_read_by_the_rule():
    large = np.repeat(np.repeat(X, 2, 1), 2, 2)
    assert rows(large).shape == (3, 4, 4, 3)
    assert rows(list(large)).shape == (3, 4, 4, 3)
    assert rows(large[..., 0]).shape == (3, 4, 4, 3)


@pytest.mark.parametrize(
    "as_what",
    [str, lambda path: path, lambda path: path.read_bytes(), lambda path: bytearray(path.read_bytes()), Image.open],
)
def test_one_picture_of_any_kind(tmp_path, as_what):
    np.testing.assert_array_equal(rows(as_what(draw(tmp_path / "a.png"))), X[:1])


def test_a_list_of_all_kinds(tmp_path):
    path = draw(tmp_path / "a.png")
    file = io.BytesIO(path.read_bytes())
    given = [path, Image.open(file), X[1], str(path), np.str_(path)]
    np.testing.assert_array_equal(rows(given), X[[0, 0, 1, 0, 0]])
    np.testing.assert_array_equal(rows(np.array([str(path)] * 2)), X[[0, 0]])


def test_a_folder_gives_all_that_is_in_it_by_name(tmp_path):
    drawn(tmp_path / "b", 2)
    draw(tmp_path / "a.png", 2)
    make(tmp_path, ".hidden.png", "readme.txt")
    np.testing.assert_array_equal(rows(tmp_path), X[[2, 0, 1]])


@pytest.mark.parametrize(
    ("given", "error", "says"),
    [
        ([], DataError, "X holds no picture"),
        ({"a": 1}, DataTypeError, r"X must be files, a folder, bytes, PIL images or an array \(N, H, W, C\), got dict"),
        (np.zeros((4, 4)), ShapeError, r"X must hold pictures, .* got shape \(4, 4\); a single one goes into a list"),
        ("missing.png", DataError, r"missing\.png"),
    ],
)
def test_what_is_refused(given, error, says):
    with pytest.raises(error, match=says):
        pictures_given(given, RULE)


def test_a_folder_without_pictures(tmp_path):
    with pytest.raises(DataError, match="picture"):
        pictures_given(make(tmp_path, "a.txt"), RULE)
