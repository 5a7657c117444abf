import os
import socket
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from foveal.data.images.reading.decode import decode
from foveal.data.images.reading.headers import content_of, read_header, scan
from foveal.data.images.reading.infer import infer_rule
from foveal.data.images.records import BadPicture, Header, Place

FOLDER = Path(__file__).parents[4] / "data" / "pictures"
EXPECTED = dict(np.load(FOLDER / "expected.npz"))
HEADERS = {
    "grey.png": Header("PNG", 9, 6, 1, 8, "L"),
    "grey-alpha.png": Header("PNG", 9, 6, 2, 8, "LA"),
    "one-bit.png": Header("PNG", 9, 6, 1, 8, "L"),
    "colour-alpha.png": Header("PNG", 9, 6, 4, 8, "RGBA"),
    "palette.png": Header("PNG", 9, 6, 3, 8, "RGB"),
    "palette-alpha.png": Header("PNG", 9, 6, 4, 8, "RGBA"),
    "key.png": Header("PNG", 9, 6, 4, 8, "RGBA"),
    "words.png": Header("PNG", 9, 6, 1, 16, "L"),
    "colour-words.png": Header("PNG", 9, 6, 3, 16, "RGB"),
    "turned.png": Header("PNG", 6, 9, 3, 8, "RGB"),
    "first.gif": Header("GIF", 9, 6, 3, 8, "RGB", 2),
    "colour.bmp": Header("BMP", 9, 6, 3, 8, "RGB"),
    "alpha.webp": Header("WEBP", 9, 6, 4, 8, "RGBA"),
    "packed.tif": Header("TIFF", 9, 6, 3, 8, "RGB"),
    "big-endian.tif": Header("TIFF", 9, 6, 1, 16, "L"),
    "six.tif": Header("TIFF", 9, 6, 6, 16, "channels"),
    "planes.tif": Header("TIFF", 9, 6, 6, 16, "channels"),
    "float.tif": Header("TIFF", 9, 6, 1, 32, "L"),
    "six.npy": Header("NPY", 9, 6, 6, 16, "channels"),
    "turned.jpg": Header("JPEG", 32, 48, 3, 8, "RGB"),
    "cmyk.jpg": Header("JPEG", 48, 32, 3, 8, "RGB"),
    "colour.avif": Header("AVIF", 48, 32, 3, 8, "RGB"),
    "colour.heic": Header("HEIF", 48, 32, 3, 8, "RGB"),
}


def place(path):
    return Place(str(path), Path(path).name)


@pytest.mark.parametrize("name", EXPECTED)
def test_the_fixture_gives_what_was_put_in(name):
    """Nothing said: the rule is inferred from the header, so that sizes, colours and levels are the file's own."""
    if name.endswith(".heic"):
        pytest.importorskip("pillow_heif")
    header = read_header(place(FOLDER / name))
    assert header == HEADERS.get(name, header)
    rule, _ = infer_rule([header])
    values, wanted = decode(content_of(place(FOLDER / name)), rule), EXPECTED[name]
    assert values.shape == wanted.shape
    assert values.dtype == wanted.dtype
    lossy = name.endswith((".jpg", ".avif", ".heic"))  # other releases of their libraries may round otherwise
    assert np.abs(values.astype(float) - wanted).max() <= (3 if lossy else 0)


def test_a_scan_keeps_the_order_whatever_the_threads():
    paths = sorted(FOLDER.glob("*.*g"))
    places = [place(path) for path in paths] * 20
    places.insert(7, Place(str(FOLDER / "gone.png"), "gone.png"))
    for threads in (1, 3):
        seen = []
        headers, bads = scan(places, threads=threads, told=lambda done, bad, seen=seen: seen.append((done, bad)))
        assert [at for at, header in enumerate(headers) if header is None] == [7]
        assert [(bad.place.name, bad.reason) for bad in bads] == [("gone.png", "is not there any more")]
        assert headers[8:] == [read_header(each) for each in places[8:]]
        assert seen[-1] == (len(places), 1)
        assert len(seen) == -(-len(places) // 64)


def test_a_part_of_a_file_is_a_picture_too(tmp_path):
    content = (FOLDER / "colour.png").read_bytes()
    (tmp_path / "all.tar").write_bytes(b"before" + content + b"after")
    part = Place(str(tmp_path / "all.tar"), "a.png", 6, len(content))
    assert read_header(part) == read_header(place(FOLDER / "colour.png"))
    assert content_of(part) == content


def test_what_is_no_file_is_named(tmp_path):
    (tmp_path / "folder.jpg").mkdir()
    (tmp_path / "dangling.jpg").symlink_to(tmp_path / "none")
    (tmp_path / "loop.jpg").symlink_to(tmp_path / "loop.jpg")
    os.mkfifo(tmp_path / "pipe.jpg")
    with socket.socket(socket.AF_UNIX) as line:
        line.bind(str(tmp_path / "s.jpg"))
    for name, reason in {
        "folder.jpg": "is a folder, not a file",
        "dangling.jpg": "is a link to nothing",
        "loop.jpg": "is a link that leads to itself",
        "pipe.jpg": "is a pipe, socket or device, not a file",
        "s.jpg": "is a pipe, socket or device, not a file",
        "none.jpg": "is not there any more",
    }.items():
        for read in (read_header, content_of):
            with pytest.raises(BadPicture, match=rf"^{name}: {reason}$"):
                read(place(tmp_path / name))


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_is_named(tmp_path):
    (tmp_path / "shut.jpg").touch(0o000)
    with pytest.raises(BadPicture, match="may not be read; check its permissions"):
        read_header(place(tmp_path / "shut.jpg"))


def test_permission_refused_is_told(monkeypatch):
    def refused(*_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refused)
    with pytest.raises(BadPicture, match="may not be read; check its permissions"):
        read_header(place(FOLDER / "grey.png"))


def test_a_huge_file_is_refused_unread(tmp_path):
    with (tmp_path / "huge.jpg").open("wb") as file:
        file.truncate(3 << 30)
    for read in (read_header, content_of):
        with pytest.raises(BadPicture, match=r"has 3\.0 GiB, at most 1 GiB is read"):
            read(place(tmp_path / "huge.jpg"))


def test_more_after_the_end_of_a_jpeg_is_looked_at_and_no_fault(tmp_path):
    (tmp_path / "phone.jpg").write_bytes((FOLDER / "colour.jpg").read_bytes() + b"a maker's own data")
    assert read_header(place(tmp_path / "phone.jpg")) == read_header(place(FOLDER / "colour.jpg"))


@pytest.mark.parametrize("format", ["GIF", "WEBP", "PNG", "TIFF", "AVIF"])
def test_several_frames_are_seen(tmp_path, format):
    frames = [Image.new("RGB", (16, 16), (v, v, v)) for v in (10, 200, 250)]
    frames[0].save(tmp_path / "a", format, save_all=True, append_images=frames[1:])
    frames[0].save(tmp_path / "b", format)
    assert [read_header(place(tmp_path / name)).frames for name in "ab"] == [2, 1]
