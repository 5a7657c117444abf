import io

import numpy as np
import pytest
import tifffile
from PIL import Image

from foveal.data.images.reading.decode import unpacked
from foveal.data.images.records import BadPicture

WORDS = np.random.default_rng(0).integers(0, 65536, (6, 5, 4), dtype=np.uint16)


def written(array, **options):
    file = io.BytesIO()
    tifffile.imwrite(file, array, **options)
    return file.getvalue()


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("compression", [None, "zlib"])
@pytest.mark.parametrize(
    ("array", "options", "mode"),
    [
        (WORDS, {"photometric": "minisblack", "planarconfig": "contig"}, "channels"),
        (np.moveaxis(WORDS, 2, 0), {"photometric": "minisblack", "planarconfig": "separate"}, "channels"),
        (WORDS[..., :3], {"photometric": "rgb"}, "RGB"),
        (np.moveaxis(WORDS[..., :3], 2, 0), {"photometric": "rgb", "planarconfig": "separate"}, "RGB"),
        (WORDS, {"photometric": "rgb", "extrasamples": ["unassalpha"]}, "RGBA"),
        (WORDS, {"photometric": "rgb", "extrasamples": ["unspecified"]}, "channels"),
        ((WORDS // 256).astype(np.uint8), {"photometric": "rgb", "extrasamples": ["unspecified"]}, "channels"),
        (WORDS[..., :2], {"photometric": "minisblack", "planarconfig": "contig"}, "channels"),
        (WORDS.astype(np.float32), {"photometric": "minisblack", "planarconfig": "contig"}, "channels"),
        (np.moveaxis(WORDS, 2, 0), {"imagej": True, "metadata": {"axes": "CYX"}}, "channels"),
        (np.moveaxis(WORDS, 2, 0), {"ome": True, "photometric": "minisblack", "metadata": {"axes": "CYX"}}, "channels"),
        (WORDS[None].repeat(3, 0), {"photometric": "minisblack", "planarconfig": "contig"}, "channels"),
    ],
)  # fmt: skip
def test_channels_of_a_tiff_are_whole(array, options, mode, order, compression):
    if options.get("imagej") and order == "<" and compression:
        pytest.skip("ImageJ's files are neither packed nor of that order")
    if not options.get("imagej"):
        options = {**options, "byteorder": order, "compression": compression}
    pixels = unpacked(written(array, **options))
    assert pixels.mode == mode
    first = array[0] if array.ndim == 4 else array
    channels_first = first.ndim == 3 and first.shape[0] < 5 and first.shape[1:] == (6, 5)
    assert (pixels.values == (np.moveaxis(first, 0, 2) if channels_first else first)).all()
    assert pixels.values.dtype == array.dtype


def packed_by_lzw(words, mode):
    """Write words packed by LZW, which Pillow and tifffile alone cannot: twice as many bytes, another header."""
    height, width, channels = words.shape
    file = io.BytesIO()
    halves = Image.frombytes(mode, (2 * width, height), words.tobytes())
    halves.save(file, "TIFF", compression="tiff_lzw")
    content = bytearray(file.getvalue())
    with tifffile.TiffFile(io.BytesIO(bytes(content))) as tiff:
        at = {tag.code: tag.valueoffset for tag in tiff.pages[0].tags}
    content[at[256] : at[256] + 2] = width.to_bytes(2, "little")
    content[at[258] : at[258] + 2 * channels] = channels * b"\x10\0"
    return bytes(content)


def test_libtiff_unpacks_16_bit_colours_that_tifffile_alone_cannot():
    words = np.ascontiguousarray(WORDS[..., :3])
    content = packed_by_lzw(words, "RGB")
    assert (unpacked(content).values == words).all()


def test_a_packing_that_nothing_here_knows_is_named():
    content = packed_by_lzw(np.ascontiguousarray(WORDS[..., :2]), "LA")
    with pytest.raises(BadPicture, match="is a TIFF packed by LZW, which needs imagecodecs: pip install imagecodecs"):
        unpacked(content)


def test_opacity_is_taken_out_of_the_colours():
    array = np.array([[[100, 0, 50, 100], [0, 0, 0, 0]]], np.uint16)
    pixels = unpacked(written(array, photometric="rgb", extrasamples=["assocalpha"]))
    assert pixels.values.tolist() == [[[65535, 0, 32768, 100], [0, 0, 0, 0]]]


@pytest.mark.parametrize("value", range(1, 9))
def test_a_tiff_is_turned_once_whoever_reads_it(value):
    tag = [(274, "H", 1, value, True)]
    six = unpacked(
        written(np.repeat(WORDS[..., :3], 2, 2), photometric="minisblack", planarconfig="contig", extratags=tag)
    )
    one = unpacked(written(WORDS[..., 0], photometric="minisblack", extratags=tag))
    assert (six.values[..., :1] == one.values).all()


def test_damage_is_told():
    whole = written(WORDS, photometric="minisblack", planarconfig="contig")
    for cut in (9, 50, len(whole) // 2):
        with pytest.raises(BadPicture, match=r"is damaged|is cut off"):
            unpacked(whole[:cut])
