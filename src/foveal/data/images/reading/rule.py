"""The input rule: what makes rows of the pictures in files, step by step. It lies in the model file. Torch-free.

Its steps are JSON, always in this order:

    {"step": "orient"}                                      turned and mirrored as EXIF says
    {"step": "flatten", "background": [R, G, B]}            laid over a colour where it is transparent; 0 to 255
    {"step": "colour", "to": "RGB" | "L" | "RGBA" | "LA"}   L is grey, A is opacity, not multiplied into the colours
    {"step": "colour", "to": "as_is", "channels": C}        the channels of a TIFF or .npy file, of any meaning
    {"step": "depth", "to": "uint8" | "uint16" | "float32"}
    {"step": "resize", "how": "squash" | "crop", "size": [H, W]}
    {"step": "resize", "how": "pad", "size": [H, W], "fill": [one value a channel, in the numbers of the depth]}
    {"step": "resize", "how": "own", "size": [H, W]}        not at all: patches of that size are learnt from
    {"step": "crop", "size": [H, W]}                        the middle of that, where a store holds larger pictures

"flatten" is there exactly where the colour is "RGB" or "L". From 8 to 16 bits a value is times 257, from 16 to 8 it is
divided by 257 and rounded; to float32 the numbers stay as they are, and floating-point numbers become no integers. What
each step computes stands in `decode.py` and `resize.py`.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from foveal.core.errors import ModelFileError, ParameterError
from foveal.core.rules import Rule, check, choice, is_integer, is_number, shown

InputRule = tuple[Mapping[str, Any], ...]

COLOURS = {"RGB": 3, "L": 1, "RGBA": 4, "LA": 2, "as_is": 0}  # and their channels
DEPTHS = {"uint8": 255, "uint16": 65535, "float32": 0}  # and what is white
RESIZES = ("pad", "squash", "crop")
BACKGROUNDS = {"white": (255, 255, 255), "grey": (128, 128, 128), "black": (0, 0, 0)}
#: The longest side and the most channels that a rule may ask for.
LONGEST, MOST_CHANNELS = 8192, 4096


def _all_of(value: Any, count: int, low: int, high: int) -> bool:
    is_list = isinstance(value, list | tuple) and len(value) == count
    return is_list and all(is_integer(v) and low <= v <= high for v in value)


_SIDE = f"1 to {LONGEST} pixels"
SIZE = Rule(f"a side of {_SIDE}, or (height, width) of such", lambda v: _all_of(_pair(v), 2, 1, LONGEST))
BACKGROUND = choice(*BACKGROUNDS, also="three integers from 0 to 255", test=lambda v: _all_of(v, 3, 0, 255))
CHANNELS = Rule(f"an integer from 1 to {MOST_CHANNELS}", lambda v: _all_of([v], 1, 1, MOST_CHANNELS))


def make_rule(
    size: int | Sequence[int],
    *,
    resize: str = "pad",
    colour: str = "RGB",
    background: str | Sequence[int] = "white",
    depth: str = "uint8",
    channels: int | None = None,
    store_size: int | Sequence[int] | None = None,
) -> InputRule:
    """Compose a rule: pictures of `size` (a side, or height and width), colour and depth.

    With `resize="pad"` the whole picture is kept with its proportions, in the middle, and beside it is the background
    (0 where the channels are as they are, or float32; transparent where opacity is kept). `channels` is needed with
    `colour="as_is"`. With a larger `store_size` pictures are resized to that, and the middle is cut out. Raises
    `ParameterError`.

    >>> make_rule(64, colour="L")[1:]  # doctest: +NORMALIZE_WHITESPACE
    ({'step': 'flatten', 'background': [255, 255, 255]}, {'step': 'colour', 'to': 'L'},
     {'step': 'depth', 'to': 'uint8'}, {'step': 'resize', 'how': 'pad', 'size': [64, 64], 'fill': [255]})
    """
    check("size", size, SIZE)
    check("resize", resize, choice(*RESIZES))
    check("colour", colour, choice(*COLOURS))
    check("background", background, BACKGROUND)
    check("depth", depth, choice(*DEPTHS))
    wide = _store_size(store_size, size)
    if colour == "as_is":
        check("channels", channels, CHANNELS)
    behind = [int(v) for v in (BACKGROUNDS[background] if isinstance(background, str) else background)]
    steps: list[dict[str, Any]] = [{"step": "orient"}]
    if colour in ("RGB", "L"):
        steps.append({"step": "flatten", "background": behind})
    steps.append({"step": "colour", "to": colour} | ({"channels": int(channels or 0)} if colour == "as_is" else {}))
    steps.append({"step": "depth", "to": depth})
    steps.append({"step": "resize", "how": resize, "size": wide})
    if resize == "pad":
        steps[-1]["fill"] = _fill(behind, colour, depth, int(channels or 0))
    cut = [int(v) for v in _pair(size)]
    return (*steps, *([] if cut == wide else [{"step": "crop", "size": cut}]))


def _store_size(store_size: Any, size: Any) -> list[int]:
    """Give the size that pictures are resized to: `size`, or a larger one that it is cut out of."""
    if store_size is None:
        return [int(v) for v in _pair(size)]
    check("store_size", store_size, SIZE)
    wide = [int(v) for v in _pair(store_size)]
    if any(stored < cut for stored, cut in zip(wide, _pair(size), strict=True)):
        raise ParameterError(
            f"store_size must be at least size={shown(size)} along both axes, got {shown(store_size)}; pass a larger "
            "one, or leave it out"
        )
    return wide


def _pair(size: Any) -> Any:
    return size if isinstance(size, list | tuple) else (size, size)


def _fill(behind: list[int], colour: str, depth: str, channels: int) -> list[int]:
    """Give what stands beside a padded picture, a value for each channel."""
    if colour == "as_is" or depth == "float32":
        return [0] * (channels if colour == "as_is" else COLOURS[colour])
    fill = behind if colour in ("RGB", "RGBA") else [grey(*behind)]
    return [v * (DEPTHS[depth] // 255) for v in fill + [0] * (colour in ("RGBA", "LA"))]


def grey(red: Any, green: Any, blue: Any) -> Any:
    """Give the grey of a colour as Pillow does, (19595 R + 38470 G + 7471 B + 32768) // 65536, which is ITU-R 601's.

    >>> grey(255, 0, 0), grey(7, 7, 7)
    (76, 7)
    """
    return (19595 * red + 38470 * green + 7471 * blue + 32768) >> 16


def shape_of(rule: InputRule) -> tuple[int, int, int]:
    """Give (H, W, C) of the pictures that a rule makes.

    >>> shape_of(make_rule((96, 128), colour="as_is", channels=6))
    (96, 128, 6)
    """
    colour, size = step_of(rule, "colour"), (step_of(rule, "crop") or step_of(rule, "resize"))["size"]
    return size[0], size[1], COLOURS[colour["to"]] or colour["channels"]


def dtype_of(rule: InputRule) -> np.dtype[Any]:
    """Give the dtype of the pictures that a rule makes.

    >>> dtype_of(make_rule(64, depth="uint16"))
    dtype('uint16')
    """
    depth: str = step_of(rule, "depth")["to"]
    return np.dtype(depth)


def stored_by(rule: InputRule) -> InputRule:
    """Give the rule of the rows that a store holds: without the last cut, so that one store serves several sizes.

    >>> shape_of(stored_by(make_rule(64, store_size=72)))
    (72, 72, 3)
    """
    return tuple(step for step in rule if step["step"] != "crop")


def step_of(rule: InputRule, name: str) -> Mapping[str, Any]:
    """Give the step of a name; what a rule has not is an empty one.

    >>> step_of(make_rule(64), "depth"), step_of(make_rule(64, colour="LA"), "flatten")
    ({'step': 'depth', 'to': 'uint8'}, {})
    """
    return next((step for step in rule if step["step"] == name), {})


#: What the values of a step must be; "?" marks one that some forms lack.
_VALUES: dict[str, dict[str, Callable[[Any], bool]]] = {
    "orient": {},
    "flatten": {"background": lambda v: _all_of(v, 3, 0, 255)},
    "colour": {"to": lambda v: isinstance(v, str) and v in COLOURS, "channels?": CHANNELS.holds},
    "depth": {"to": lambda v: isinstance(v, str) and v in DEPTHS},
    "resize": {
        "how": lambda v: isinstance(v, str) and v in (*RESIZES, "own"),
        "size": lambda v: _all_of(v, 2, 1, LONGEST),
        "fill?": lambda v: isinstance(v, list | tuple) and 1 <= len(v) <= MOST_CHANNELS and all(map(is_number, v)),
    },
    "crop": {"size": lambda v: _all_of(v, 2, 1, LONGEST)},
}
_WAY_OUT = "the file is damaged, or a newer foveal wrote it: pip install -U foveal"


def check_rule(rule: Any, *, own: bool = False) -> InputRule:
    """Give back a rule that keeps its form, as out of a model file; raise `ModelFileError` for any other.

    >>> check_rule(({"step": "orient"}, {"step": "sharpen"}))
    Traceback (most recent call last):
    foveal.core.errors.ModelFileError: the input rule has the unknown step {'step': 'sharpen'}; the file is damaged, \
