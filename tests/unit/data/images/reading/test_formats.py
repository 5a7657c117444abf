import pytest

from foveal.data.images.reading.formats import MOST_PIXELS, check_size, format_of
from foveal.data.images.records import BadPicture

UNKNOWN = "is of no known format; foveal reads PNG, JPEG, WebP, GIF, BMP, TIFF, .npy, AVIF and HEIC"
POINTER = "is a pointer of Git LFS, not the picture; fetch it: git lfs pull"


def boxes(major, *others):
    body = b"ftyp" + major + bytes(4) + b"".join(others)
    return (len(body) + 4).to_bytes(4, "big") + body


@pytest.mark.parametrize(
    ("head", "format"),
    [
        (b"\x89PNG\r\n\x1a\n", "PNG"), (b"\xff\xd8\xff\xe1", "JPEG"), (b"GIF87a", "GIF"), (b"BM", "BMP"),
        (b"II*\0", "TIFF"), (b"MM\0*", "TIFF"), (b"II+\0", "TIFF"), (b"\x93NUMPY\1\0", "NPY"),
        (b"RIFF\0\0\0\0WEBPVP8 ", "WEBP"), (boxes(b"heic"), "HEIF"), (boxes(b"avif"), "AVIF"),
        (boxes(b"mif1", b"avif"), "HEIF"), (boxes(b"xxxx", b"mif1", b"avif"), "HEIF"),
    ],
)  # fmt: skip
def test_a_format_is_told_by_the_first_bytes(head, format):
    assert format_of(head) == format


@pytest.mark.parametrize(
    ("head", "reason"),
    [
        (b"", "is empty: 0 bytes"),
        (bytes(512), "holds zeros only, as after a copy that was cut off; fetch it again"),
        (b"%!PS-Adobe-3.0", "is EPS, which is not read; export it as PNG"),
        (b"\xc5\xd0\xd3\xc6", "is EPS, which is not read; export it as PNG"),
        (b"%PDF-1.7", "is PDF, which is not read; export it as PNG"),
        (b"8BPS\0\1", "is a Photoshop file, which is not read; export it as PNG"),
        (b"<svg xmlns=", "is SVG, which is not read; export it as PNG"),
        (b'\xef\xbb\xbf<?xml version="1.0"?>\n<!-- x --><svg>', "is SVG, which is not read; export it as PNG"),
        (b"\n<!DOCTYPE html><html>", "is HTML, not a picture"),
        (b"<HTML>", "is HTML, not a picture"),
        (b"<?xml version='1.0'?><Error>", "is XML, not a picture"),
        (b'{"error": 404}', "is JSON, not a picture"),
        (b"version https://git-lfs.github.com/spec/v1\n", POINTER),
        (b"Not found\n", "is text, not a picture"),
        (boxes(b"isom"), "is a video, which is not read; save its frames as pictures"),
        (b"RIFF\0\0\0\0AVI LIST", UNKNOWN),
        (b"\x01\x02\x03", UNKNOWN),
    ],
)  # fmt: skip
def test_what_is_not_read_is_named(head, reason):
    with pytest.raises(BadPicture) as bad:
        format_of(head)
    assert bad.value.reason == reason


def test_sizes_are_bounded():
    check_size(65_535, MOST_PIXELS // 65_535)
    for given, said in [
        ((0, 5), "has no pixels: 0 x 5, 1 channels"),
        ((60_000, 60_000), "has 60000 x 60000 pixels, at most 178,956,970 are read; make it smaller"),
        ((70_000, 1), "at most 65,535 a side are read"),
        ((10_000, 10_000, 6, 2), "would take 1.1 GiB of memory, at most 1 GiB is read"),
    ]:
        with pytest.raises(BadPicture, match=said):
            check_size(*given)
