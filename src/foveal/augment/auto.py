"""`augment="auto"`: a rule that looks at what the rows are and what the classes are called, and says what it chose."""

import re
from collections.abc import Sequence
from typing import NamedTuple

#: Words in class names under which a row and its mirror image are of different classes.
_SIDES = {"left", "right", "clockwise", "anticlockwise", "counterclockwise", "leftward", "rightward", "leftwards",
          "rightwards", "east", "west", "mirrored"}  # fmt: skip
#: Words that name a sign, which mirrored is another sign, or none.
_SIGNS = {"zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "digit", "letter", "number",
          "numeral", "character", "uppercase", "lowercase"}  # fmt: skip
#: Words that, with a number and nothing else, are no name: nobody knows what "class 3" is.
_NUMBERED = {"class", "classes", "category", "label", "c"}
#: Words of a name: letters or digits, parted by all else, and where a capital follows a small letter.
_WORD = re.compile(r"\d+|[^\W\d_]+")
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")
#: For small pictures, chosen on 1,000 digits of MNIST-5k against the other 4,000, three seeds, recipe "fast": 98.07 %,
#: where no augmentation has 97.08, shift(0.125) 97.67, with rotate and scale 97.49, with erase besides 97.12, with warp
#: 96.53; trivial_augment 97.66, mixup 96.96.
_SMALL = ("shift(share=0.08)", "rotate", "scale", "shear")
#: Pixels of the shorter side up to which a picture is small: a window cut out of it would lack what it shows.
SMALL = 40


class Rows(NamedTuple):
    r"""What the rule looks at: shape (C, \*S), and whether they are those of a table.

    names : what the classes are called; None where they have no names, () where y are values.
    larger : whether they are stored larger, to cut crops out of.
    points : whether y are points in them, which move along, and may have a left and a right.
    """

    shape: tuple[int | None, ...]
    table: bool = False
    names: Sequence[str] | None = None
    larger: bool = False
    points: bool = False


class Choice(NamedTuple):
    """Augmentations as text, and why."""

    augment: list[str]
    said: str


def auto(rows: Rows) -> Choice:
    """Choose the augmentations for rows.

    >>> auto(Rows((3, 224, 224), names=("cat", "dog"))).augment
    ['flip', 'resized_crop', 'brightness', 'contrast', 'saturation']
    >>> auto(Rows((1, 28, 28), names="0123456789")).augment
    ['shift(share=0.08)', 'rotate', 'scale', 'shear']
    """
    axes = len(rows.shape) - 1
    if rows.table:
        return Choice([], "X is a table, and its columns have no neighbours: nothing (layout='NL' says signals)")
    if not 1 <= axes <= 3 or None in rows.shape:
        return Choice([], f"rows of shape {rows.shape} are no signals, pictures or volumes of one size: nothing")
    if rows.names is not None and not rows.names:
        return Choice(["noise(share=0.05)"], "y are values, which moving or mirroring may change: noise alone")
    return (_signals, _pictures, _volumes)[axes - 1](rows)


def _signals(rows: Rows) -> Choice:
    chosen = ["shift(share=0.05)", "scale(share=0.05)", "gain", "noise(share=0.05)"]
    return Choice(chosen, "X are signals: a little later, slower, larger and noisier")


def _volumes(rows: Rows) -> Choice:
    chosen = ["shift", "rotate", "brightness", "noise(share=0.05)"]
    return Choice(chosen, "X are volumes: moved, turned a little; no mirror, since left and right of a body differ")


def _pictures(rows: Rows) -> Choice:
    channels, *sizes = rows.shape
    small = min(size or 0 for size in sizes) <= SMALL
    why_not = "points may have a left and a right" if rows.points else against_mirrors(rows.names)
    chosen = [] if why_not else ["flip"]
    chosen += (["crop"] if rows.larger else [_SMALL[0]]) + [*_SMALL[1:]] if small else ["resized_crop"]
    chosen += ["brightness", "contrast"] if channels == 3 else []
    chosen += ["saturation"] if channels == 3 and not small else []
    size = " x ".join(map(str, sizes))
    how = "moved, turned and zoomed a little" if small else "a window of them"
    mirrored = f"no mirror: {why_not}" if why_not else "mirrored, which none of the class names speaks against"
    lit = ", in other light" if channels == 3 else ""
    return Choice(chosen, f"X are {'small ' * small}pictures of {size}: {how}{lit}; {mirrored}")


def against_mirrors(names: Sequence[str] | None) -> str:
    """Say what speaks against mirroring, as far as class names tell; nothing where nothing does.

    >>> against_mirrors(["turn left", "turn right"])
    "the classes are told apart by 'left'"
    """
    if names is None:
        return "the classes have no names, so they may be digits or letters"
    words = [_WORD.findall(_HUMP.sub(" ", name).lower()) for name in names]
    side = next((word for found in words for word in found if word in _SIDES), None)
    if side is not None:
        return f"the classes are told apart by {side!r}"
    signs = [name for name, found in zip(names, words, strict=True) if _is_sign(name, found)]
    if signs and len(signs) * 2 >= len(names):
        return f"classes such as {signs[0]!r} are digits, letters or signs"
    return ""


def _is_sign(name: str, words: Sequence[str]) -> bool:
    """Tell whether a class is a digit, a letter or a number, by its name, or only has a number for a name."""
    numbered = any(word.isdecimal() for word in words) and all(w.isdecimal() or w in _NUMBERED for w in words)
    return len(name.strip()) == 1 or numbered or bool(_SIGNS.intersection(words))
