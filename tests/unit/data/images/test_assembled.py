import numpy as np
import pytest

from foveal.core.errors import DataError
from foveal.data.images.assembled import assembled
from foveal.data.images.cache.kept import Kept
from foveal.data.images.masked import Masks
from foveal.data.images.reading.mask_rule import labels_step
from foveal.data.images.reading.rule import make_rule
from foveal.data.images.records import Listing, Place

PLACES = tuple(Place(f"/{i}.png", f"{i}.png") for i in range(3))


def made(good, masks=None, **how):
    X = np.arange(3 * 48, dtype=np.uint8).reshape(3, 4, 4, 3)
    digests = np.array([[1], [2], [1]], np.uint8).repeat(16, axis=1)
    kept = Kept(X, digests, np.zeros((3, 3, 2), np.uint64), [])
    said = []
    return assembled(kept, Listing("/", PLACES, **how), make_rule(4), np.array(good, int), [], said.append, masks), said


def test_labels_are_words_and_the_same_pixels_one_group():
    rows, said = made([0, 1, 2], y=np.array([0, 1, 0]), class_names=("a", "b"))
    assert (rows.y.tolist(), rows.groups.tolist(), rows.about["duplicates"]) == (["a", "b", "a"], [0, 1, 0], 1)
    assert "1 picture is there before, with the same pixels (0.png and 2.png)" in said[0]


def test_some_rows_with_masks():
    y = np.arange(48, dtype=np.uint8).reshape(3, 4, 4) % 2
    rows, _ = made([0, 2], Masks(y, labels_step(ignored=255), ("sky", "road"), {}))
    assert rows.files.tolist() == ["0.png", "2.png"]
    np.testing.assert_array_equal(rows.y, y[[0, 2]])
    assert (rows.class_names, rows.ignored, rows.about["masks"]["ignored"]) == (("sky", "road"), 255, 255)
    with pytest.raises(DataError, match="no file is a picture that can be read"):
        made([])
