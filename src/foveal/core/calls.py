"""Names with numbers, as text: "rotate" or "rotate(degrees=15)". Torch-free, and nothing is evaluated."""

import re
from collections.abc import Collection
from typing import Any

_CALL = re.compile(r"(\w+)(?:\(([^()]*)\))?")
_NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
_ARGUMENT = re.compile(rf"(?:([a-z_]\w*)\s*=\s*)?({_NUMBER})")
_WORD = re.compile(r"([a-z_]\w*)\s*=\s*([a-z_]\w*)")


def read_call(text: str, *, words: bool = False) -> tuple[str, list[float], dict[str, Any]] | None:
    """Read a name, numbers and named numbers, with `words` also named words; None where it is something else.

    >>> read_call("rotate(15)"), read_call("rotate(degrees=1.5)"), read_call("rotate(print)")
    (('rotate', [15], {}), ('rotate', [], {'degrees': 1.5}), None)
    >>> read_call("deeplabv3(body=resnet18)", words=True)
    ('deeplabv3', [], {'body': 'resnet18'})
    """
    found = _CALL.fullmatch(text.strip())
    if found is None:
        return None
    values: list[float] = []
    named: dict[str, Any] = {}
    for part in (found[2] or "").split(",") if (found[2] or "").strip() else ():
        argument = _ARGUMENT.fullmatch(part.strip()) or (_WORD.fullmatch(part.strip()) if words else None)
        if argument is None or (argument[1] is None and named) or argument[1] in named:
            return None
        value: Any = _number(argument[2]) if argument.re is _ARGUMENT else argument[2]
        if argument[1] is None:
            values.append(value)
        else:
            named[argument[1]] = value
    return found[1], values, named


def _number(text: str) -> float:
    number = float(text)
    return int(number) if number.is_integer() else number


def calls_one_of(text: str, names: Collection[str]) -> bool:
    """Tell whether a text is one of some names, with or without numbers.

    >>> calls_one_of("rotate(15)", ["rotate"]), calls_one_of("system(1)", ["rotate"])
    (True, False)
    """
    found = read_call(text)
    return found is not None and found[0] in names
