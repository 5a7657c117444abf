"""Whatever a file holds: an array of the right shape, or a `BadPicture` that says what is wrong. No crash, no hang."""

import io
import struct
import subprocess
import sys
import time
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from foveal.data.images.reading.decode import decode, unpacked
from foveal.data.images.reading.headers import read_header, scan
from foveal.data.images.reading.rule import make_rule
from foveal.data.images.records import BadPicture, Place

FOLDER = Path(__file__).parents[1] / "data" / "pictures"
RULE = make_rule(8)
#: For any number of channels and any depth.
LOOSE = {3: make_rule(8, depth="float32"), 6: make_rule(8, depth="float32", colour="as_is", channels=6)}
PHOTO = Image.fromarray(np.random.default_rng(0).integers(0, 256, (40, 50, 3), np.uint8))
FORMATS = {
    "png": {}, "jpg": {}, "gif": {}, "webp": {}, "bmp": {}, "tif": {"compression": "tiff_lzw"}, "raw.tif": {},
    "npy": {}, "progressive.jpg": {"progressive": True}, "lossless.webp": {"lossless": True}, "avif": {}, "six.tif": {},
    "words.png": {}, "heic": {},
}  # fmt: skip


def chunk(name, data):
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png(width, height, bits, colours, *chunks):
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, bits, colours, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + b"".join(chunks) + chunk(b"IEND", b"")


def written(kind):
    file, ending = io.BytesIO(), kind.rsplit(".", 1)[-1]
    if kind == "npy":
        np.save(file, np.asarray(PHOTO))
    elif kind == "six.tif":
        tifffile = pytest.importorskip("tifffile")
        six = np.random.default_rng(0).integers(0, 65536, (20, 25, 6), np.uint16)
        tifffile.imwrite(file, six, photometric="minisblack", planarconfig="contig", compression="zlib")
    elif kind == "words.png":
        return (FOLDER / "colour-words.png").read_bytes()
    elif kind == "heic":
        pytest.importorskip("pillow_heif").from_pillow(PHOTO).save(file)
    else:
        PHOTO.save(file, {"jpg": "JPEG", "tif": "TIFF"}.get(ending, ending.upper()), **FORMATS[kind])
    return file.getvalue()


def outcome(content):
    """Give an array or the reason; anything else is raised."""
    try:
        pixels = unpacked(content)
        return decode(content, LOOSE.get(pixels.values.shape[2], LOOSE[3]))
    except BadPicture as bad:
        return bad.reason


