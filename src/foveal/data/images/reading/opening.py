"""Pillow, opened safely: one format at a time, sizes checked before pixels are decoded, damage told as `BadPicture`."""

import re
import struct
import tokenize
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, Any

import numpy as np

from foveal.core.errors import ResourceError
from foveal.data.images.reading.formats import MOST_PIXELS, check_size
from foveal.data.images.reading.pixels import Array
from foveal.data.images.reading.quiet import quiet
from foveal.data.images.records import BadPicture

if TYPE_CHECKING:
    from PIL.ImageFile import ImageFile

#: What Pillow and tifffile raise on files with bytes changed at random; a lack of memory is not among it.
_DAMAGE = (
    OSError, SyntaxError, ValueError, TypeError, AttributeError, AssertionError, LookupError, ArithmeticError,
    EOFError, RuntimeError, struct.error, zlib.error, tokenize.TokenError,
)  # fmt: skip
_ORIENTATION = 0x0112


@contextmanager
def damage_told() -> Iterator[None]:
    """Turn what a library raises on a damaged picture into a `BadPicture`, and keep it quiet meanwhile.

    >>> with damage_told():
    ...     raise OSError("image file is truncated (37 bytes not processed)")
    Traceback (most recent call last):
    foveal.data.images.records.BadPicture: is cut off: image file is truncated (37 bytes not processed)
    """
    bomb = needed("PIL.Image").DecompressionBombError
    try:
        with quiet():
            yield
    except BadPicture:
        raise
    except bomb as error:
        count = re.search(r"\d+", str(error))
        many = f"has {int(count[0]):,} pixels" if count else "has too many pixels"
        raise BadPicture(f"{many}, at most {MOST_PIXELS:,} are read; make it smaller") from error
    except _DAMAGE as error:
        raise BadPicture(_told(error)) from error


def _told(error: Exception) -> str:
    """Say what is wrong on one line, without what differs from run to run."""
    text = re.sub(r"<[^>]*>", "", " ".join(str(error).split())).strip()[:120]
    if "cannot identify image file" in text or not text:
        return "is damaged: its header makes no sense"
    cut = isinstance(error, EOFError) or re.search("truncated|premature|unexpected end|end of (file|data)", text, re.I)
    return f"is cut off: {text}" if cut else f"is damaged: {text}"


def needed(name: str) -> Any:
    """Import a module of an optional package; raise a `ResourceError` that says how to install it."""
    import importlib

    try:
        return importlib.import_module(name)
    except ImportError as error:
        extra = "heic" if name == "pillow_heif" else "images"
        package = {"PIL.Image": "Pillow"}.get(name, name)
        raise ResourceError(f'to read such pictures {package} is needed: pip install "foveal[{extra}]"') from error


def opened(file: IO[bytes], format: str) -> "ImageFile":
    """Open a picture of a known format: its header is read and its size checked, no pixel is decoded.

    Raises what the libraries raise: call it within `damage_told`.
    """
    image: ImageFile
    if format == "HEIF":
        image = needed("pillow_heif").HeifImageFile(file)
    else:
        image = needed("PIL.Image").open(file, formats=[format])
    check_size(*image.size)
    scale = {"L;2": 85, "L;4": 17}.get(raw_mode(image), 1)
    if scale > 1 and isinstance(image.info.get("transparency"), int):
        image.info["transparency"] *= scale  # Pillow scales the pixels of such a PNG, and leaves this as it is
    return image


def raw_mode(image: "ImageFile") -> str:
    """Name how the values lie in the file, in Pillow's words, before it is loaded; empty where it does not say."""
    tiles = getattr(image, "tile", None)
    args = tiles[0][3] if tiles else None
    return str(args[0] if isinstance(args, tuple) and args else args or "")


def orientation_of(image: Any, *, load: bool = True) -> int:
    """Give EXIF's orientation, 1 to 8; 1 where there is none, or it is damaged. A PNG's may stand after the pixels."""
    from PIL.Image import Image

    try:
        exif = image.getexif() if load else Image.getexif(image)
        value = exif.get(_ORIENTATION, 1)
    except _DAMAGE:
        return 1
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def turned(values: Array, orientation: int) -> Array:
    """Turn and mirror (H, W, C) as EXIF's orientation says (EXIF 3.0, table 6).

    >>> turned(np.arange(6).reshape(2, 3, 1), 6)[..., 0].tolist()
    [[3, 0], [4, 1], [5, 2]]
    """
    if orientation >= 5:
        values = values.swapaxes(0, 1)
    # Whether up and down, left and right are mirrored, after the axes have changed places.
    upside, sideways = {2: (0, 1), 3: (1, 1), 4: (1, 0), 6: (0, 1), 7: (1, 1), 8: (1, 0)}.get(orientation, (0, 0))
    return values[:: -1 if upside else 1, :: -1 if sideways else 1]


def both_bytes(file: IO[bytes], format: str, high: str, low: str) -> Array:
    """Read 16 bits a channel, of which Pillow gives the high byte: once that, and once, read the other way, the low.

    Pillow has no mode of several channels of 16 bits (its issue 1888); its unpackers know both orders of bytes.
    """
    halves = []
    for raw in (high, low):
        file.seek(0)
        image = opened(file, format)
        image._mode = raw.split(";")[0]
        tile = image.tile[0]
        args = (raw, *tile[3][1:]) if isinstance(tile[3], tuple) else raw
        image.tile = [type(tile)(tile[0], tile[1], tile[2], args)]
        image.load()
        halves.append(np.asarray(image).astype(np.uint16))
    return halves[0] * np.uint16(256) + halves[1]
