"""Rules that a parameter's value must keep, each with the words that say so. Torch-free."""

import difflib
import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from numbers import Integral, Real
from typing import Any

from foveal.core.errors import ParameterError, ParameterTypeError


@dataclass(frozen=True)
class Rule:
    """What a value must be: `words` for people, `holds` for the machine, `choices` where names are meant.

    `missing` says why a name that people may expect is not a choice, and what to use. `made` says
    that an object is wanted where people pass its class.
    """

    words: str
    holds: Callable[[Any], bool]
    choices: tuple[str, ...] = ()
    missing: tuple[tuple[str, str], ...] = ()
    made: bool = False


def check(name: str, value: object, rule: Rule) -> None:
    """Raise a `ParameterError` that names the parameter, the rule, the value and the nearest choice.

    >>> check("batch_size", 32, count(1))
    >>> check("pool_mode", "mx", choice("max", "avg"))
    Traceback (most recent call last):
    foveal.core.errors.ParameterError: pool_mode must be one of 'max', 'avg', got 'mx'; did you mean 'max'?
    """
    if rule.holds(value):
        return
    hint = did_you_mean(value, rule.choices) if isinstance(value, str) else ""
    hint = "".join(f": {why}" for name, why in rule.missing if name == value) + hint
    if rule.made and isinstance(value, type) and not issubclass(value, str | int | float):
        hint = f"; pass an object of it: {name}={value.__name__}()"
    message = f"{name} must be {rule.words}, got {shown(value)}{hint}"
    # Two ranges and two names are matters of value; a string where a number belongs is one of type.
    wrong_type = not rule.choices and isinstance(value, str | bytes | dict)
    raise (ParameterTypeError if wrong_type else ParameterError)(message)


def shown(value: object, most: int = 160) -> str:
    """Write a value on one line of bounded length, for messages.

    >>> shown("a"), shown([0] * 1000, most=12)
    ("'a'", '[0, 0, 0 ...')
    """
    text = " ".join(repr(value).split())
    return text if len(text) <= most else text[: most - 4] + " ..."


#: What other libraries call it, where the spelling tells nothing or would mislead ("gpu" is nearest to "cpu").
ELSEWHERE = {
    "gpu": "cuda", "lr": "learning_rate", "eta": "learning_rate", "max_iter": "n_epochs", "kernel_size": "filter_size",
    "weight_decay": "lambda_", "alpha": "lambda_", "l2": "lambda_", "criterion": "loss", "seed": "random_state",
    "validation_split": "valid_size", "validation_fraction": "valid_size", "test_size": "valid_size",
    "n_iter_no_change": "patience", "solver": "optimizer", "scheduler": "schedule", "num_workers": "workers",
    "transform": "augment", "transforms": "augment", "l1": "mae", "dropout": "dropout_rate",
}  # fmt: skip


def did_you_mean(word: str, choices: Iterable[str]) -> str:
    """Return "; did you mean 'x'?" for the nearest choice, or an empty string.

    >>> did_you_mean("fasion-mnist", ["digits", "fashion-mnist"]), did_you_mean("GPU", ["cpu", "cuda"])
    ("; did you mean 'fashion-mnist'?", "; did you mean 'cuda'?")
    """
    by_lower = {choice.lower(): choice for choice in choices}
    same = ELSEWHERE.get(word.lower())
    near = [same] if same in by_lower else difflib.get_close_matches(word.lower(), by_lower, n=1, cutoff=0.6)
    return f"; did you mean {by_lower[near[0]]!r}?" if near else ""


def is_integer(value: object) -> bool:
    """Tell whether `value` is a whole number; True and False are not."""
    return isinstance(value, Integral) and not is_flag(value)


def is_number(value: object) -> bool:
    """Tell whether `value` is a finite real number; True and False are not, nor are integers beyond the floats."""
    if not isinstance(value, Real) or is_flag(value):
        return False
    try:
        return math.isfinite(value)
    except OverflowError:
        return False


def is_flag(value: object) -> bool:
    """Tell whether `value` is True or False, Python's or NumPy's."""
    return isinstance(value, bool) or type(value).__name__ in ("bool", "bool_")


def as_list(value: Any) -> list[Any]:
    """Give what a list or tuple holds, or a single value as a list of one.

    >>> as_list(("a", "b")), as_list("a")
    (['a', 'b'], ['a'])
    """
    return list(value) if isinstance(value, list | tuple) else [value]


def plain(value: Any) -> Any:
    """Give numbers and flags, alone, listed or in a dict, as Python's own; everything else as it is.

    NumPy's small integers overflow where they are multiplied, and torch does not know fractions.

    >>> from fractions import Fraction
    >>> plain((None, Fraction(1, 2), True))
    (None, 0.5, True)
    """
    if type(value) in (list, tuple):
        return type(value)(map(plain, value))
    if type(value) is dict:
        return {plain(key): plain(entry) for key, entry in value.items()}
    if is_flag(value):
        return bool(value)
    if is_integer(value):
        return int(value)
    return float(value) if is_number(value) else value


def count(minimum: int) -> Rule:
    """Make the rule of an integer with a smallest value."""
    return Rule(f"an integer of at least {minimum}", lambda v: is_integer(v) and v >= minimum)


def number(low: float, high: float = math.inf, *, low_open: bool = False, high_open: bool = False) -> Rule:
    """Make the rule of a finite number between two bounds, each of them included unless open."""
    above = "more than" if low_open else "at least"
    words = f"a number of {above} {low:g}"
    if high < math.inf:
        words += f" and {'less than' if high_open else 'at most'} {high:g}"

    def holds(value: Any) -> bool:
        if not is_number(value):
            return False
        value = float(value)
        above = value > low if low_open else value >= low
        return bool(above and (value < high if high_open else value <= high))

    return Rule(words, holds)


def choice(*names: str, also: str = "", test: Callable[[Any], bool] = lambda v: False) -> Rule:
    """Make the rule of one of some names, or of `also`, which `test` recognises."""
    words = "one of " + ", ".join(repr(n) for n in names) + (f", or {also}" if also else "")
    return Rule(words, lambda v: (isinstance(v, str) and v in names) or (not isinstance(v, str) and test(v)), names)


def flag() -> Rule:
    """Make the rule of True or False."""
    return Rule("True or False", is_flag)


def optional(rule: Rule) -> Rule:
    """Allow None beside what `rule` allows."""
    return Rule(f"None or {rule.words}", lambda v: v is None or rule.holds(v), rule.choices)


def or_auto(rule: Rule) -> Rule:
    """Allow "auto" beside what `rule` allows."""
    return Rule(f"'auto' or {rule.words}", lambda v: (isinstance(v, str) and v == "auto") or rule.holds(v), ("auto",))


def counts(what: str, *, first_none: bool = False) -> Rule:
    """Make the rule of a positive integer or a non-empty list of them; the first may be None where inferred."""

    def fits(value: Any) -> bool:
        return is_integer(value) and value >= 1

    def holds(value: Any) -> bool:
        if not isinstance(value, list | tuple):
            return fits(value)
        first = bool(value) and first_none and value[0] is None
        return len(value) > 0 and all(map(fits, value[1:] if first else value))

    none = " (the first may be None: it is inferred)" if first_none else ""
    return Rule(f"an integer of at least 1, or a list of such integers{what}{none}", holds)
