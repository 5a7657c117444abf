import io

import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from foveal.data.images.reading.whole import is_doubtful

PICTURE = Image.fromarray(np.random.default_rng(0).integers(0, 256, (20, 30, 3), np.uint8))


def doubtful(content, format, size=None):
    file = io.BytesIO(content)
    return is_doubtful(file, format, size or len(content), Image.open(io.BytesIO(content)))


def written(format, **options):
    file = io.BytesIO()
    PICTURE.save(file, format, **options)
    return file.getvalue()


@pytest.mark.parametrize("format", ["PNG", "JPEG", "GIF", "WEBP", "BMP", "TIFF", "AVIF"])
def test_a_whole_file_is_not_doubtful_and_a_cut_one_is(format):
    options = {"strip_size": 600} if format == "TIFF" else {}
    content = written(format, **options)
    assert not doubtful(content, format)
    end = len(content) - (200 if format == "TIFF" else 1)  # Pillow writes a TIFF's table first or last
    file, image = io.BytesIO(content[:end]), Image.open(io.BytesIO(content))
    assert is_doubtful(file, format, 500 if format == "TIFF" else end, image)


def test_tiles_of_a_tiff_are_looked_at_too():
    tifffile = pytest.importorskip("tifffile")
    file = io.BytesIO()
    tifffile.imwrite(file, np.zeros((64, 64), np.uint8), tile=(32, 32))
    assert not doubtful(file.getvalue(), "TIFF")
    assert doubtful(file.getvalue(), "TIFF", len(file.getvalue()) - 1)


@pytest.mark.parametrize("format", ["JPEG", "GIF"])
def test_zeros_and_line_ends_after_the_end_are_nothing(format):
    assert not doubtful(written(format) + bytes(9) + b"\r\n", format)


def test_long_packed_text_after_the_pixels_of_a_png_is_doubtful():
    info = PngImagePlugin.PngInfo()
    text = np.random.default_rng(0).integers(32, 127, 5000, np.uint8).tobytes().decode()
    info.add_text("note", text, zip=True)
    before = written("PNG", pnginfo=info)
    assert not doubtful(before, "PNG")  # Pillow has read it with the header
    at, end = before.index(b"zTXt") - 4, before.index(b"IDAT") - 4
    chunk, rest = before[at:end], before[end:]
    assert doubtful(before[:at] + rest[:-12] + chunk + rest[-12:], "PNG")


def test_boxes_may_be_long_or_reach_to_the_end():
    content = written("AVIF")
    assert not doubtful(content + b"\0\0\0\0free" + bytes(50), "AVIF")
    assert not doubtful(content + b"\0\0\0\1free" + (24).to_bytes(8, "big") + bytes(8), "AVIF")
    assert doubtful(content + b"\0\0\0\1free" + (25).to_bytes(8, "big") + bytes(8), "AVIF")
