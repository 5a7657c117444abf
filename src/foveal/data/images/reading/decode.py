"""From what a file holds to a row of the training set: the one reader of pictures, and interpreter of input rules."""

import io
from functools import lru_cache
from math import prod
from typing import IO, TYPE_CHECKING, Any

import numpy as np
from numpy.lib import format as npy

from foveal.data.array_files import parse_header
from foveal.data.images.reading.formats import HEAD, check_size, format_of
from foveal.data.images.reading.opening import both_bytes, damage_told, needed, opened, orientation_of, raw_mode, turned
from foveal.data.images.reading.pixels import Array, Pixels, array_pixels, check_array, keyed, pixels_of
from foveal.data.images.reading.rule import InputRule
from foveal.data.images.reading.steps import applied
from foveal.data.images.reading.tiff import Tiff, needs_tifffile
from foveal.data.images.records import BadPicture

if TYPE_CHECKING:
    from PIL.Image import Image


def decode(content: "bytes | Image | Array", rule: InputRule, name: str = "") -> Array:
    """Make of a picture what the rule says: the bytes of a file, an image of Pillow's or an array -> (H, W, C).

    An array is (H, W) or (H, W, C), as in an .npy file. Raises `BadPicture` with the name and what is wrong, whatever
    that is, and nothing else but `MemoryError` and, where a package is missing, `ResourceError`.

    >>> from foveal.data.images.reading.rule import make_rule
    >>> decode(np.full((20, 20, 3), 7, np.uint8), make_rule((2, 4))).shape
    (2, 4, 3)
    """
    try:
        return applied(unpacked(content), rule)
    except BadPicture as bad:
        raise BadPicture(bad.reason, name or bad.name) from bad


def unpacked(content: "bytes | Image | Array") -> Pixels:
    """Take the pixels of a picture, turned as EXIF says, before any other step of a rule."""
    if isinstance(content, np.ndarray):
        return array_pixels(content)
    if not isinstance(content, bytes):
        check_size(*content.size)
        with damage_told():
            content.load()
            return _oriented(pixels_of(content), orientation_of(content))
    format = format_of(content[:HEAD])
    if format == "NPY":
        return array_pixels(npy_array(content))
    if format == "TIFF":
        return _tiff(content)
    with damage_told():
        image = opened(io.BytesIO(content), format)
        pixels = _words(content, format, raw_mode(image), image.info.get("transparency"))
        if pixels is None and format == "JPEG" and image.mode in ("L", "RGB"):
            pixels = _jpeg(content, image.mode)
        if pixels is None:
            image.load()
            pixels = pixels_of(image)
        return _oriented(pixels, orientation_of(image))


def _oriented(pixels: Pixels, orientation: int) -> Pixels:
    return pixels if orientation == 1 else Pixels(turned(pixels.values, orientation), pixels.mode)


def npy_header(file: IO[bytes], size: int) -> tuple[tuple[int, ...], np.dtype[Any]]:
    """Read the shape and dtype of an .npy file of `size` bytes, held against them before memory is taken."""
    with damage_told():
        shape, _, dtype = parse_header(file)
        check_array(shape, dtype)
        if (promised := prod(shape) * dtype.itemsize) != (found := size - file.tell()):
            raise BadPicture(f"is cut off: it promises {promised} bytes of numbers, found {found}")
        return shape, dtype


def npy_array(content: bytes) -> Array:
    """Read the array of an .npy file, held against its bytes first."""
    npy_header(io.BytesIO(content), len(content))
    with damage_told():
        return np.asarray(npy.read_array(io.BytesIO(content), allow_pickle=False))


def _tiff(content: bytes) -> Pixels:
    image = None
    try:
        with damage_told():
            image = opened(io.BytesIO(content), "TIFF")
            if not needs_tifffile(image):
                image.load()  # which also turns it
                return pixels_of(image)
    except BadPicture:
        if image is not None:
            raise
    tiff = Tiff(io.BytesIO(content), image)
    return _oriented(tiff.pixels(), tiff.orientation)


def _words(content: bytes, format: str, raw: str, key: Any) -> Pixels | None:
    """Read a PNG of several channels of 16 bits; None for any other."""
    if format != "PNG" or raw not in ("RGB;16B", "RGBA;16B", "LA;16B"):
        return None
    if raw == "LA;16B":  # its four bytes, as if they were four channels
        image = opened(io.BytesIO(content), format)
        image._mode, tile = "RGBA", image.tile[0]
        image.tile = [type(tile)(tile[0], tile[1], tile[2], "RGBA")]
        image.load()
        return Pixels(np.asarray(image).view(">u2").astype(np.uint16), "LA")
    values = both_bytes(io.BytesIO(content), format, raw, raw[:-1] + "L")
    return Pixels(values, "RGBA") if values.shape[2] == 4 else keyed(values, key)


def _jpeg(content: bytes, mode: str) -> Pixels | None:
    """Decode a JPEG by simplejpeg; None where that is not there, or finds anything odd: then Pillow decides."""
    decode_jpeg = _simplejpeg()
    if decode_jpeg is None:
        return None
    try:
        values = decode_jpeg(content, "GRAY" if mode == "L" else "RGB", fastdct=False, fastupsample=False)
    except (ValueError, RuntimeError):
        return None
    return Pixels(values, mode)


@lru_cache(maxsize=1)
def _simplejpeg() -> Any:
    """Give simplejpeg's function where its pixels are Pillow's: where that too has libjpeg-turbo."""
    try:
        import simplejpeg
    except ImportError:
        return None
    return simplejpeg.decode_jpeg if needed("PIL.features").check_feature("libjpeg_turbo") else None
