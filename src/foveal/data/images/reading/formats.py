"""Which format a file has, told from its first bytes. A short list is read, and nothing that could start a program.

Pillow alone would open over 40 formats; EPS runs Ghostscript. What is not read is named, with the way out.
"""

from foveal.data.images.records import BadPicture

#: Bytes that `format_of` needs.
HEAD = 512
#: A picture of more pixels, or of more bytes once unpacked, is refused from its header; so is a larger file.
MOST_PIXELS, MOST_BYTES = 178_956_970, 1 << 30  # the first is where Pillow too speaks of bombs
#: The longest side, which is JPEG's too.
MOST_SIDE = 65_535

_BRANDS = {  # of the boxes that HEIF and AVIF files are made of: ISO 14496-12, ISO 23008-12, AVIF 1.1
    "AVIF": (b"avif", b"avis"),
    "HEIF": (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"),
}
_STARTS = (
    (b"\x89PNG\r\n\x1a\n", "PNG"), (b"\xff\xd8\xff", "JPEG"), (b"GIF87a", "GIF"), (b"GIF89a", "GIF"), (b"BM", "BMP"),
    (b"II*\0", "TIFF"), (b"MM\0*", "TIFF"), (b"II+\0", "TIFF"), (b"MM\0+", "TIFF"), (b"\x93NUMPY", "NPY"),
)  # fmt: skip
_AS_PNG, _UNPACKED, _FRAMES = "export it as PNG", "unpack it", "save its frames as pictures"
_FOREIGN = (
    (b"%!PS", "EPS", _AS_PNG), (b"\xc5\xd0\xd3\xc6", "EPS", _AS_PNG), (b"%PDF", "PDF", _AS_PNG),
    (b"8BPS", "a Photoshop file", _AS_PNG), (b"\0\0\1\0", "an icon", _AS_PNG), (b"gimp xcf", "a GIMP file", _AS_PNG),
    (b"\0\0\0\x0cjP  ", "JPEG 2000", _AS_PNG), (b"\xff\x4f\xff\x51", "JPEG 2000", _AS_PNG),
    (b"\xff\x0a", "JPEG XL", _AS_PNG), (b"\0\0\0\x0cJXL ", "JPEG XL", _AS_PNG), (b"P1", "PBM", _AS_PNG),
    (b"P2", "PGM", _AS_PNG), (b"P3", "PPM", _AS_PNG), (b"P4", "PBM", _AS_PNG), (b"P5", "PGM", _AS_PNG),
    (b"P6", "PPM", _AS_PNG), (b"v/1\1", "OpenEXR", _AS_PNG), (b"qoif", "QOI", _AS_PNG),
    (b"\x89HDF", "HDF5", "save its arrays as .npy"), (b"PK\3\4", "a zip archive", _UNPACKED),
    (b"\x1f\x8b", "packed by gzip", _UNPACKED), (b"Rar!", "a RAR archive", _UNPACKED),
    (b"\x1aE\xdf\xa3", "a video", _FRAMES),
)  # fmt: skip
_NO = ", not a picture"
_TEXTS = (
    (b"<svg", f"SVG, which is not read; {_AS_PNG}"), (b"<html", f"HTML{_NO}"), (b"<!doctype html", f"HTML{_NO}"),
    (b"<head", f"HTML{_NO}"), (b"<", f"XML{_NO}"), (b"{", f"JSON{_NO}"),
    (b"version https://git-lfs", "a pointer of Git LFS, not the picture; fetch it: git lfs pull"),
)  # fmt: skip


def format_of(head: bytes) -> str:
    """Name the format of a file that begins so: PNG, JPEG, WEBP, GIF, BMP, TIFF, AVIF, HEIF or NPY.

    Raises `BadPicture` for any other, with its name where it is known.

    >>> format_of(b"GIF89a")
    'GIF'
    >>> format_of(b"%!PS-Adobe-3.0 EPSF-3.0")
    Traceback (most recent call last):
    foveal.data.images.records.BadPicture: is EPS, which is not read; export it as PNG
    """
    for start, name in _STARTS:
        if head.startswith(start):
            return name
    brand = _brand(head) if head[4:8] == b"ftyp" else None
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "WEBP"
    if brand is None:
        raise BadPicture(_foreign(head))
    return brand


def _brand(head: bytes) -> str | None:
    """Name what a file of boxes holds, by its major brand, else by those that it is compatible with."""
    length = min(int.from_bytes(head[:4], "big"), len(head))
    brands = [head[8:12], *(head[at : at + 4] for at in range(16, length, 4))]
    names = (name for brand in brands for name, known in _BRANDS.items() if brand in known)
    return next(names, None)


def _foreign(head: bytes) -> str:
    """Say what a file is that is not read."""
    if not head.strip(b"\0"):
        return "holds zeros only, as after a copy that was cut off; fetch it again" if head else "is empty: 0 bytes"
    for start, name, way_out in _FOREIGN:
        if head.startswith(start):
            return f"is {name}, which is not read; {way_out}"
    if head[4:8] == b"ftyp":
        return f"is a video, which is not read; {_FRAMES}"
    return _text(head) or "is of no known format; foveal reads PNG, JPEG, WebP, GIF, BMP, TIFF, .npy, AVIF and HEIC"


def _text(head: bytes) -> str:
    """Say what kind of text a file is, if it is text."""
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if text.startswith((b"<?xml", b"<!--", b"<!doctype svg")) and b"<svg" in text:
        return f"is SVG, which is not read; {_AS_PNG}"
    for start, what in _TEXTS:
        if text.startswith(start):
            return f"is {what}"
    printable = all(byte >= 32 or byte in b"\t\n\r" for byte in head)
    return f"is text{_NO}" if printable and b"\n" in head and head.isascii() else ""


def check_size(width: int, height: int, channels: int = 1, bytes_each: int = 1) -> None:
    """Refuse a picture whose header promises more than is read.

    >>> check_size(60_000, 60_000)
    Traceback (most recent call last):
    foveal.data.images.records.BadPicture: has 60000 x 60000 pixels, at most 178,956,970 are read; make it smaller
    """
    if min(width, height, channels) < 1:
        raise BadPicture(f"has no pixels: {width} x {height}, {channels} channels")
    if max(width, height) > MOST_SIDE:
        raise BadPicture(f"has {width} x {height} pixels, at most {MOST_SIDE:,} a side are read; cut it")
    if width * height > MOST_PIXELS:
        raise BadPicture(f"has {width} x {height} pixels, at most {MOST_PIXELS:,} are read; make it smaller")
    if (taken := width * height * channels * bytes_each) > MOST_BYTES:
        raise BadPicture(f"would take {taken / 2**30:.1f} GiB of memory, at most 1 GiB is read; make it smaller")
