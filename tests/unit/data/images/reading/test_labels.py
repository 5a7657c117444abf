import io

import numpy as np
import pytest
from PIL import Image

from foveal.data.images.reading.label_colours import read_colours
from foveal.data.images.reading.labels import decode_labels, labels_in_file
from foveal.data.images.reading.mask_rule import labels_step, mask_rule
from foveal.data.images.reading.rule import make_rule
from foveal.data.images.records import BadPicture

MASK = np.array([[0, 1, 2], [2, 1, 3]], np.uint8)
TABLE = read_colours({"a": (0, 0, 0), "b": (255, 0, 0), "c": (0, 255, 0), "d": (0, 0, 255)})
COLOURS = np.array([each.colour for each in TABLE], np.uint8)


def packed(image, form="PNG", **how):
    file = io.BytesIO()
    (Image.fromarray(image) if isinstance(image, np.ndarray) else image).save(file, form, **how)
    return file.getvalue()


def palette(bits=8):
    image = Image.fromarray(MASK)
    image.putpalette(COLOURS.ravel().tolist())
    return packed(image, bits=bits)


def npy(values):
    file = io.BytesIO()
    np.save(file, values)
    return file.getvalue()


@pytest.mark.parametrize(
    ("content", "wanted"),
    [
        (packed(MASK), MASK),
        (packed(MASK.astype(np.uint16) * 1000), MASK.astype(np.uint16) * 1000),
        (palette(), MASK),
        (palette(bits=2), MASK),
        (packed(Image.fromarray(MASK > 1)), MASK > 1),
        (packed(MASK, "BMP"), MASK),
        (packed(MASK, "TIFF"), MASK),
        (packed(MASK.astype(np.uint16), "TIFF"), MASK),
        (packed(MASK.astype(np.int32) * 700, "TIFF"), MASK.astype(int) * 700),
        (packed(np.repeat(MASK[..., None], 3, axis=2)), MASK),
        (npy(MASK.astype(np.int64)), MASK),
        (npy(MASK[..., None]), MASK),
        (npy(MASK > 0), MASK > 0),
    ],
)
def test_labels_are_read_as_they_are(content, wanted):
    found = labels_in_file(content)
    assert found.dtype == (np.uint8 if wanted.max() <= 255 else np.uint16)
    np.testing.assert_array_equal(found, wanted)


@pytest.mark.parametrize("content", [palette(), packed(COLOURS[MASK]), packed(COLOURS[MASK], "TIFF"),
                                     packed(np.dstack([COLOURS[MASK], MASK]))])  # fmt: skip
def test_colours_are_looked_up(content):
    np.testing.assert_array_equal(labels_in_file(content, TABLE), MASK)


def test_grey_values_are_labels_beside_a_table_of_colours_and_colours_beside_one_of_greys():
    np.testing.assert_array_equal(labels_in_file(packed(MASK), TABLE), MASK)
    greys = read_colours({"no": (0, 0, 0), "yes": (255, 255, 255)})
    np.testing.assert_array_equal(labels_in_file(packed((MASK > 0) * np.uint8(255)), greys), MASK > 0)


def test_few_bits_of_grey_are_not_spread():
    scaled = Image.fromarray(MASK * 85).quantize(4)  # indices, to be written in 2 bits
    grey = packed(Image.fromarray(np.asarray(scaled)), bits=2)
    if Image.open(io.BytesIO(grey)).mode == "P":
        pytest.skip("this Pillow writes no grey of 2 bits")
    assert labels_in_file(grey).max() <= 3


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (npy(MASK.astype(np.float32)), "holds numbers with a point"),
        (packed(MASK.astype(np.float32), "TIFF"), "holds numbers with a point"),
        (npy(MASK.astype(int) - 1), "has the label -1"),
        (npy(MASK.astype(int) * 30000), "has the label 90000"),
        (npy(np.zeros((2, 2, 2), int)), "has the shape"),
        (packed(MASK, "JPEG"), "is a JPEG, which does not keep labels"),
        (packed(COLOURS[MASK]), r"is a picture in colours, .*--colours"),
        (b"", "is empty"),
        (packed(MASK)[:-30], "is cut off|is damaged"),
    ],
)
def test_what_is_no_mask(content, message):
    with pytest.raises(BadPicture, match=message):
        labels_in_file(content)


def test_a_rule_renumbers_and_places():
    rule = mask_rule(make_rule((4, 3)), labels_step(numbers=[(0, 2), (1, 1), (2, 0), (3, 0)], ignored=255))
    found = decode_labels(packed(MASK), rule)
    assert found[..., 0].tolist() == [[255] * 3, [2, 1, 0], [0, 1, 0], [255] * 3]
    np.testing.assert_array_equal(decode_labels(MASK, rule), found)
    with pytest.raises(BadPicture, match=r"^a: has the label 9, which is not among those that are known: 0, 1, 2, 3"):
        decode_labels(packed(np.full((2, 2), 9, np.uint8)), rule, "a")
    with pytest.raises(BadPicture, match="has the label 300, and masks are of uint8"):
        decode_labels(npy(np.full((2, 2), 300)), mask_rule(make_rule(4), labels_step()))


def test_a_turned_mask_is_turned():
    image = Image.fromarray(MASK)
    exif = image.getexif()
    exif[0x0112] = 6
    np.testing.assert_array_equal(labels_in_file(packed(image, exif=exif)), np.rot90(MASK, -1))
