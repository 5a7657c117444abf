"""What counts as a video: endings of names, and the first bytes of files. A short list is read.

FFmpeg alone would open over 300 formats, playlists among them that name other files and addresses of the web. Which one
a file has is told from its first bytes, and FFmpeg is not left to guess.
"""

from foveal.data.images.listing.names import Sort
from foveal.data.images.reading.formats import format_of
from foveal.data.images.records import BadPicture

VIDEOS = Sort(
    "video",
    frozenset(
        ["mp4", "m4v", "mov", "3gp", "3g2", "mkv", "webm", "avi", "mpg", "mpeg", "m2v", "vob", "ts", "mts", "m2ts",
         "wmv", "asf", "flv", "ogv", "ogg"]
    ),
    ("mp4", "mov", "mkv", "webm", "avi", "mpg"),
)  # fmt: skip
#: Bytes that `container_of` needs.
HEAD = 512
_STARTS = (
    (b"\x1aE\xdf\xa3", "matroska"), (b"FLV", "flv"), (b"OggS", "ogg"), (b"\0\0\1\xba", "mpeg"),
    (b"\0\0\1\xb3", "mpegvideo"), (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "asf"), (b"GIF8", "gif"),
)  # fmt: skip
#: First boxes of files of Apple's and of MPEG-4: QuickTime File Format; ISO 14496-12.
_BOXES = (b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide", b"pnot")
_PACKET = 188  # bytes of MPEG-TS, ISO 13818-1; a camera's .m2ts has 4 more before each


def container_of(head: bytes) -> str:
    """Name the container of a file that begins so, in FFmpeg's words; raise `BadPicture` for what is no video.

    >>> container_of(b"RIFF" + bytes(4) + b"AVI LIST"), container_of(bytes(4) + b"ftypisom")
    ('avi', 'mp4')
    >>> container_of(b"#EXTM3U")
    Traceback (most recent call last):
    foveal.data.images.records.BadPicture: is no video of a known format; foveal reads mp4, mov, mkv, webm, avi, mpg, \
ts, wmv, flv, ogv
    """
    for start, name in _STARTS:
        if head.startswith(start):
            return name
    if head[:4] == b"RIFF" and head[8:12] == b"AVI ":
        return "avi"
    for first in (0, 4):
        if head[first : first + 1] == b"G" and head[first + _PACKET + first : first + _PACKET + first + 1] == b"G":
            return "mpegts"
    if head[4:8] in _BOXES and head[8:12] not in (b"avif", b"avis", b"heic", b"mif1"):
        return "mp4"
    raise BadPicture(_foreign(head))


def _foreign(head: bytes) -> str:
    if not head.strip(b"\0"):
        return "holds zeros only, as after a copy that was cut off; fetch it again" if head else "is empty: 0 bytes"
    try:
        return f"is a picture ({format_of(head)}), not a video"
    except BadPicture:
        return "is no video of a known format; foveal reads mp4, mov, mkv, webm, avi, mpg, ts, wmv, flv, ogv"
