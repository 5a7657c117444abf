"""PNG files read back by Pillow."""

import io

import numpy as np
from PIL import Image

from foveal.core.png import png_of


def test_pillow_reads_what_was_written():
    pixels = np.random.default_rng(0).integers(0, 256, (7, 11, 3), dtype=np.uint8)
    image = Image.open(io.BytesIO(png_of(pixels)))
    assert (image.format, image.mode, image.size) == ("PNG", "RGB", (11, 7))
    np.testing.assert_array_equal(np.asarray(image), pixels)
    image = Image.open(io.BytesIO(png_of(pixels[::-1, ::2])))  # whatever its strides
    np.testing.assert_array_equal(np.asarray(image), pixels[::-1, ::2])