@pytest.mark.parametrize("kind", FORMATS)
def test_a_file_cut_off_at_nine_points_is_found_before_it_is_decoded(kind, tmp_path):
    content = written(kind)
    whole, seen = outcome(content), 0
    assert not isinstance(whole, str)
    ends = [1, 20, *(len(content) * tenth // 10 for tenth in (1, 3, 5, 7, 9)), len(content) - 40, len(content) - 2]
    for end in ends:
        (tmp_path / "cut").write_bytes(content[:end])
        out = outcome(content[:end])
        if not isinstance(out, str):  # all pixels are there: what lacks is an end mark, or what fills a line
            assert (out == whole).all()
            assert end >= len(content) - 40
            continue
        seen += 1
        with pytest.raises(BadPicture, match=r"^cut: "):
            read_header(Place(str(tmp_path / "cut"), "cut"))
    assert seen >= 7


def flipped(content, rng):
    data = np.frombuffer(content, np.uint8).copy()
    for at in rng.integers(0, 8 * len(data), rng.integers(1, 4)):
        data[at // 8] ^= 1 << (at % 8)
    return data.tobytes()


@pytest.mark.parametrize("draws", [40, pytest.param(2000, marks=pytest.mark.long)])
@pytest.mark.parametrize("kind", FORMATS)
def test_flipped_bits_give_an_array_or_a_reason(kind, draws, tmp_path, capfd):
    content, rng = written(kind), np.random.default_rng(1)
    for _ in range(draws):
        changed = flipped(content, rng)
        out = outcome(changed)
        assert out.shape[:2] == (8, 8) if not isinstance(out, str) else "\n" not in out and " at 0x" not in out
        (tmp_path / "changed").write_bytes(changed)
        try:
            header = read_header(Place(str(tmp_path / "changed"), "changed"))
        except BadPicture:
            continue
        if not isinstance(out, str) and kind != "heic":  # whose frames may be of other sizes than it says
            values = unpacked(changed).values
            assert (header.height, header.width, header.channels) == values.shape
    if not kind.endswith("tif"):  # libtiff itself writes on the process's stderr, and Pillow leaves it
        assert capfd.readouterr() == ("", "")


def test_whether_simplejpeg_is_there_changes_nothing_on_damaged_files(monkeypatch):
    from foveal.data.images.reading import decode as module

    rng = np.random.default_rng(2)
    changed = [flipped(written("jpg"), rng) for _ in range(150)]
    with_it = [outcome(content) for content in changed]
    monkeypatch.setattr(module, "_simplejpeg", lambda: None)
    without = [outcome(content) for content in changed]
    for ours, pillows in zip(with_it, without, strict=True):
        assert np.array_equal(ours, pillows)


BLACK, BOMB = chunk(b"IDAT", zlib.compress(b"\0\0")), chunk(b"zTXt", b"note\0\0" + zlib.compress(bytes(50 << 20), 9))
STRANGE = {
    "empty.jpg": (b"", "is empty: 0 bytes"),
    "zeros.jpg": (bytes(5000), "holds zeros only"),
    "page.jpg": (b"<!DOCTYPE html><html><body>404</body></html>", "is HTML, not a picture"),
    "drawing.png": (b'<svg xmlns="http://www.w3.org/2000/svg"/>', "is SVG, which is not read; export it as PNG"),
    "print.png": (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\nquit\n", "is EPS, which is not read"),
    "noise.png": (b"\x89PNG\r\n\x1a\n" + bytes(range(200)), "is damaged: "),
    "bomb.png": (
        png(60_000, 60_000, 1, 0, chunk(b"IDAT", zlib.compress(bytes(1000)))),
        "has 3,600,000,000 pixels, at most 178,956,970 are read; make it smaller",
    ),
    "text.png": (png(1, 1, 8, 0, BOMB, BLACK), "is damaged: Decompressed data too large"),
    "text-at-the-end.png": (png(1, 1, 8, 0, BLACK, BOMB), "is damaged: Decompressed data too large"),
    "pixels.png": (
        png(4, 4, 8, 0, chunk(b"IDAT", zlib.compress(bytes(100 << 20), 9))),
        None,  # more than the picture holds is not unpacked
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", STRANGE)
def test_what_is_strange_is_named(name, tmp_path):
    content, reason = STRANGE[name]
    (tmp_path / name).write_bytes(content)
    headers, bads = scan([Place(str(tmp_path / name), name)])
    if reason is None:
        assert outcome(content).shape == (8, 8, 3)
        assert headers[0].format == "PNG"
        return
    assert outcome(content).startswith(reason)
    assert [bad.reason[: len(reason)] for bad in bads] == [reason]


def test_a_wrong_ending_does_not_matter(tmp_path):
    (tmp_path / "a.jpg").write_bytes(written("png"))
    assert read_header(Place(str(tmp_path / "a.jpg"), "a.jpg")).format == "PNG"
    assert (decode((tmp_path / "a.jpg").read_bytes(), RULE) == decode(PHOTO, RULE)).all()


def test_damaged_exif_loses_no_picture():
    file = io.BytesIO()
    PHOTO.save(file, "JPEG", exif=b"Exif\0\0II*\0\x08\0\0\0\xff\xff\x12\x01\x03\0\1\0\0\0\x06\0")
    assert decode(file.getvalue(), RULE).shape == (8, 8, 3)


def test_of_a_gif_of_10_000_frames_the_first_is_read_at_once(tmp_path):
    frames = [Image.new("P", (40, 40), v) for v in (1, 2)]
    frames[0].save(tmp_path / "few.gif", save_all=True, append_images=frames[1:], loop=0)
    content = (tmp_path / "few.gif").read_bytes()
    frame = content[content.rindex(b"\x2c") : -1]
    (tmp_path / "many.gif").write_bytes(content[:-1] + 9_998 * frame + b";")
    begun = time.perf_counter()
    assert read_header(Place(str(tmp_path / "many.gif"), "many.gif")).frames == 2
    assert decode((tmp_path / "many.gif").read_bytes(), RULE).shape == (8, 8, 3)
    assert time.perf_counter() - begun < 1


def test_bombs_take_no_memory(tmp_path):
    for name, (content, _) in STRANGE.items():
        (tmp_path / name).write_bytes(content)
    code = """
import resource, sys
from pathlib import Path
from foveal.data.images.reading.decode import decode
from foveal.data.images.reading.headers import scan
from foveal.data.images.records import BadPicture, Place
from foveal.data.images.reading.rule import make_rule
paths = sorted(Path(sys.argv[1]).iterdir())
def work():
    scan([Place(str(path), path.name) for path in paths])
    for path in paths:
        try:
            decode(path.read_bytes(), make_rule(8))
        except BadPicture:
            pass
good = [path for path in paths if path.name == "drawing.png"]
scan([Place(str(path), path.name) for path in good])
import PIL.features, PIL.Image; PIL.Image.init()
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
work()
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=True)
    assert int(done.stdout) < 60  # MiB; the pixels of the first bomb alone would take 3,400
    assert done.stderr == ""
