"""Masks written to files: palettes of distinct colours, pictures with the classes drawn over them, numbered objects."""

import csv
import io
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from foveal.core.errors import DataError
from foveal.data.images.reading.label_colours import Coloured
from foveal.data.images.reading.opening import needed

Array = NDArray[Any]
Pixels = NDArray[np.uint8]


def palette_png(mask: Array, classes: Sequence[Coloured]) -> bytes:
    """Write a mask, (H, W) of labels up to 255, as the bytes of a PNG whose indices are the labels.

    >>> from foveal.data.images.reading.labels import labels_in_file
    >>> labels_in_file(palette_png(np.array([[0, 2]]), [Coloured(2, "car", (255, 0, 0))])).tolist()
    [[0, 2]]
    """
    image = needed("PIL.Image").fromarray(np.asarray(mask).astype(np.uint8))
    image.putpalette(_table(classes).ravel().tolist())
    return _packed(image, "PNG")


def numbers_png(numbers: Array) -> bytes:
    """Write numbers of objects, (H, W), as a grey PNG of 16 bits; raises `DataError` for more than it holds."""
    if numbers.size and numbers.max() > 65535:
        raise DataError(f"{numbers.max():,} objects are more than a PNG holds, 65,535; cut the picture")
    return _packed(needed("PIL.Image").fromarray(numbers.astype(np.uint16)), "PNG")


def overlay_jpeg(picture: Pixels, mask: Array, classes: Sequence[Coloured]) -> bytes:
    """Draw a mask over its picture, (H, W, 3), as `drawn_over` does, as the bytes of a JPEG."""
    return _packed(needed("PIL.Image").fromarray(drawn_over(picture, mask, classes)), "JPEG", quality=90)


def drawn_over(picture: Pixels, mask: Array, classes: Sequence[Coloured], alpha: float = 0.5) -> Pixels:
    """Lay each class's colour over its pixels, (1 - alpha) picture + alpha colour, and draw borders in full colour.

    Black is see-through, so that a background stays what it is; so are labels of no class.

    >>> picture = np.full((1, 3, 3), 100, np.uint8)
    >>> drawn_over(picture, np.array([[0, 1, 1]]), [Coloured(1, "car", (200, 0, 0))])[0].tolist()
    [[100, 100, 100], [200, 0, 0], [150, 50, 50]]
    """
    mask = np.asarray(mask).clip(0, 255)
    colours = _table(classes)[mask]
    out = np.rint((1 - alpha) * picture + alpha * colours).astype(np.uint8)
    edge = np.zeros(mask.shape, bool)
    for axis in (0, 1):
        here, there = (np.take(mask, range(*bounds), axis) for bounds in ((1, mask.shape[axis]),
                                                                          (0, mask.shape[axis] - 1)))  # fmt: skip
        differ = here != there
        edge[(slice(1, None), slice(None)) if axis == 0 else (slice(None), slice(1, None))] |= differ
    out[edge] = colours[edge]
    see_through = ~colours.any(axis=2)
    out[see_through] = picture[see_through]
    return out


def classes_csv(classes: Sequence[Coloured]) -> bytes:
    r"""Write classes and their colours as a table that `colours=` reads.

    >>> classes_csv([Coloured(1, "car", (200, 0, 0))])
    b'name,label,r,g,b\ncar,1,200,0,0\n'
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("name", "label", "r", "g", "b"))
    writer.writerows((each.name, each.label, *each.colour) for each in classes)
    return text.getvalue().encode()


def _table(classes: Sequence[Coloured]) -> Pixels:
    """Give the colour of each label, (256, 3); black where there is none."""
    table = np.zeros((256, 3), np.uint8)
    for each in classes:
        table[each.label] = each.colour
    return table


def _packed(image: Any, form: str, **how: Any) -> bytes:
    file = io.BytesIO()
    image.save(file, form, **how)
    return file.getvalue()
