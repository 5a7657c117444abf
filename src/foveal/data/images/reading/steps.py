"""The steps of an input rule after the first, on pixels.

flatten   round((c a + b (w - a)) / w) in integers; c is a colour, a the opacity, b the background, w white of 8 or 16
bits. A grey picture over a colour that is not grey becomes coloured
colour    to L the grey of `rule.grey`, for float32 0.299 R + 0.587 G + 0.114 B; to RGB grey three times; to RGBA and
LA full opacity where there was none
depth     from 8 to 16 bits v 257, from 16 to 8 round(v / 257), to float32 the same number
resize    `resize.resize`
crop      `resize.middle`
"""

from typing import Any

import numpy as np

from foveal.data.images.reading.pixels import Array, Pixels, white_of
from foveal.data.images.reading.resize import resize
from foveal.data.images.reading.rule import COLOURS, InputRule, grey, shape_of, step_of
from foveal.data.images.records import BadPicture
from foveal.data.middle import middle_of


def applied(pixels: Pixels, rule: InputRule) -> Array:
    """Do the steps of a rule, after the first, to pixels."""
    values, how = _coloured(pixels, rule), step_of(rule, "resize")
    values = _deep(values, step_of(rule, "depth")["to"])
    if how["how"] == "own":
        return np.ascontiguousarray(values)
    values = resize(values, tuple(how["size"]), how["how"], how.get("fill", 0))
    return np.ascontiguousarray(middle_of(values[None], shape_of(rule)[:2])[0])


def _coloured(pixels: Pixels, rule: InputRule) -> Array:
    values, colour = pixels.values, step_of(rule, "colour")
    wanted = COLOURS[colour["to"]] or colour["channels"]
    if colour["to"] == "as_is" or pixels.mode == "channels":
        if values.shape[2] != wanted or (pixels.mode == "channels" and colour["to"] in ("RGB", "L")):
            as_what = f"{wanted}" if colour["to"] == "as_is" else colour["to"]
            raise BadPicture(f'has {values.shape[2]} channels, wanted {as_what}; colour="as_is" takes them as they are')
        return values
    if pixels.mode.endswith("A") and wanted in (1, 3):
        values = _flat(values, step_of(rule, "flatten")["background"])
    has_opacity = values.shape[2] in (2, 4)
    colours = values[..., :-1] if has_opacity else values
    colours = _as_grey(colours) if wanted < 3 else np.repeat(colours, 3, 2) if colours.shape[2] == 1 else colours
    if wanted in (1, 3):
        return colours
    if values.dtype == np.float32:
        raise BadPicture('holds numbers with no full opacity; use colour="RGB" or "L"')
    opacity = values[..., -1:] if has_opacity else np.full_like(values[..., :1], white_of(values))
    return np.concatenate([colours, opacity], axis=2)


def _flat(values: Array, background: Any) -> Array:
    """Lay colours over a background where they are see-through."""
    white = white_of(values)
    colours, opacity = values[..., :-1], values[..., -1:]
    if (opacity == white).all():
        return colours
    if len(set(background)) > 1 and colours.shape[2] == 1:
        colours = np.repeat(colours, 3, axis=2)
    wide: Any = np.uint16 if values.dtype == np.uint8 else np.uint32  # both hold white * white + white // 2
    behind: Array = np.array(background[: colours.shape[2]], wide) * wide(white // 255)
    mixed: Array = colours * opacity.astype(wide) + behind * (white - opacity).astype(wide)
    mixed = (mixed + wide(white // 2)) // wide(white)
    return mixed.astype(values.dtype)


def _as_grey(colours: Array) -> Array:
    if colours.shape[2] == 1:
        return colours
    if colours.dtype == np.float32:
        red, green, blue = np.moveaxis(colours, 2, 0)
        return np.asarray((0.299 * red + 0.587 * green + 0.114 * blue)[..., None], np.float32)
    mixed = grey(*np.moveaxis(colours.astype(np.uint32), 2, 0))
    return np.asarray(mixed[..., None]).astype(colours.dtype)


def _deep(values: Array, depth: str) -> Array:
    if values.dtype == np.float32 and depth != "float32":
        raise BadPicture(f'holds numbers beyond 16 bits or with fractions, wanted {depth}; depth="float32" takes them')
    if values.dtype == depth:
        if depth == "float32" and not np.isfinite(values).all():
            raise BadPicture("holds NaN or infinite numbers")
        return values
    if depth == "float32":
        return values.astype(np.float32)
    wide: Array = values.astype(np.uint32)
    return (wide * 257).astype(np.uint16) if depth == "uint16" else ((wide + 128) // 257).astype(np.uint8)
