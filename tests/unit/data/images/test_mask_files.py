import io

import numpy as np
import pytest
from PIL import Image

from foveal.core.errors import DataError
from foveal.data.images.mask_files import classes_csv, drawn_over, numbers_png, overlay_jpeg, palette_png
from foveal.data.images.reading.label_colours import drawn_in, read_colours
from foveal.data.images.reading.labels import labels_in_file

CLASSES = drawn_in([0, 1, 7], ["ground", "a, b", "car"])
MASK = np.array([[0, 1, 1], [7, 7, 0]], np.uint8)


def test_what_is_written_is_read_again(tmp_path):
    content = palette_png(MASK, CLASSES)
    np.testing.assert_array_equal(labels_in_file(content), MASK)
    (tmp_path / "c.csv").write_bytes(classes_csv(CLASSES))
    assert read_colours(tmp_path / "c.csv") == CLASSES
    np.testing.assert_array_equal(labels_in_file(content, CLASSES), MASK)
    colours = np.asarray(Image.open(io.BytesIO(content)).convert("RGB"))
    assert tuple(colours[1, 0]) == CLASSES[2].colour


def test_numbers_of_objects():
    numbers = np.array([[0, 300], [65535, 1]])
    np.testing.assert_array_equal(np.asarray(Image.open(io.BytesIO(numbers_png(numbers)))), numbers)
    with pytest.raises(DataError, match="65,536 objects are more than a PNG holds"):
        numbers_png(numbers + 1)


def test_colours_borders_and_what_is_see_through():
    picture = np.full((5, 6, 3), 100, np.uint8)
    mask = np.zeros((5, 6), np.uint8)
    mask[1:4, 1:5] = 7
    drawn = drawn_over(picture, mask, CLASSES)
    colour = np.array(CLASSES[2].colour)
    np.testing.assert_array_equal(drawn[mask == 0], picture[mask == 0])
    np.testing.assert_array_equal(drawn[2, 2], np.rint((100 + colour) / 2))
    np.testing.assert_array_equal(drawn[1, 1], colour)
    np.testing.assert_array_equal(drawn[2, 1], colour)
    assert Image.open(io.BytesIO(overlay_jpeg(picture, mask, CLASSES))).size == (6, 5)
