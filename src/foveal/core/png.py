"""PNG files of pixels, written with the standard library alone: pages to look at need no package for pictures."""

import struct
import zlib
from typing import Any

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_EIGHT_BITS, _RGB = 8, 2


def png_of(pixels: Any) -> bytes:
    r"""Write an RGB picture, an array (H, W, 3) of uint8, as the bytes of a PNG file.

    Source: PNG specification, third edition, W3C 2025: the chunks IHDR, IDAT and IEND; rows are of filter type 0.

    >>> import numpy as np
    >>> png_of(np.zeros((2, 3, 3), np.uint8))[:4]
    b'\x89PNG'
    """
    height, width, _ = pixels.shape
    head = struct.pack(">IIBBBBB", width, height, _EIGHT_BITS, _RGB, 0, 0, 0)
    rows = b"".join(b"\0" + row.tobytes() for row in pixels)
    chunks = ((b"IHDR", head), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    return _SIGNATURE + b"".join(_chunk(name, content) for name, content in chunks)


def _chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))
