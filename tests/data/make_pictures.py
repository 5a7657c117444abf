"""Make the small pictures that the tests read, and the arrays that must come out: `python tests/data/make_pictures.py`.

What is packed without loss must come out as it was put in; what JPEG, AVIF and HEIC make of it is what they gave when
the files were made (libjpeg-turbo 3, libavif 1, libheif 1).
"""

import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pillow_heif
import tifffile
from PIL import Image

FOLDER = Path(__file__).parent / "pictures"
HEIGHT, WIDTH = 6, 9
DOWN, RIGHT = np.mgrid[:HEIGHT, :WIDTH]
GREY = (DOWN * 40 + RIGHT * 5).astype(np.uint8)
COLOUR = np.stack([GREY, 255 - GREY, (RIGHT * 28).astype(np.uint8)], axis=2)
OPACITY = (DOWN * 51).astype(np.uint8)  # 0 above to 255 below
WORDS = (DOWN * 9000 + RIGHT * 257 + 3).astype(np.uint16)
SIX = np.stack([WORDS // (c + 1) for c in range(6)], axis=2)


def packed(image, format, **options):
    """Write an image of Pillow's."""
    file = io.BytesIO()
    image.save(file, format, **options)
    return file.getvalue()


def tiff(array, **options):
    """Write a TIFF."""
    file = io.BytesIO()
    tifffile.imwrite(file, array, **options)
    return file.getvalue()


def png_of_words(values, colours):
    """Write a PNG of 16 bits a channel, which Pillow cannot."""

    def chunk(name, data):
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", WIDTH, HEIGHT, 16, colours, 0, 0, 0)
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in values)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def npy(array):
    """Write an array."""
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


def over_white(colours, opacity):
    """Lay colours over white, in floating point."""
    share = opacity[..., None] / 255
    return np.rint(colours * share + 255 * (1 - share)).astype(np.uint8)


def pictures():
    """Give the name, the bytes and, where nothing is lost, the array of every picture."""
    grey, colour = Image.fromarray(GREY), Image.fromarray(COLOUR)
    see_through = Image.fromarray(np.dstack([COLOUR, OPACITY]))
    palette = Image.fromarray((DOWN % 3).astype(np.uint8)).convert("P")
    table = np.array([[250, 0, 0], [0, 250, 0], [0, 0, 250]], np.uint8)
    palette.putpalette(table.reshape(-1).tolist())
    turned = Image.Exif()
    turned[0x0112] = 6
    halves = np.array([255, 128, 0])[DOWN % 3]
    yield "grey.png", packed(grey, "PNG"), GREY
    yield (
        "grey-alpha.png",
        packed(Image.fromarray(np.dstack([GREY, OPACITY])), "PNG"),
        over_white(GREY[..., None], OPACITY),
    )
    yield "one-bit.png", packed(Image.fromarray(GREY > 100), "PNG"), (GREY > 100) * np.uint8(255)
    yield "colour.png", packed(colour, "PNG"), COLOUR
    yield "colour-alpha.png", packed(see_through, "PNG"), over_white(COLOUR, OPACITY)
    yield "palette.png", packed(palette, "PNG"), table[DOWN % 3]
    yield (
        "palette-alpha.png",
        packed(palette, "PNG", transparency=bytes([255, 128, 0])),
        over_white(table[DOWN % 3], halves),
    )
    yield "key.png", packed(colour, "PNG", transparency=tuple(COLOUR[2, 3].tolist())), np.where(
        (COLOUR[2, 3] == COLOUR).all(axis=2, keepdims=True), np.uint8(255), COLOUR)  # fmt: skip
    yield "words.png", packed(Image.fromarray(WORDS), "PNG"), WORDS
    yield "colour-words.png", png_of_words(SIX[..., :3], 2), SIX[..., :3]
    yield "turned.png", packed(colour, "PNG", exif=turned), np.rot90(COLOUR, -1)
    yield "first.gif", packed(palette, "GIF", save_all=True, append_images=[grey.convert("P")]), table[DOWN % 3]
    yield "colour.bmp", packed(colour, "BMP"), COLOUR
    yield "alpha.webp", packed(see_through, "WEBP", lossless=True, exact=True), over_white(COLOUR, OPACITY)
    yield "packed.tif", packed(colour, "TIFF", compression="tiff_lzw"), COLOUR
    yield "big-endian.tif", tiff(WORDS, byteorder=">"), WORDS
    yield "six.tif", tiff(SIX, photometric="minisblack", planarconfig="contig"), SIX
    yield "planes.tif", tiff(np.moveaxis(SIX, 2, 0), photometric="minisblack", planarconfig="separate"), SIX
    yield "float.tif", tiff(WORDS.astype(np.float32) / 7), WORDS.astype(np.float32) / 7
    yield "six.npy", npy(SIX), SIX
    large = colour.resize((48, 32), Image.Resampling.NEAREST)
    yield "colour.jpg", packed(large, "JPEG", quality=90), None
    yield "turned.jpg", packed(large, "JPEG", exif=turned), None
    yield "cmyk.jpg", packed(large.convert("CMYK"), "JPEG"), None
    yield "colour.avif", packed(large, "AVIF", quality=90), None
    heif = io.BytesIO()
    pillow_heif.from_pillow(large).save(heif, quality=90)
    yield "colour.heic", heif.getvalue(), None


def main():
    """Write the pictures, and the arrays into one file."""
    from foveal.data.images.reading.decode import decode
    from foveal.data.images.reading.headers import read_header
    from foveal.data.images.reading.infer import infer_rule
    from foveal.data.images.records import Place

    FOLDER.mkdir(exist_ok=True)
    arrays = {}
    for name, content, array in pictures():
        (FOLDER / name).write_bytes(content)
        if array is None:
            rule, _ = infer_rule([read_header(Place(str(FOLDER / name), name))])
            array = decode(content, rule)
        arrays[name] = array.reshape(*array.shape[:2], -1)
    np.savez_compressed(FOLDER / "expected.npz", **arrays)


if __name__ == "__main__":
    main()
