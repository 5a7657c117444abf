"""From a mask's file to labels, (H, W): indices of a palette, grey values, flags, or classes by their colours."""

import io
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from foveal.data.images.reading.decode import npy_array
from foveal.data.images.reading.formats import HEAD, format_of
from foveal.data.images.reading.label_colours import Coloured, is_grey, labels_of_colours
from foveal.data.images.reading.mask_rule import table_in
from foveal.data.images.reading.nearest import placed
from foveal.data.images.reading.opening import damage_told, opened, orientation_of, raw_mode, turned
from foveal.data.images.reading.rule import InputRule, dtype_of, step_of
from foveal.data.images.reading.tiff import Tiff, needs_tifffile
from foveal.data.images.records import BadPicture

if TYPE_CHECKING:
    from PIL.ImageFile import ImageFile

Array = NDArray[Any]

_LOSSY = ("JPEG", "HEIF", "AVIF")
#: What Pillow multiplies grey values of few bits by.
_SCALES = {"L;2": 85, "L;4": 17}
_FLOAT = "holds numbers with a point, a mask must hold whole numbers; save labels, as uint8"


def decode_labels(content: Any, rule: InputRule, name: str = "") -> Array:
    """Make of a mask what the rule says: the bytes of a file, or an array (H, W) -> (H', W', 1).

    Raises `BadPicture` with the name and what is wrong.
    """
    step, how = step_of(rule, "labels"), step_of(rule, "resize")
    try:
        values = labels_in_file(content, table_in(step)) if isinstance(content, bytes) else _whole(np.asarray(content))
        labels = renumbered(values, step["numbers"], dtype_of(rule))
        if how["how"] != "own":
            labels = placed(labels, tuple(how["size"]), how["how"], how.get("fill", [0])[0])
        return np.ascontiguousarray(labels)[..., None]
    except BadPicture as bad:
        raise BadPicture(bad.reason, name or bad.name) from bad


def labels_in_file(content: bytes, table: tuple[Coloured, ...] = ()) -> Array:
    """Read the labels of a mask's file, (H, W), turned as its EXIF says.

    A palette gives its indices, grey of 8 and 16 bits its values, 1 bit 0 and 1, an .npy file its whole numbers.
    Colours are looked up in `table`, opacity left out; so are a palette's where there is a table, and grey where all of
    the table is. A picture in colours that are all grey is one in grey.
    """
    format = format_of(content[:HEAD])
    if format in _LOSSY:
        raise BadPicture(f"is a {format}, which does not keep labels as they are; save masks as PNG")
    if format == "NPY":
        return _whole(npy_array(content))
    if format == "TIFF":
        values = _tiff(content)
        return _by_colour(values, table)
    with damage_told():
        image = opened(io.BytesIO(content), format)
        values = _pixels(image, colours=bool(table))
        return _by_colour(turned(values, orientation_of(image)), table)


def _tiff(content: bytes) -> Array:
    """Read a TIFF's values, (H, W, C)."""
    image = None
    try:
        with damage_told():
            image = opened(io.BytesIO(content), "TIFF")
            if not needs_tifffile(image) and image.mode not in ("F", "I"):
                return _pixels(image, colours=False)
    except BadPicture:
        if image is not None:
            raise
    tiff = Tiff(io.BytesIO(content), image)
    if tiff.dtype.kind == "f":
        raise BadPicture(_FLOAT)
    values = turned(tiff.pixels().values, tiff.orientation)
    return values.astype(np.int64) if values.dtype.kind == "f" else values  # whole numbers of more than 16 bits


def _pixels(image: "ImageFile", *, colours: bool) -> Array:
    """Take the values of an image, (H, W, C)."""
    scale = _SCALES.get(raw_mode(image), 1)
    image.load()
    if image.mode == "F":
        raise BadPicture(_FLOAT)
    if image.mode in ("P", "PA") and not colours:
        return np.asarray(image).reshape(image.height, image.width, -1)[..., :1]
    if image.mode not in ("1", "L", "LA", "I;16", "I;16B", "I;16L", "I", "RGB", "RGBA"):
        return np.asarray(image.convert("RGB"))
    values = np.asarray(image).reshape(image.height, image.width, -1)
    return values[..., :1] // scale if image.mode in ("L", "LA") else values


def _by_colour(values: Array, table: tuple[Coloured, ...]) -> Array:
    """Make labels of grey values, (H, W, 1), or of colours, (H, W, 3 or 4)."""
    if values.shape[2] >= 3:
        rgb = values[..., :3]
        if table:
            return labels_of_colours(rgb.astype(np.uint8), table)
        if not (rgb == rgb[..., :1]).all():
            raise BadPicture(
                "is a picture in colours, and nothing says what they stand for; give a table, colours={name: (r, g, "
                "b)} or a file (--colours table.csv)"
            )
        return _whole(rgb[..., 0])
    if table and is_grey(table) and values.dtype == np.uint8:
        return labels_of_colours(np.repeat(values[..., :1], 3, axis=2), table)
    return _whole(values[..., 0])


def _whole(values: Array) -> Array:
    """Check labels, (H, W) or (H, W, 1), and give them as uint8 or uint16."""
    if values.dtype.kind not in "bui":
        raise BadPicture(_FLOAT if values.dtype.kind == "f" else f"holds values of the type {values.dtype}, no labels")
    if values.ndim == 3 and values.shape[2] == 1:
        values = values[..., 0]
    if values.ndim != 2 or 0 in values.shape:
        raise BadPicture(f"has the shape {values.shape}, a mask must have (height, width)")
    low, high = int(values.min()), int(values.max())
    if low < 0 or high > 65535:
        raise BadPicture(f"has the label {low if low < 0 else high}, which must be from 0 to 65535")
    return values.astype(np.uint8 if high <= 255 else np.uint16)


def renumbered(values: Array, numbers: Any, dtype: np.dtype[Any]) -> Array:
    """Give labels the numbers of their classes, where the rule has some."""
    if numbers:
        table = np.full(65536, -1, np.int32)
        for value, number in numbers:
            table[value] = number
        found = table[values]
        if (found < 0).any():
            strange = int(values[found < 0][0])
            known = ", ".join(str(value) for value, _ in numbers[:20])
            raise BadPicture(f"has the label {strange}, which is not among those that are known: {known}")
        values = found
    if (high := int(values.max())) > np.iinfo(dtype).max:
        raise BadPicture(f"has the label {high}, and masks are of {dtype}")
    return values.astype(dtype)
