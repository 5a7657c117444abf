"""A whole picture as a network is to see it, and the way back: its mask at the size that the file has."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from foveal.data.images.reading.nearest import inside, resized
from foveal.data.images.reading.pixels import Pixels
from foveal.data.images.reading.resize import fitted, resize
from foveal.data.images.reading.rule import InputRule, make_rule, step_of
from foveal.data.images.reading.steps import applied
from foveal.data.images.records import BadPicture

Array = NDArray[Any]


def kept_size(rule: InputRule) -> InputRule:
    """Give a rule's steps for colour and depth, that leave a picture its size.

    >>> kept_size(make_rule(64))[-1]["how"]
    'own'
    """
    steps = (step for step in rule if step["step"] != "crop")
    return tuple({"step": "resize", "how": "own", "size": [1, 1]} if s["step"] == "resize" else s for s in steps)


def whole(pixels: Pixels, rule: InputRule) -> Array:
    """Make of a picture what a rule says, but leave nothing of it away: (H, W, C) -> (H', W', C).

    Where the rule cuts, the whole picture is scaled as if it did, and windows see all of it.

    >>> rule = make_rule(4, resize="crop", colour="L")
    >>> whole(Pixels(np.zeros((8, 20, 1), np.uint8), "L"), rule).shape
    (4, 10, 1)
    """
    values, how = applied(pixels, kept_size(rule)), step_of(rule, "resize")
    if how["how"] == "own":
        return values
    size = tuple(how["size"])
    if how["how"] == "crop":
        return resize(values, fitted(values.shape[0], values.shape[1], (size[0], size[1]), "crop")[0], "squash")
    return resize(values, size, how["how"], how.get("fill", 0))


def back(mask: Array, height: int, width: int, rule: InputRule) -> Array:
    """Bring the mask of what `whole` has made to the picture's size, (H', W') -> (height, width), by nearest pixels.

    >>> back(np.array([[9, 9], [1, 2], [3, 4], [9, 9]]), 2, 2, make_rule((4, 2))).tolist()
    [[1, 2], [3, 4]]
    """
    how = step_of(rule, "resize")
    if how["how"] == "pad":
        mask = mask[inside(height, width, tuple(how["size"]), "pad")]
    return resized(mask, (height, width))


def to_look_at(pixels: Pixels) -> NDArray[np.uint8]:
    """Give a picture as colours of 8 bits, (H, W, 3), to draw on: other depths from the 1st to the 99th percentile.

    >>> to_look_at(Pixels(np.array([[[0], [500]]], np.uint16), "L"))[0, :, 0].tolist()
    [0, 255]
    """
    values = pixels.values
    if values.dtype == np.uint8 and pixels.mode != "channels":
        return applied(pixels, kept_size(make_rule(1, colour="RGB", background="white")))
    shown = (values if values.shape[2] in (1, 3) else values[..., :1]).astype(np.float64)
    if not np.isfinite(shown).all():
        raise BadPicture("holds NaN or infinite numbers")
    low, high = np.percentile(shown, [1, 99])
    scaled = np.clip((shown - low) / max(high - low, 1e-12), 0, 1)
    return np.ascontiguousarray(np.broadcast_to(np.rint(scaled * 255).astype(np.uint8), (*shown.shape[:2], 3)))
