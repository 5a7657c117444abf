"""Names with numbers, as text: "rotate" or "rotate(degrees=15)". Torch-free, and nothing is evaluated."""

import re
from collections.abc import Collection

_CALL = re.compile(r"(\w+)(?:\(([^()]*)\))?")
_NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
_ARGUMENT = re.compile(rf"(?:([a-z_]\w*)\s*=\s*)?({_NUMBER})")


def read_call(text: str) -> tuple[str, list[float], dict[str, float]] | None:
    """Read a name, numbers and named numbers; None where it is something else.

    >>> read_call("rotate(15)"), read_call("rotate(degrees=1.5)"), read_call("rotate(print)")
    (('rotate', [15], {}), ('rotate', [], {'degrees': 1.5}), None)
    """
    found = _CALL.fullmatch(text.strip())
    if found is None:
        return None
    values: list[float] = []
    named: dict[str, float] = {}
    for part in (found[2] or "").split(",") if (found[2] or "").strip() else ():
        argument = _ARGUMENT.fullmatch(part.strip())
        if argument is None or (argument[1] is None and named) or argument[1] in named:
            return None
        number = float(argument[2])
        number = int(number) if number.is_integer() else number
        if argument[1] is None:
            values.append(number)
        else:
            named[argument[1]] = number
    return found[1], values, named


def calls_one_of(text: str, names: Collection[str]) -> bool:
    """Tell whether a text is one of some names, with or without numbers.

    >>> calls_one_of("rotate(15)", ["rotate"]), calls_one_of("system(1)", ["rotate"])
    (True, False)
    """
    found = read_call(text)
    return found is not None and found[0] in names