or a newer foveal wrote it: pip install -U foveal
    """
    for step in rule:
        _check_step(step)
    names = [step["step"] for step in rule]
    there = {"flatten": step_of(rule, "colour").get("to") in ("RGB", "L"), "crop": "crop" in names}
    wanted = [name for name in _VALUES if there.get(name, True)]
    if names != wanted:
        raise ModelFileError(f"the input rule must have the steps {wanted}, got {shown(names)}; {_WAY_OUT}")
    if step_of(rule, "resize")["how"] == "own" and not own:
        raise ModelFileError("the input rule leaves pictures their sizes, which is for a model that answers each pixel")
    fill, depth = step_of(rule, "resize").get("fill", ()), step_of(rule, "depth")["to"]
    if fill and len(fill) != shape_of(rule)[2]:
        raise ModelFileError(f"the input rule's fill must have a value a channel, got {shown(fill)}; {_WAY_OUT}")
    if depth != "float32" and not _all_of(fill, len(fill), 0, DEPTHS[depth]):
        raise ModelFileError(f"the input rule's fill must be integers of {depth}, got {shown(fill)}; {_WAY_OUT}")
    if any(cut > stored for cut, stored in zip(shape_of(rule), shape_of(stored_by(rule)), strict=True)):
        cut = step_of(rule, "crop")["size"]
        raise ModelFileError(
            f"the input rule's crop must be of the resized picture's size at most, got {cut}; {_WAY_OUT}"
        )
    return tuple(rule)


def _check_step(step: Any) -> None:
    if not isinstance(step, Mapping) or not isinstance(step.get("step"), str) or step["step"] not in _VALUES:
        raise ModelFileError(f"the input rule has the unknown step {shown(step)}; {_WAY_OUT}")
    values = _VALUES[step["step"]]
    has_more = step.get("to") == "as_is" or step.get("how") == "pad"
    wanted = {"step", *(key.rstrip("?") for key in values if has_more or not key.endswith("?"))}
    if set(step) != wanted:
        raise ModelFileError(f"the input rule's step must have {sorted(wanted)}, got {shown(step)}; {_WAY_OUT}")
    for name, holds in values.items():
        key = name.rstrip("?")
        if key in wanted and not holds(step[key]):
            raise ModelFileError(f"the input rule's step has an impossible {key}: {shown(step)}; {_WAY_OUT}")
