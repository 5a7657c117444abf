import io
import struct
import sys
import zlib

import numpy as np
import pytest
from PIL import Image

from foveal.data.images.reading import decode as module
from foveal.data.images.reading.decode import decode, unpacked
from foveal.data.images.reading.resize import resize
from foveal.data.images.reading.rule import make_rule
from foveal.data.images.records import BadPicture

RNG = np.random.default_rng(0)
PHOTO = Image.fromarray(RNG.integers(0, 256, (6, 8, 3), np.uint8)).resize((50, 37), Image.Resampling.BICUBIC)


def file_of(image, format, **options):
    file = io.BytesIO()
    image.save(file, format, **options)
    return file.getvalue()


def npy(array):
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


def png(values, colours, transparency=None, head=None, rows=None):
    """Write a PNG of 16 bits, as the standard says; Pillow writes none with several channels."""

    def chunk(name, data):
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", *(head or (values.shape[1], values.shape[0], 16)), colours, 0, 0, 0)
    rows = rows or b"".join(b"\0" + row.astype(">u2").tobytes() for row in values)
    key = chunk(b"tRNS", np.array(transparency, ">u2").tobytes()) if transparency is not None else b""
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + key + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


@pytest.fixture
def no_simplejpeg(monkeypatch):
    monkeypatch.setitem(sys.modules, "simplejpeg", None)
    module._simplejpeg.cache_clear()
    yield
    module._simplejpeg.cache_clear()


@pytest.mark.parametrize("how", ["pad", "squash", "crop"])
def test_a_file_an_image_and_an_array_give_the_same(how):
    rule, array = make_rule((24, 30), resize=how), np.asarray(PHOTO)
    wanted = resize(array, (24, 30), how, 255)
    for content in (file_of(PHOTO, "PNG"), PHOTO, array, npy(array), file_of(PHOTO, "WEBP", lossless=True)):
        assert (decode(content, rule) == wanted).all()


@pytest.mark.parametrize("options", [{}, {"subsampling": 0}, {"subsampling": 1}, {"progressive": True}, {"quality": 10},
                                     {"restart_marker_rows": 1}, {"optimize": True}])  # fmt: skip
@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK"])
@pytest.mark.parametrize("size", [(50, 37), (1, 1), (16, 17), (33, 8)])
def test_simplejpeg_and_pillow_give_the_same_pixels(options, mode, size):
    content = file_of(PHOTO.resize(size).convert(mode), "JPEG", **options)
    wanted = np.asarray(Image.open(io.BytesIO(content)).convert("L" if mode == "L" else "RGB"))
    assert (unpacked(content).values == wanted.reshape(*wanted.shape[:2], -1)).all()


def test_without_simplejpeg_all_is_the_same(no_simplejpeg):
    content = file_of(PHOTO, "JPEG")
    assert module._simplejpeg() is None
    assert (unpacked(content).values == np.asarray(Image.open(io.BytesIO(content)))).all()


def test_simplejpeg_is_used_where_it_is_there():
    pytest.importorskip("simplejpeg")
    assert module._simplejpeg() is not None


@pytest.mark.parametrize(("colours", "mode", "channels"), [(0, "L", 1), (2, "RGB", 3), (4, "LA", 2), (6, "RGBA", 4)])
def test_a_png_of_16_bits_keeps_its_levels(colours, mode, channels):
    values = RNG.integers(0, 65536, (5, 7, channels), np.uint16)
    pixels = unpacked(png(values, colours))
    assert (pixels.mode, pixels.values.dtype) == (mode, np.uint16)
    assert (pixels.values == values).all()


@pytest.mark.parametrize(("colours", "key"), [(0, [300]), (2, [300, 301, 302])])
def test_one_colour_of_16_bits_may_be_see_through(colours, key):
    values = np.array([[key, [k + 256 for k in key]]], np.uint16)
    pixels = unpacked(png(values, colours, key))
    assert pixels.values[0, :, -1].tolist() == [0, 65535]


def test_a_see_through_grey_of_4_bits_is_found():
    content = png(None, 0, [3], head=(2, 1, 4), rows=b"\0\x34")  # levels 3 and 4 of 15
    assert unpacked(content).values.tolist() == [[[51, 0], [68, 255]]]


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF"])
@pytest.mark.parametrize("value", range(1, 9))
def test_pictures_are_turned_as_exif_says(format, value):
    exif = Image.Exif()
    exif[0x0112] = value
    corner = Image.new("L", (48, 32))
    corner.paste(255, (0, 0, 16, 16))  # white above and to the left
    options = {"lossless": True} if format == "WEBP" else {"compression": "raw"} if format == "TIFF" else {}
    values = unpacked(file_of(corner, format, exif=exif, **options)).values[..., 0]
    assert values.shape == ((32, 48) if value < 5 else (48, 32))
    upside, sideways = {1: (0, 0), 2: (0, 1), 3: (1, 1), 4: (1, 0), 5: (0, 0), 6: (0, 1), 7: (1, 1), 8: (1, 0)}[value]
    assert values[-8 if upside else 8, -8 if sideways else 8] > 200
    assert (values > 128).mean() == pytest.approx(1 / 6, abs=0.03)


@pytest.mark.parametrize("format", ["GIF", "WEBP", "PNG", "TIFF", "AVIF"])
def test_of_several_frames_the_first_is_taken(format):
    frames = [Image.new("RGB", (16, 16), (v, v, v)) for v in (10, 200, 250)]
    content = file_of(frames[0], format, save_all=True, append_images=frames[1:])
    assert np.abs(unpacked(content).values[..., :3].astype(int) - 10).max() <= 2


def test_heic_is_read_where_pillow_heif_is_installed():
    heif = pytest.importorskip("pillow_heif")
    file = io.BytesIO()
    heif.from_pillow(PHOTO).save(file, quality=90)
    before = "HEIF" in Image.OPEN
    values = unpacked(file.getvalue()).values
    assert values.shape == (37, 50, 3)
    assert np.abs(values.astype(int) - np.asarray(PHOTO)).mean() < 10
    assert ("HEIF" in Image.OPEN) == before  # Pillow's own table is left alone


def test_an_npy_file_is_held_against_its_header_before_memory_is_taken():
    content = npy(np.zeros((4, 5, 6)))
    assert unpacked(content).values.shape == (4, 5, 6)
    for changed, said in [
        (content.replace(b"(4, 5, 6)", b"(4, 9, 6)"), "is cut off: it promises 1728 bytes of numbers, found 960"),
        (content.replace(b"(4, 5, 6), }    ", b"(10**9, 9, 9), }"), "is damaged"),
        (content.replace(b"(4, 5, 6)", b"(-4,-5,6)"), "has no pixels"),
        (npy(np.array([None], dtype=object).reshape(1, 1)), "holds values of the type object"),
    ]:
        with pytest.raises(BadPicture, match=said):
            unpacked(changed)


def test_a_bad_picture_carries_its_name():
    with pytest.raises(BadPicture, match=r"^cats/1\.jpg: is HTML, not a picture$") as bad:
        decode(b"<html>", make_rule(8), "cats/1.jpg")
    assert (bad.value.name, bad.value.reason) == ("cats/1.jpg", "is HTML, not a picture")


def test_memory_that_is_short_is_no_fault_of_the_picture(monkeypatch):
    def short(*_):
        raise MemoryError

    monkeypatch.setattr(Image.Image, "load", short)
    with pytest.raises(MemoryError):
        decode(Image.new("L", (2, 2)), make_rule(8))
