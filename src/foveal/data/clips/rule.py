"""The input rule of clips: what makes rows of videos, step by step. It lies in the model file. Torch-free.

Its steps are JSON, always in this order:

    {"step": "frames", "count": T, "every": E, "stride": S, "rate": null | R}
    the steps of a picture, `foveal.data.images.reading.rule`, which each frame goes through; its depth is uint8
    {"step": "difference"}        may be there

A row is a window of T frames. Without a rate frames go by their number: row i of a video has the frames i S + j E for
j = 0 ... T - 1. With a rate of R a second they go by time: the frame that is shown at (i S + j E) / R seconds.

"difference" makes T - 1 frames of T, the change of each pixel in whole numbers of 8 bits:

    d(t) = floor((x(t + 1) - x(t) + 255) / 2)

0 is the largest fall, 127 no change (or a rise of less than two levels is 128), 255 the largest rise.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from foveal.core.errors import ModelFileError, ParameterError
from foveal.core.rules import Rule, check, flag, is_integer, is_number, optional, shown
from foveal.data.images.reading.rule import InputRule, check_rule, dtype_of, shape_of

#: The most frames of a row, and the most frames between two of them or between two rows.
MOST_FRAMES, LONGEST = 1024, 1_000_000
_WAY_OUT = "the file is damaged, or a newer foveal wrote it: pip install -U foveal"


def _counts(most: int) -> Rule:
    return Rule(f"an integer from 1 to {most:,}", lambda v: is_integer(v) and 1 <= v <= most)


COUNT, EVERY = _counts(MOST_FRAMES), _counts(LONGEST)
RATE = Rule("a number above 0, at most 1000, of frames a second", lambda v: is_number(v) and 0 < v <= 1000)


class Windows(NamedTuple):
    """Which frames make a row: how many, how far apart, how far the next row is, by number or at a rate."""

    frames: int
    every: int
    stride: int
    rate: float | None = None

    @property
    def span(self) -> int:
        """Frames from the first of a row to its last, both counted.

        >>> Windows(16, 2, 8).span
        31
        """
        return (self.frames - 1) * self.every + 1


def make_clip_rule(
    frames: InputRule,
    clip_frames: int = 16,
    every: int = 2,
    stride: int | None = None,
    rate: float | None = None,
    *,
    difference: bool = False,
) -> InputRule:
    """Put the rule of a frame into that of a clip; without a stride rows follow each other and share no frame.

    Raises `ParameterError`.

    >>> from foveal.data.images.reading.rule import make_rule
    >>> rule = make_clip_rule(make_rule(32), 8, every=1, difference=True)
    >>> rule[0], rule[-1], clip_shape(rule)
    ({'step': 'frames', 'count': 8, 'every': 1, 'stride': 8, 'rate': None}, {'step': 'difference'}, (7, 32, 32, 3))
    """
    check("clip_frames", clip_frames, COUNT)
    check("every", every, EVERY)
    check("stride", stride, optional(EVERY))
    check("rate", rate, optional(RATE))
    check("difference", difference, flag())
    if difference and clip_frames < 2:
        raise ParameterError("difference=True takes each frame from the next, so clip_frames must be at least 2, got 1")
    if dtype_of(frames) != np.uint8:
        raise ParameterError(f"frames of videos have 8 bits, depth='uint8', got {dtype_of(frames)}")
    step = {"step": "frames", "count": int(clip_frames), "every": int(every),
            "stride": int(clip_frames * every if stride is None else stride),
            "rate": None if rate is None else float(rate)}  # fmt: skip
    return (step, *frames, *([{"step": "difference"}] if difference else []))


def is_of_clips(rule: Any) -> bool:
    """Tell whether a rule makes rows of videos.

    >>> is_of_clips(({"step": "orient"},))
    False
    """
    return bool(rule) and isinstance(rule[0], Mapping) and rule[0].get("step") == "frames"


def windows_of(rule: InputRule) -> Windows:
    """Give the first step of a rule."""
    step = rule[0]
    return Windows(step["count"], step["every"], step["stride"], step["rate"])


def differs(rule: InputRule) -> bool:
    """Tell whether rows are the changes from frame to frame."""
    return bool(rule[-1]["step"] == "difference")


def frame_rule(rule: InputRule) -> InputRule:
    """Give the rule of a single frame, that of a picture."""
    return tuple(rule[1:-1] if differs(rule) else rule[1:])


def clip_shape(rule: InputRule) -> tuple[int, int, int, int]:
    """Give (T, H, W, C) of the rows that a rule makes."""
    return (windows_of(rule).frames - differs(rule), *shape_of(frame_rule(rule)))


def check_clip_rule(rule: Any) -> InputRule:
    """Give back a rule that keeps its form, as out of a model file; raise `ModelFileError` for any other.

    >>> check_clip_rule([{"step": "frames", "count": 0}])
    Traceback (most recent call last):
    foveal.core.errors.ModelFileError: the input rule's step must be {'step': 'frames', 'count', 'every', 'stride', \
'rate'} with numbers in their bounds, got {'step': 'frames', 'count': 0}; the file is damaged, or a newer foveal wrote \
it: pip install -U foveal
    """
    rule = tuple(rule)
    first = rule[0]
    rules = {"count": COUNT, "every": EVERY, "stride": EVERY, "rate": optional(RATE)}
    sound = isinstance(first, Mapping) and set(first) == {"step", *rules}
    if not sound or not all(of.holds(first[name]) for name, of in rules.items()):
        raise ModelFileError(
            "the input rule's step must be {'step': 'frames', 'count', 'every', 'stride', 'rate'} with numbers in "
            f"their bounds, got {shown(first)}; {_WAY_OUT}"
        )
    last = rule[-1]
    if isinstance(last, Mapping) and last.get("step") == "difference" and (set(last) != {"step"} or first["count"] < 2):
        raise ModelFileError(f"the input rule cannot take differences, {shown(last)} of {shown(first)}; {_WAY_OUT}")
    frames = check_rule(rule[1:-1] if len(rule) > 1 and last == {"step": "difference"} else rule[1:])
    if dtype_of(frames) != np.uint8:
        raise ModelFileError(f"the input rule's frames must be uint8, got {dtype_of(frames)}; {_WAY_OUT}")
    return (first, *rule[1:])


def differences(clips: NDArray[np.uint8], axis: int = 1) -> NDArray[np.uint8]:
    r"""Give the changes from frame to frame, (B, T, H, W, C) -> (B, T - 1, H, W, C).

    d(t) = floor((x(t + 1) - x(t) + 255) / 2)

    >>> differences(np.array([[0, 0, 255, 0]], np.uint8)).tolist()
    [[127, 255, 0]]
    """
    frames = np.moveaxis(clips, axis, 0)
    # x' - x + 255 = x' + (255 - x), whose half is at most 255: nine bits are needed on the way.
    later, before = frames[1:].astype(np.uint16), np.uint16(255) - frames[:-1]
    found: NDArray[np.uint8] = ((later + before) >> 1).astype(np.uint8)
    return np.moveaxis(found, 0, axis)
