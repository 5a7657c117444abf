"""The space of a search: which parameters are tried, and between which values. Torch-free."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from foveal.core.errors import ParameterError
from foveal.core.parameters import PARAMETERS, check_parameters, names_of
from foveal.core.rules import is_integer, is_number, shown

#: How many times its lower end a range's upper end is at least where values are drawn on a scale of powers of ten.
LOG_FROM = 100.0


@dataclass(frozen=True)
class Range:
    """All numbers from `low` to `high`; `log`: evenly in their logarithms; `whole`: whole numbers alone.

    >>> Range(1e-4, 1e-1, log=True)
    Range(low=0.0001, high=0.1, log=True, whole=False)
    """

    low: float
    high: float
    log: bool = False
    whole: bool = False

    def __post_init__(self) -> None:
        if not (is_number(self.low) and is_number(self.high) and self.low < self.high):
            raise ParameterError(
                f"a range must go from a smaller to a larger number, got {shown(self.low)}..{shown(self.high)}; for "
                "one value write NAME=VALUE"
            )
        if self.log and self.low <= 0:
            raise ParameterError(f"a range on a scale of powers must begin above 0, got {self.low!r}; use log=False")
        if self.whole and not (is_integer(self.low) and is_integer(self.high)):
            raise ParameterError(f"a range of whole numbers must have whole ends, got {self.low!r}..{self.high!r}")

    def __str__(self) -> str:
        return f"{self.low!r}..{self.high!r}{' (log)' if self.log else ''}"


@dataclass(frozen=True)
class Choices:
    """Some values, none nearer to one than to another.

    >>> str(Choices(("adam", "muon")))
    "'adam' | 'muon'"
    """

    values: tuple[Any, ...]

    def __post_init__(self) -> None:
        if len(self.values) < 2 or len(set(map(repr, self.values))) < len(self.values):
            raise ParameterError(f"choices must be two values or more, none of them twice, got {shown(self.values)}")

    def __str__(self) -> str:
        return " | ".join(map(repr, self.values))


Distribution = Range | Choices
Space = Mapping[str, Distribution]

#: What is tried where nothing is said, for all kinds of problem. The rates hold Adam's usual ones and Muon's, which
#: are ten times as large; the strength of L2 reaches down to where it has no effect.
COMMON: dict[str, Distribution] = {
    "learning_rate": Range(1e-4, 1e-1, log=True),
    "optimizer": Choices(("adam", "muon", "nesterov")),
    "batch_size": Choices((32, 64, 128, 256)),
    "lambda_": Range(1e-7, 1e-3, log=True),
}
#: What is tried besides: of the plain stack (another `net` has its own), and by what y is.
PLAIN_STACK: dict[str, Distribution] = {"dropout_rate": Range(0.0, 0.6)}
CLASSIFIER: dict[str, Distribution] = {"label_smoothing": Range(0.0, 0.2)}
REGRESSOR: dict[str, Distribution] = {"loss": Choices(("mse", "huber"))}


def default_space(estimator: str, parameters: Mapping[str, Any]) -> dict[str, Distribution]:
    """Give what is tried for an estimator of a name and its parameters; what its user has set otherwise stays as it is.

    Smoothed labels go with the loss "cross_entropy", other losses of values with "mse", dropout with the plain stack.

    >>> from foveal.core.parameters import DEFAULTS
    >>> list(default_space("CNNClassifier", vars(DEFAULTS)))
    ['learning_rate', 'optimizer', 'batch_size', 'lambda_', 'dropout_rate', 'label_smoothing']
    """
    loss = parameters.get("loss")
    space = dict(COMMON)
    if parameters.get("net") is None:
        space |= PLAIN_STACK
    space |= CLASSIFIER if loss == "cross_entropy" else REGRESSOR if loss == "mse" else {}
    own = names_of(estimator)
    usual = {name: PARAMETERS[name].of.get(estimator, PARAMETERS[name].default) for name in space}
    return {n: d for n, d in space.items() if n in own and parameters.get(n, usual[n]) == usual[n]}


def read_distribution(name: str, text: str, value_of: Callable[[str], Any]) -> Distribution | None:
    """Read what a parameter is to be tried with: "1e-4..1e-1" is a range, "adam|muon" are choices, else None.

    A range is one of whole numbers where the parameter takes no others. It is on a scale of powers of ten where its
    upper end is at least 100 times the lower one; ":log" and ":linear" behind it say otherwise.

    >>> from ast import literal_eval
    >>> read_distribution("learning_rate", "1e-4..1e-1", literal_eval)
    Range(low=0.0001, high=0.1, log=True, whole=False)
    >>> read_distribution("batch_size", "16..64:log", literal_eval)
    Range(low=16, high=64, log=True, whole=True)
    """
    if "|" in text:
        return Choices(tuple(value_of(part) for part in text.split("|")))
    if ".." not in text:
        return None
    bounds, _, scale = text.partition(":")
    low, high = (value_of(part) for part in bounds.split("..", 1))
    if not is_number(low):  # a path may hold two dots
        return None
    if scale not in ("", "log", "linear") or not is_number(high):
        raise ParameterError(
            f"--set {name}={text}: a range must be LOW..HIGH, two numbers, perhaps with :log or :linear behind it; for "
            "example --set learning_rate=1e-4..1e-1"
        )
    whole = is_integer(low) and is_integer(high) and not _takes_fractions(name, low, high)
    log = scale == "log" if scale else low > 0 and high >= LOG_FROM * low
    try:
        return Range(low, high, log, whole)
    except ParameterError as error:
        raise ParameterError(f"--set {name}={text}: {str(error).replace('log=False', ':linear')}") from None


def check_space(space: Space, estimator: str | None = None) -> None:
    """Hold every end and every choice against the parameter's rule; raises `ParameterError`.

    >>> check_space({"batch_size": Range(0, 8, whole=True)})
    Traceback (most recent call last):
    foveal.core.errors.ParameterError: batch_size must be an integer of at least 1, got 0
    """
    if not space:
        raise ParameterError("a search needs parameters to try; for example learning_rate=1e-4..1e-1")
    for name, tried in space.items():
        if not isinstance(tried, Range | Choices):
            raise ParameterError(f"{name}: a space holds Range(low, high) and Choices((a, b)), got {shown(tried)}")
        for value in (tried.low, tried.high) if isinstance(tried, Range) else tried.values:
            check_parameters({name: value})
        if estimator is not None and name not in names_of(estimator):
            raise ParameterError(f"{name} is no parameter of {estimator}; leave it out")
    for name in ("random_state", "checkpoint", "valid_size", "device", "verbose"):
        if name in space:
            raise ParameterError(f"{name} says how a search runs, and cannot be tried; set it to one value")


def _takes_fractions(name: str, low: float, high: float) -> bool:
    return name in PARAMETERS and PARAMETERS[name].rule.holds(low + (high - low) * 0.4142135)
