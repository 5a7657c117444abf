"""Rows as people look at them: small pictures, curves or words, each with the map that explains an answer."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from foveal.compare.small import shrunk
from foveal.core.png import png_of
from foveal.data.clips.rule import is_of_clips
from foveal.data.text.row_rule import RowRule, is_of_rows
from foveal.explain.figures import span_of, to_look_at
from foveal.fitted.model import Fitted
from foveal.report.judged import Array

#: Sides of a picture, places and channels of a curve, and words of a text, at most.
SIDE, PLACES, CHANNELS, WORDS = 160, 200, 3, 60
#: The colour that a map is laid over a picture with.
_WARM = np.array([255, 120, 0], float)


def drawn(fitted: Fitted, row: Array, map: Array | None, folder: dict[str, bytes], name: str) -> dict[str, Any]:
    r"""Give what a page draws of one row, (\*S, C), and of the map over it, (\*S).

    Words and their weights, or curves, or names of PNG files, which `folder` takes under pictures/. Of volumes the
    plane in the middle, of clips the frame there, or those where the map is largest.
    """
    if is_of_rows(fitted.input_rule):
        return _words(fitted, row, map)
    axes = row.ndim - 1
    if axes == 1:
        return _curves(row, map)
    if axes == 3:
        at = len(row) // 2 if map is None else int(np.abs(map).reshape(len(map), -1).max(1).argmax())
        row, map = row[at], None if map is None else map[at]
        what = "frame" if is_of_clips(fitted.input_rule) else "plane"
        return {"plane": at, "plane_is": what} | _pictures(row, map, folder, name)
    return _pictures(row, map, folder, name)


def picture(row: Array) -> Array:
    """Give a picture (H, W, C) of any values as (h, w, 3) uint8, no side longer than 160.

    >>> picture(np.zeros((320, 100, 1), np.uint8)).shape
    (160, 50, 3)
    """
    longest = max(row.shape[:2])
    if longest > SIDE:
        sizes = [max(1, round(side * SIDE / longest)) for side in row.shape[:2]]
        small = shrunk(row[None], sizes)[0]
        row = small.round().astype(np.uint8) if row.dtype == np.uint8 else small
    if row.shape[-1] != 3:
        grey = row.mean(-1)
        row = grey.round().astype(np.uint8) if row.dtype == np.uint8 else grey
    return to_look_at(row)


def _pictures(row: Array, map: Array | None, folder: dict[str, bytes], name: str) -> dict[str, Any]:
    pixels = picture(row)
    found = {"picture": _kept(folder, f"{name}.png", pixels)}
    if map is not None:
        found["explained"] = _kept(folder, f"{name}-explained.png", warmed(pixels, map))
    return found


def warmed(pixels: Array, map: Array) -> Array:
    """Lay a map over a picture, the stronger the warmer; (H, W, 3) uint8.

    >>> warmed(np.zeros((1, 2, 3), np.uint8), np.array([[0.0, 1.0]]))[0, 1].tolist()
    [204, 96, 0]
    """
    small = shrunk(np.asarray(map, float)[None, :, :, None], pixels.shape[:2])[0]
    strength = 0.8 * np.clip(np.abs(small) / span_of(small), 0, 1)
    grey = pixels.mean(-1, keepdims=True)
    mixed: Array = (grey * (1 - strength) + _WARM * strength).clip(0, 255)
    return mixed.astype(np.uint8)


def _kept(folder: dict[str, bytes], name: str, pixels: Array) -> str:
    folder[f"pictures/{name}"] = png_of(np.ascontiguousarray(pixels))
    return f"pictures/{name}"


def _curves(row: Array, map: Array | None) -> dict[str, Any]:
    length = min(len(row), PLACES)
    short = shrunk(np.asarray(row, np.float32)[None], (length,))[0]
    found: dict[str, Any] = {"curves": [_finite(short[:, i]) for i in range(min(row.shape[1], CHANNELS))]}
    if map is not None:
        found["weights"] = _finite(shrunk(np.asarray(map, float)[None, :, None], (length,))[0, :, 0])
    return found | {"places": len(row), "channels": row.shape[1]}


def _finite(values: Array) -> list[float]:
    return [round(float(value), 6) for value in np.nan_to_num(values)]


def _words(fitted: Fitted, row: Array, map: Array | None) -> dict[str, Any]:
    vocabulary = RowRule.of(fitted.input_rule).rule.vocabulary
    tokens: Sequence[int] = np.asarray(row).ravel()[:WORDS].tolist()
    words = [vocabulary.text([token]).strip() or "|" for token in tokens]
    found: dict[str, Any] = {"words": words, "length": int(np.asarray(row).size)}
    if map is not None:
        found["weights"] = _finite(np.asarray(map, float)[:WORDS] / span_of(np.asarray(map, float)))
    return found
