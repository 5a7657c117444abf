"""Fourteen modes and more, two pixels each, against values written by hand."""

import numpy as np
import pytest
from PIL import Image

from foveal.data.images.reading.pixels import array_pixels, keyed, pixels_of
from foveal.data.images.records import BadPicture

#: Mode, what is put into two pixels, what comes out, and as what.
MODES = [
    ("1", [0, 1], "L", [[0], [255]]),
    ("L", [7, 200], "L", [[7], [200]]),
    ("LA", [(7, 0), (9, 200)], "LA", [[7, 0], [9, 200]]),
    ("La", [(7, 255), (50, 100)], "LA", [[7, 255], [127, 100]]),
    ("RGB", [(1, 2, 3), (255, 0, 9)], "RGB", [[1, 2, 3], [255, 0, 9]]),
    ("RGBA", [(1, 2, 3, 4), (5, 6, 7, 0)], "RGBA", [[1, 2, 3, 4], [5, 6, 7, 0]]),
    ("RGBa", [(1, 2, 3, 255), (50, 100, 0, 100)], "RGBA", [[1, 2, 3, 255], [127, 255, 0, 100]]),
    ("RGBX", [(1, 2, 3, 4), (5, 6, 7, 0)], "RGB", [[1, 2, 3], [5, 6, 7]]),
    ("CMYK", [(0, 0, 0, 0), (255, 0, 51, 102)], "RGB", [[255, 255, 255], [0, 153, 122]]),
    ("YCbCr", [(100, 128, 128), (76, 85, 255)], "RGB", [[100, 100, 100], [254, 0, 0]]),
    ("HSV", [(0, 0, 9), (0, 255, 255)], "RGB", [[9, 9, 9], [255, 0, 0]]),
    ("LAB", [(255, 128, 128), (138, 209, 198)], "RGB", [[255, 255, 255], [255, 0, 0]]),
    ("I;16", [1, 65535], "L", [[1], [65535]]),
    ("I", [-5, 100_000], "L", [[-5], [100_000]]),
    ("F", [0.25, -3.0], "L", [[0.25], [-3]]),
]


@pytest.mark.parametrize(("mode", "put", "out", "values"), MODES, ids=[mode[0] for mode in MODES])
def test_the_pixels_of_a_mode(mode, put, out, values):
    image = Image.new(mode, (2, 1))
    for x, value in enumerate(put):
        image.putpixel((x, 0), value)
    pixels = pixels_of(image)
    assert pixels.mode == out
    assert pixels.values.tolist() == [values]
    assert pixels.values.dtype == {"I;16": np.uint16, "I": np.float32, "F": np.float32}.get(mode, np.uint8)


@pytest.mark.parametrize("order", ["I;16", "I;16L", "I;16B"])
def test_sixteen_bits_in_every_order_of_bytes(order):
    raw = np.array([1, 258, 65535], ">u2" if order.endswith("B") else "<u2").tobytes()
    pixels = pixels_of(Image.frombytes(order, (3, 1), raw))
    assert pixels.values.tolist() == [[[1], [258], [65535]]]
    assert pixels.values.dtype == np.uint16


@pytest.mark.parametrize(
    ("transparency", "mode", "values"),
    [
        (None, "RGB", [[10, 20, 30], [40, 50, 60]]),
        (1, "RGBA", [[10, 20, 30, 255], [40, 50, 60, 0]]),
        (bytes([7, 99]), "RGBA", [[10, 20, 30, 7], [40, 50, 60, 99]]),
    ],
)
def test_a_palette_with_and_without_transparency(transparency, mode, values):
    image = Image.new("P", (2, 1))
    image.putpalette([10, 20, 30, 40, 50, 60])
    image.putpixel((1, 0), 1)
    if transparency is not None:
        image.info["transparency"] = transparency
    pixels = pixels_of(image)
    assert (pixels.mode, pixels.values.tolist()) == (mode, [values])


def test_a_palette_with_opacity_beside_it():
    image = Image.new("PA", (1, 1), (1, 77))
    image.putpalette([10, 20, 30, 40, 50, 60])
    assert pixels_of(image).mode == "RGBA"
    assert pixels_of(image).values.tolist() == [[[40, 50, 60, 77]]]


def test_one_colour_may_be_see_through():
    colour = np.array([[[1, 2, 3], [1, 2, 4]]], np.uint8)
    assert keyed(colour, (1, 2, 4)).values.tolist() == [[[1, 2, 3, 255], [1, 2, 4, 0]]]
    assert keyed(colour.astype(np.uint16), (1, 2, 4)).values[0, 0, 3] == 65535
    assert keyed(colour, b"\0").mode == "RGB"


@pytest.mark.parametrize(
    ("array", "mode", "dtype"),
    [
        (np.zeros((4, 5), bool), "L", np.uint8),
        (np.zeros((4, 5, 1), ">u2"), "L", np.uint16),
        (np.zeros((4, 5, 3), np.uint8), "RGB", np.uint8),
        (np.zeros((4, 5, 4), np.uint8), "channels", np.uint8),
        (np.zeros((4, 5, 2), np.int16), "channels", np.float32),
        (np.zeros((4, 5), np.float64), "L", np.float32),
        (np.zeros((4, 5), np.int64), "L", np.float32),
    ],
)
def test_arrays_are_pictures_too(array, mode, dtype):
    pixels = array_pixels(array)
    assert (pixels.mode, pixels.values.dtype, pixels.values.ndim) == (mode, dtype, 3)
    assert pixels.values.dtype.isnative


def test_true_is_white():
    assert array_pixels(np.array([[True, False]])).values.tolist() == [[[255], [0]]]


@pytest.mark.parametrize("array", [np.zeros(5), np.zeros((2, 3, 4, 5)), np.zeros((0, 4)), np.zeros((2, 2), complex),
                                   np.array([["a"]]), np.zeros((2, 2), "M8[s]"), np.array([[None]])])  # fmt: skip
def test_arrays_that_are_none(array):
    with pytest.raises(BadPicture, match=r"has the shape|holds values of the type|has no pixels"):
        array_pixels(array)
