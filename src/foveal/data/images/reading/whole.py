"""Whether a file ends where its format says, told without decoding it. A doubt is no verdict: decoding gives that."""

import struct
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.ImageFile import ImageFile

#: A PNG's packed text of more bytes may unpack to over 1 MB, which Pillow refuses; zlib packs 1032 bytes into one.
_LONG_TEXT = 1000
_ENDS = {"JPEG": b"\xff\xd9", "GIF": b";"}
_STRIPS, _TILES = (273, 279), (324, 325)  # TIFF's tags: where they lie, and their bytes


def is_doubtful(file: IO[bytes], format: str, size: int, image: "ImageFile") -> bool:
    """Tell whether a picture of `size` bytes, whose header Pillow has read, may be cut off or no good further on.

    >>> import io
    >>> from PIL import Image
    >>> Image.new("L", (4, 4)).save(file := io.BytesIO(), "PNG")
    >>> whole = len(file.getvalue())
    >>> [is_doubtful(file, "PNG", size, Image.open(file)) for size in (whole, whole - 1)]
    [False, True]
    """
    if format == "PNG":
        return _png(file, size)
    if format in _ENDS:
        return not _tail(file, size).endswith(_ENDS[format])
    if format == "WEBP":
        file.seek(4)
        return int.from_bytes(file.read(4), "little") + 8 > size
    if format in ("AVIF", "HEIF"):
        return _boxes(file, size)
    return _last_byte(image) > size


def _tail(file: IO[bytes], size: int) -> bytes:
    """Give the last bytes, without zeros and line ends that were appended."""
    file.seek(max(0, size - 512))
    return file.read(512).rstrip(b"\0\r\n")


def _png(file: IO[bytes], size: int) -> bool:
    """Go from chunk to chunk to the last one."""
    at, pixels = 8, False  # whether pixels have come
    while at + 12 <= size:
        file.seek(at)
        length, name = struct.unpack(">I4s", file.read(8))
        if name in (b"zTXt", b"iTXt", b"iCCP") and pixels and length > _LONG_TEXT:
            return True
        pixels |= name == b"IDAT"
        at += 12 + length
        if name == b"IEND":
            return bool(at > size)
    return True


def _boxes(file: IO[bytes], size: int) -> bool:
    """Go from box to box; one of length 0 reaches to the end."""
    at = 0
    while at + 8 <= size:
        file.seek(at)
        length = int.from_bytes(file.read(4), "big")
        if length == 1:
            length = int.from_bytes(file.read(12)[4:], "big")
        if length == 0:
            return False
        at += max(length, 8)
    return at > size


def _last_byte(image: "ImageFile") -> int:
    """Give where the pixels of a BMP or TIFF end."""
    tags = getattr(image, "tag_v2", {})
    for places, sizes in (_STRIPS, _TILES):
        if places in tags and sizes in tags:
            return int(max(at + size for at, size in zip(tags[places], tags[sizes], strict=False)))
    _, _, offset, args = image.tile[0]
    stride = args[1] if isinstance(args, tuple) and len(args) == 3 else 0
    return int(offset + stride * image.height)
