import io
import sys

import numpy as np
import pytest
from PIL import Image

from foveal.core.errors import ResourceError
from foveal.data.images.reading.opening import damage_told, needed, opened, orientation_of, raw_mode, turned
from foveal.data.images.records import BadPicture


def file_of(image, format, **options):
    file = io.BytesIO()
    image.save(file, format, **options)
    return io.BytesIO(file.getvalue())


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (OSError("image file is truncated (3 bytes not processed)"), "is cut off: image file is truncated"),
        (EOFError("no more"), "is cut off: no more"),
        (SyntaxError("broken PNG file (chunk b'IDAT')"), "is damaged: broken PNG file"),
        (KeyError("x\ny"), "is damaged: "),
        (OSError("cannot identify image file <_io.BytesIO object at 0x7f>"), "is damaged: its header makes no sense"),
        (
            Image.DecompressionBombError("size (3600000000 pixels)"),
            "has 3,600,000,000 pixels, at most 178,956,970",
        ),
    ],
)
def test_damage_is_told_on_one_line(error, reason):
    with pytest.raises(BadPicture) as bad, damage_told():
        raise error
    assert bad.value.reason.startswith(reason)
    assert "\n" not in bad.value.reason
    assert "0x" not in bad.value.reason


@pytest.mark.parametrize("error", [MemoryError(), KeyboardInterrupt()])
def test_what_is_no_damage_goes_on(error):
    with pytest.raises(type(error)), damage_told():
        raise error


def test_a_missing_package_is_named_with_the_command_that_installs_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "tifffile", None)
    with pytest.raises(ResourceError, match=r'tifffile is needed: pip install "foveal\[images\]"'):
        needed("tifffile")
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    with pytest.raises(ResourceError, match=r'pip install "foveal\[heic\]"'):
        needed("pillow_heif")


def test_only_the_format_that_was_named_is_opened():
    with pytest.raises(BadPicture, match="is damaged: its header makes no sense"), damage_told():
        opened(file_of(Image.new("L", (2, 2)), "PNG"), "JPEG")


def test_a_bomb_is_refused_before_it_is_decoded():
    with pytest.raises(BadPicture, match="has 400,000,000 pixels, at most 178,956,970 are read"), damage_told():
        opened(file_of(Image.new("1", (20_000, 20_000)), "PNG"), "PNG")


def test_the_words_of_pillow_for_how_values_lie():
    assert raw_mode(opened(file_of(Image.new("I;16", (2, 2)), "PNG"), "PNG")) == "I;16B"
    assert raw_mode(opened(file_of(Image.new("RGB", (2, 2)), "TIFF", compression="tiff_lzw"), "TIFF")) == "RGB"
    assert raw_mode(Image.new("L", (2, 2))) == ""  # never in a file


def exif(value):
    data = Image.Exif()
    data[0x0112] = value
    return data


@pytest.mark.parametrize("value", range(1, 9))
def test_the_eight_orientations_are_pillows(value):
    from PIL import ImageOps

    pixels = np.arange(6, dtype=np.uint8).reshape(2, 3)
    image = opened(file_of(Image.fromarray(pixels), "PNG", exif=exif(value)), "PNG")
    assert orientation_of(image) == value
    assert (turned(pixels[..., None], value)[..., 0] == np.asarray(ImageOps.exif_transpose(image))).all()


TIFF = b"Exif\0\0II*\0"
DAMAGED = [b"", TIFF[:6], exif(0), exif(9), TIFF + b"\xff" * 4, TIFF + bytes(60), TIFF + b"\x08\0\0\0\xff"]


@pytest.mark.parametrize("data", DAMAGED)
def test_damaged_exif_is_none(data):
    with damage_told():
        image = opened(file_of(Image.new("L", (2, 3)), "JPEG", exif=data), "JPEG")
        assert orientation_of(image) == 1
