"""What a picture holds, whatever its mode: grey or colours, with or without opacity, or channels of any meaning."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from foveal.data.images.reading.formats import check_size
from foveal.data.images.records import BadPicture

if TYPE_CHECKING:
    from PIL.Image import Image

Array = NDArray[Any]


class Pixels(NamedTuple):
    """Values of (H, W, C), uint8, uint16 or float32; `mode` is L, LA, RGB, RGBA (A not multiplied in) or channels."""

    values: Array
    mode: str


#: What Pillow converts to, and how. CMYK without a colour profile: R = (255 - C)(255 - K) / 255, and so on.
CONVERTED: Mapping[str, str] = {
    "1": "L", "La": "LA", "RGBa": "RGBA", "PA": "RGBA", "RGBX": "RGB", "CMYK": "RGB", "YCbCr": "RGB", "HSV": "RGB",
}  # fmt: skip
BITS: Mapping[str, int] = {"I;16": 16, "I;16L": 16, "I;16B": 16, "I;16N": 16, "I": 32, "F": 32}
#: What comes out of the modes that are read; a palette, P, gives RGB or RGBA.
OUT: Mapping[str, str] = {
    **CONVERTED, **dict.fromkeys(BITS, "L"), "LAB": "RGB", "P": "RGB", **{m: m for m in ("L", "LA", "RGB", "RGBA")},
}  # fmt: skip


def pixels_of(image: "Image") -> Pixels:
    """Take the pixels of a loaded image of Pillow's, of any of its modes.

    >>> from PIL import Image
    >>> pixels_of(Image.new("1", (2, 1), 1)).values.tolist()
    [[[255], [255]]]
    """
    mode = out_of(image)
    converted = image if image.mode == mode or image.mode in (*BITS, "LAB") else image.convert(mode)
    values = np.asarray(converted)
    values = from_lab(values) if image.mode == "LAB" else values.reshape(*values.shape[:2], -1)
    if image.mode in BITS:
        values = values.astype(np.uint16 if BITS[image.mode] == 16 else np.float32, copy=False)
    may_have_key = mode in ("L", "RGB") and image.mode != "P" and values.dtype != np.float32
    return keyed(values, image.info.get("transparency")) if may_have_key else Pixels(values, mode)


def out_of(image: "Image") -> str:
    """Name the mode of the pixels that an image has."""
    if image.mode not in OUT:
        raise BadPicture(f"has the mode {image.mode}, which is not read; export it as PNG")
    return "RGBA" if image.mode == "P" and image.has_transparency_data else OUT[image.mode]


def keyed(values: Array, key: Any) -> Pixels:
    """Make one colour of a grey or coloured picture see-through, as PNG and GIF may ask for; none with None.

    >>> keyed(np.array([[[7], [8]]], np.uint8), 8).values.tolist()
    [[[7, 255], [8, 0]]]
    """
    mode = "L" if values.shape[2] == 1 else "RGB"
    key = np.atleast_1d(key) if isinstance(key, int | tuple) else ()
    if len(key) != values.shape[2]:
        return Pixels(values, mode)
    opaque = (values != key).any(axis=2, keepdims=True)
    return Pixels(np.concatenate([values, opaque * white_of(values)], axis=2), f"{mode}A")


def white_of(values: Array) -> Any:
    """Give white, or full opacity, as a value of the array's own dtype."""
    return values.dtype.type(np.iinfo(values.dtype).max)


_D50 = (0.96422, 1.0, 0.82521)
_TO_SRGB = (
    (3.1338561, -1.6168667, -0.4906146), (-0.9787684, 1.9161415, 0.0334540), (0.0719453, -0.2289914, 1.4052427),
)  # fmt: skip


def from_lab(values: Array) -> Array:
    """Convert CIE L*a*b* of white D50, in bytes (a and b signed), to sRGB (CIE 15, IEC 61966-2-1, Bradford's matrix).

    >>> from_lab(np.array([[[0, 0, 0], [255, 0, 0]]], np.uint8)).tolist()
    [[[0, 0, 0], [255, 255, 255]]]
    """
    L = values[..., 0].astype(np.float64)
    a, b = np.moveaxis(values[..., 1:].astype(np.int8).astype(np.float64), 2, 0)
    y = (L * (100 / 255) + 16) / 116
    roots = np.stack([y + a / 500, y, y - b / 200], axis=2)
    xyz = np.where(roots > 6 / 29, roots**3, (roots - 4 / 29) * (108 / 841)) * _D50
    linear = np.clip(xyz @ np.transpose(_TO_SRGB), 0, 1)
    srgb = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    return np.asarray(np.rint(255 * srgb).astype(np.uint8))


def array_pixels(values: Any) -> Pixels:
    """Take an array (H, W) or (H, W, C) as a picture: C = 1 is grey, 3 are colours, any other number is channels.

    True and False are white and black; integers of 8 and 16 bits stay, other numbers become float32.

    >>> array_pixels(np.zeros((4, 5, 6))).mode
    'channels'
    """
    values = np.asarray(values)
    check_array(values.shape, values.dtype)
    if values.dtype == bool:
        values = values * np.uint8(255)
    elif values.dtype.kind != "u" or values.dtype.itemsize > 2:
        with np.errstate(over="ignore"):  # what float32 cannot hold becomes infinite, and is refused as such
            values = values.astype(np.float32)
    values = values.astype(values.dtype.newbyteorder("="), copy=False)
    values = values.reshape(*values.shape[:2], -1)
    return Pixels(values, {1: "L", 3: "RGB"}.get(values.shape[2], "channels"))


def check_array(shape: tuple[int, ...], dtype: np.dtype[Any]) -> None:
    """Refuse an array that is no picture by its shape or dtype."""
    if len(shape) not in (2, 3) or 0 in shape:
        raise BadPicture(f"has the shape {shape}, a picture must have (height, width) or (height, width, channels)")
    check_size(shape[1], shape[0], shape[2] if len(shape) == 3 else 1, dtype.itemsize)
    if dtype.kind not in "buif":
        raise BadPicture(f"holds values of the type {dtype}, a picture must hold numbers")
