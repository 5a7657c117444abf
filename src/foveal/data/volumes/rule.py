"""The input rule of volumes: what makes rows of numbers of files, step by step. It lies in the model file.

Its steps are JSON, always in this order:

    {"step": "orient", "to": "RAS" | another code | "as_stored"}     axes turned; nothing is interpolated
    {"step": "spacing", "mm": [a, b, c] | None}                      distances of voxels; None: as they are
    {"step": "window", "centre": c, "width": w}                      to 0 ... 1, cut off on both sides
    {"step": "intensity", "how": "as_is"}                            in the place of a window: the numbers as they are
    {"step": "intensity", "how": "percentiles", "low": p, "high": q} or from a volume's own percentiles to 0 ... 1
    {"step": "size", "to": [D, H, W] | None, "channels": C, "fill": v}   cut or filled evenly; None: sizes vary

A single slice has two axes, and two numbers in their places. All results are float32. What each step computes stands
in `apply.py`.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from foveal.core.errors import ModelFileError, ParameterError
from foveal.core.rules import Rule, check, choice, is_integer, is_number, optional, shown
from foveal.data.volumes.geometry import is_code
from foveal.data.volumes.stored import MOST_CHANNELS

VolumeRule = tuple[Mapping[str, Any], ...]

INTENSITIES = ("as_is", "percentiles")
#: The longest side that a rule may ask for.
LONGEST = 4096
_LOW, _HIGH = 0.5, 99.5


def _listed(value: Any, holds: Callable[[Any], bool], counts: tuple[int, ...] = (2, 3)) -> bool:
    return isinstance(value, list | tuple) and len(value) in counts and all(map(holds, value))


def _is_distance(value: Any) -> bool:
    return is_number(value) and 1e-6 <= value <= 1e6


ORIENT = Rule(
    "'as_stored' or three letters, one of each pair R L, A P, S I, such as 'RAS'",
    lambda v: v == "as_stored" or is_code(v),
)
SPACING = optional(Rule("three distances in mm (two for slices)", lambda v: _listed(v, _is_distance)))
SIZE = optional(
    Rule(
        f"three sides of 1 to {LONGEST} voxels (two for slices)",
        lambda v: _listed(v, lambda n: is_integer(n) and 1 <= n <= LONGEST),
    )
)
WINDOW = optional(
    Rule(
        "(centre, width), a width of at least 1",
        lambda v: _listed(v, is_number, (2,)) and v[1] >= 1 and max(map(abs, v)) <= 1e9,
    )
)


def make_volume_rule(
    *,
    channels: int,
    size: Sequence[int] | None = None,
    orient: str = "RAS",
    spacing: Sequence[float] | None = None,
    window: Sequence[float] | None = None,
    intensity: str = "as_is",
) -> VolumeRule:
    """Compose a rule. `window` and another `intensity` than "as_is" exclude each other. Raises `ParameterError`.

    What is added around a volume that is smaller than `size` is 0.

    >>> for step in make_volume_rule(size=(32, 64, 64), channels=1, spacing=(2, 1, 1), window=(40, 400)):
    ...     print(step)
    {'step': 'orient', 'to': 'RAS'}
    {'step': 'spacing', 'mm': [2.0, 1.0, 1.0]}
    {'step': 'window', 'centre': 40.0, 'width': 400.0}
    {'step': 'size', 'to': [32, 64, 64], 'channels': 1, 'fill': 0.0}
    """
    check("orient", orient, ORIENT)
    check("spacing", spacing, SPACING)
    check("window", window, WINDOW)
    check("intensity", intensity, choice(*INTENSITIES))
    check("size", size, SIZE)
    if window is not None and intensity != "as_is":
        raise ParameterError(f"window={shown(window)} and intensity={intensity!r} exclude each other; leave one out")
    if size is not None and spacing is not None and len(size) != len(spacing):
        raise ParameterError(f"size={shown(size)} and spacing={shown(spacing)} must have as many axes as each other")
    values: dict[str, Any] = {"step": "intensity", "how": intensity}
    if window is not None:
        values = {"step": "window", "centre": float(window[0]), "width": float(window[1])}
    elif intensity == "percentiles":
        values |= {"low": _LOW, "high": _HIGH}
    return (
        {"step": "orient", "to": orient},
        {"step": "spacing", "mm": None if spacing is None else [float(mm) for mm in spacing]},
        values,
        {"step": "size", "to": None if size is None else [int(n) for n in size], "channels": channels, "fill": 0.0},
    )


def is_volume_rule(rule: Any) -> bool:
    """Tell whether an input rule is one of volumes: its first step turns axes to a code.

    >>> is_volume_rule(make_volume_rule(channels=1)), is_volume_rule(({"step": "orient"},))
    (True, False)
    """
    first = rule[0] if isinstance(rule, list | tuple) and rule else None
    return isinstance(first, Mapping) and first.get("step") == "orient" and "to" in first


def volume_shape(rule: VolumeRule) -> tuple[int, ...] | None:
    r"""Give (\*S, C) of the rows that a rule makes; None where sizes vary.

    >>> volume_shape(make_volume_rule(channels=2, size=(8, 9)))
    (8, 9, 2)
    """
    last = rule[3]
    return None if last["to"] is None else (*last["to"], last["channels"])


#: What the values of a step must be, by its form.
_FORMS: tuple[tuple[int, dict[str, Callable[[Any], bool]]], ...] = (
    (0, {"step": lambda v: v == "orient", "to": ORIENT.holds}),
    (1, {"step": lambda v: v == "spacing", "mm": SPACING.holds}),
    (
        2,
        {
            "step": lambda v: v == "window",
            "centre": lambda v: is_number(v) and abs(v) <= 1e9,
            "width": lambda v: is_number(v) and 1 <= v <= 1e9,
        },
    ),
    (2, {"step": lambda v: v == "intensity", "how": lambda v: v == "as_is"}),
    (
        2,
        {
            "step": lambda v: v == "intensity",
            "how": lambda v: v == "percentiles",
            "low": lambda v: is_number(v) and 0 <= v < 50,
            "high": lambda v: is_number(v) and 50 < v <= 100,
        },
    ),
    (
        3,
        {
            "step": lambda v: v == "size",
            "to": SIZE.holds,
            "channels": lambda v: is_integer(v) and 1 <= v <= MOST_CHANNELS,
            "fill": lambda v: is_number(v) and abs(v) <= 1e9,
        },
    ),
)
_WAY_OUT = "the file is damaged, or a newer foveal wrote it: pip install -U foveal"


def check_volume_rule(rule: Any) -> VolumeRule:
    """Give back a rule that keeps its form, as out of a model file; raise `ModelFileError` for any other.

    >>> check_volume_rule(({"step": "orient", "to": "RAX"},))
    Traceback (most recent call last):
    foveal.core.errors.ModelFileError: the input rule of volumes must have 4 steps, got 1; the file is damaged, or a \
newer foveal wrote it: pip install -U foveal
    """
    if not isinstance(rule, list | tuple) or len(rule) != 4:
        count = len(rule) if isinstance(rule, list | tuple) else shown(rule, 40)
        raise ModelFileError(f"the input rule of volumes must have 4 steps, got {count}; {_WAY_OUT}")
    for place, step in enumerate(rule):
        forms = [form for at, form in _FORMS if at == place]
        if not isinstance(step, Mapping) or not any(_keeps(step, form) for form in forms):
            raise ModelFileError(f"the input rule of volumes has an impossible step {shown(step)}; {_WAY_OUT}")
    mm, to = rule[1]["mm"], rule[3]["to"]
    if mm is not None and to is not None and len(mm) != len(to):
        raise ModelFileError(f"the input rule of volumes has {len(mm)} distances and {len(to)} sides; {_WAY_OUT}")
    return tuple(rule)


def _keeps(step: Mapping[str, Any], form: Mapping[str, Callable[[Any], bool]]) -> bool:
    return set(step) == set(form) and all(holds(step[name]) for name, holds in form.items())
