"""How often something is done: every so many steps, or every so much time. Torch-free."""

import re
from typing import Any, NamedTuple

from foveal.core.rules import Rule, is_integer

_UNITS = {"s": 1.0, "min": 60.0, "h": 3600.0}
_TIME = re.compile(r"\s*(\d{1,9}(?:\.\d{1,9})?)\s*(s|min|h)\s*")


class Period(NamedTuple):
    """A number of steps, or of seconds; the other is None."""

    steps: int | None
    seconds: float | None


def parse_period(value: Any) -> Period | None:
    """Read a number of steps, or a time with its unit; None for anything else.

    >>> parse_period(100), parse_period("5min"), parse_period("soon")
    (Period(steps=100, seconds=None), Period(steps=None, seconds=300.0), None)
    """
    if is_integer(value):
        return Period(int(value), None) if value >= 1 else None
    found = _TIME.fullmatch(value) if isinstance(value, str) else None
    return None if found is None else Period(None, float(found[1]) * _UNITS[found[2]])


def period() -> Rule:
    """Make the rule of such a value."""
    return Rule(
        "an integer of at least 1, steps, or a time such as '30s', '5min' or '2h'",
        lambda v: parse_period(v) is not None,
        ("5min",),
    )
