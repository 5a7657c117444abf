"""The first pass over pictures: headers, and damage that can be told without decoding."""

import errno
import io
import stat
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING

from foveal.data.images.reading.decode import npy_header, unpacked
from foveal.data.images.reading.formats import HEAD, MOST_BYTES, format_of
from foveal.data.images.reading.opening import damage_told, opened, orientation_of, raw_mode
from foveal.data.images.reading.pixels import BITS, out_of
from foveal.data.images.reading.quiet import quiet
from foveal.data.images.reading.tiff import Tiff, needs_tifffile
from foveal.data.images.reading.whole import is_doubtful
from foveal.data.images.records import Bad, BadPicture, Header, Place

if TYPE_CHECKING:
    from PIL.ImageFile import ImageFile

_CHANNELS = {"L": 1, "LA": 2, "RGB": 3, "RGBA": 4}
_AT_ONCE = 64


def scan(
    places: Sequence[Place], *, threads: int = 1, told: Callable[[int, int], None] | None = None
) -> tuple[list[Header | None], list[Bad]]:
    """Read the headers of pictures: one for each place, None where the picture is bad, and the bad ones with reasons.

    `told(done, bad)` is called now and then, in the calling thread. Threads help where files are slow to come, as over
    a network: Pillow reads headers in Python, one at a time.
    """
    headers: list[Header | None] = []
    bads: list[Bad] = []
    parts = [places[at : at + _AT_ONCE] for at in range(0, len(places), _AT_ONCE)]
    pool = ThreadPoolExecutor(threads) if threads > 1 else None
    try:
        for part in pool.map(_scanned, parts) if pool else map(_scanned, parts):
            headers += [header if isinstance(header, Header) else None for header in part]
            bads += [bad for bad in part if isinstance(bad, Bad)]
            if told is not None:
                told(len(headers), len(bads))
    finally:
        if pool is not None:
            pool.shutdown(cancel_futures=True)
    return headers, bads


def _scanned(places: Sequence[Place]) -> list[Header | Bad]:
    with quiet():  # once, which is cheaper than for each
        return [_tried(place) for place in places]


def _tried(place: Place) -> Header | Bad:
    try:
        return read_header(place)
    except BadPicture as bad:
        return Bad(place, bad.reason)


def read_header(place: Place) -> Header:
    """Read the header of a picture and little more; raise `BadPicture`.

    Where the file does not end as its format says, the picture is decoded to be sure.
    """
    try:
        with _file(place) as (file, size):
            header, doubtful = _read(file, size)
            if doubtful:
                file.seek(0)
                unpacked(file.read())
            return header
    except BadPicture as bad:
        raise BadPicture(bad.reason, place.name) from bad


def content_of(place: Place) -> bytes:
    """Read the bytes of a picture; raise `BadPicture` where there is no file, or it may not be read."""
    try:
        with _file(place) as (file, _):
            return file.read()
    except BadPicture as bad:
        raise BadPicture(bad.reason, place.name) from bad


@contextmanager
def _file(place: Place) -> Iterator[tuple[IO[bytes], int]]:
    """Open a picture, and tell its bytes; a part of a file is read at once."""
    try:
        about = Path(place.path).stat()
        if not stat.S_ISREG(about.st_mode):
            what = "a folder" if stat.S_ISDIR(about.st_mode) else "a pipe, socket or device"
            raise BadPicture(f"is {what}, not a file")
        size = about.st_size if place.size is None else place.size
        if size > MOST_BYTES:
            raise BadPicture(f"has {size / 2**30:.1f} GiB, at most 1 GiB is read")
        if place.size is not None:
            yield io.BytesIO(place.read()), size
            return
        with Path(place.path).open("rb") as file:
            yield file, size
    except OSError as error:
        raise BadPicture(_refused(error, place)) from error


def _refused(error: OSError, place: Place) -> str:
    if isinstance(error, FileNotFoundError):
        return "is a link to nothing" if Path(place.path).is_symlink() else "is not there any more"
    if isinstance(error, PermissionError):
        return "may not be read; check its permissions"
    if error.errno == errno.ELOOP:
        return "is a link that leads to itself"
    return f"cannot be read: {error.strerror or error}"


def _read(file: IO[bytes], size: int) -> tuple[Header, bool]:
    """Read a header, and tell whether what follows is doubtful."""
    format = format_of(file.read(HEAD))
    file.seek(0)
    if format == "NPY":
        shape, dtype = npy_header(file, size)
        channels = shape[2] if len(shape) == 3 else 1
        mode = {1: "L", 3: "RGB"}.get(channels, "channels")
        return Header(format, shape[1], shape[0], channels, _bits(dtype.kind, dtype.itemsize), mode), False
    image = _opened(file, format)
    if image is None or needs_tifffile(image):
        return _tiff(Tiff(file, image), size)
    with damage_told():
        doubtful = is_doubtful(file, format, size, image)
        return _header(image, format), doubtful


def _opened(file: IO[bytes], format: str) -> "ImageFile | None":
    """Open a picture by Pillow; None for a TIFF that it cannot open, and tifffile may."""
    try:
        with damage_told():
            return opened(file, format)
    except BadPicture:
        if format != "TIFF":
            raise
        return None


def _tiff(tiff: Tiff, size: int) -> tuple[Header, bool]:
    width, height = (tiff.height, tiff.width) if tiff.orientation >= 5 else (tiff.width, tiff.height)
    bits = _bits(tiff.dtype.kind, tiff.dtype.itemsize)
    return Header("TIFF", width, height, tiff.channels, bits, tiff.mode), tiff.is_doubtful(size)


def _bits(kind: str, itemsize: int) -> int:
    return 8 if kind == "b" else 8 * itemsize if kind == "u" and itemsize <= 2 else 32


def _header(image: "ImageFile", format: str) -> Header:
    raw, mode = raw_mode(image), out_of(image)
    if mode in ("L", "RGB") and "transparency" in image.info:
        mode += "A"
    mode = "LA" if raw == "LA;16B" else mode
    bits = 16 if ";16" in raw and format == "PNG" else BITS.get(image.mode, 8)
    width, height = image.size
    if format != "TIFF" and orientation_of(image, load=False) >= 5:  # a TIFF's size is turned already
        width, height = height, width
    return Header(format, width, height, _CHANNELS[mode], bits, mode, _frames(image, format))


def _frames(image: "ImageFile", format: str) -> int:
    """Give 1, or 2 for more; to count them a TIFF or GIF would be read whole."""
    if format == "TIFF":
        try:
            image.seek(1)
        except EOFError:
            return 1
        return 2
    return 2 if getattr(image, "is_animated", False) else 1
