"""What held-out rows have told of a fitted network's answers, as one value, and as JSON that a file may hold."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from foveal.calibration.outliers import MOST_VALUES, Outliers, from_text, to_text
from foveal.calibration.risk import MOST, Risk
from foveal.calibration.temperature import HIGHEST, LOWEST
from foveal.calibration.unsure import Cost
from foveal.core.rules import Rule, flag, is_number
from foveal.core.schema import FINITE, TABLE, TEXT, Schema, match, within


@dataclass(frozen=True)
class Calibration:
    """What held-out rows have told of a network's answers.

    rows : how many rows it was learnt from.
    chose : whether these rows also chose the weights, by early stopping or `monitor`: it is then a little too sure.
    temperature : what outputs are divided by before they become probabilities: one number, one for each label, or none.
    risks : by which threshold sets or intervals cover what share: one, or one for each target.
    cost : what answers cost, by how sure they are; None where none are withheld.
    outliers : how far rows lie from what is known; None where that is not told.
    """

    rows: int
    chose: bool = False
    temperature: tuple[float, ...] = ()
    risks: tuple[Risk, ...] = ()
    cost: Cost | None = None
    outliers: Outliers | None = None

    def __str__(self) -> str:
        """Say what it is in a line.

        >>> print(Calibration(500, temperature=(1.5,)))
        calibrated on 500 rows, temperature 1.5
        """
        also = ", which also chose the weights" if self.chose else ""
        few = ", ".join(f"{t:.3g}" for t in self.temperature[:5]) + (" ..." if len(self.temperature) > 5 else "")
        return f"calibrated on {self.rows:,} rows{also}" + (f", temperature {few}" if few else "")


_SHARE = Rule("a number of 0 to 1", lambda v: type(v) in (int, float) and is_number(v) and 0 <= v <= 1)
_COUNT = within(0, 2**53)
_ROWS = within(1, 2**53)
_RISK: Schema = {"rows": _ROWS, "thresholds": [FINITE], "risks": [_SHARE]}
_COST: Schema = {"rows": _ROWS, "thresholds": [_SHARE], "answered": [_ROWS], "wrong": [_COUNT]}
_OUTLIERS: Schema = {"known": TEXT, "size": within(1, MOST_VALUES), "risk": _RISK}
_MAYBE = Rule("null or a table", lambda v: v is None or TABLE.holds(v))
SCHEMA: Schema = {
    "rows": _ROWS,
    "chose": flag(),
    "temperature": [
        Rule(f"a number of {LOWEST} to {HIGHEST:.0f}", lambda v: type(v) is float and LOWEST <= v <= HIGHEST)
    ],
    "risks": [_RISK],
    "cost": _MAYBE,
    "outliers": _MAYBE,
}


def described(calibration: Calibration) -> dict[str, Any]:
    """Make JSON of a calibration.

    >>> described(Calibration(50, temperature=(2.0,)))["temperature"]
    [2.0]
    """
    return {
        "rows": calibration.rows,
        "chose": calibration.chose,
        "temperature": list(calibration.temperature),
        "risks": [_listed(risk) for risk in calibration.risks],
        "cost": None if calibration.cost is None else _listed(calibration.cost),
        "outliers": None if calibration.outliers is None else _outliers_told(calibration.outliers),
    }


def _outliers_told(outliers: Outliers) -> dict[str, Any]:
    return {"known": to_text(outliers.known), "size": outliers.size, "risk": _listed(outliers.risk)}


def _listed(value: Risk | Cost) -> dict[str, Any]:
    return {name: list(each) if isinstance(each, tuple) else each for name, each in vars(value).items()}


def calibration_from(stored: Any) -> Calibration:
    """Make a calibration of JSON; every value is checked, and whether they fit each other.

    Raises `ValueError` for what none of ours can be. Whether it fits a model is the model's to say.
    """
    match(stored, SCHEMA, "calibration")
    for name, schema in (("cost", _COST), ("outliers", _OUTLIERS)):
        if stored[name] is not None:
            match(stored[name], schema, f"calibration.{name}")
    return Calibration(
        rows=stored["rows"],
        chose=stored["chose"],
        temperature=tuple(stored["temperature"]),
        risks=tuple(_risk(one) for one in stored["risks"]),
        cost=None if stored["cost"] is None else _cost(stored["cost"]),
        outliers=None if stored["outliers"] is None else _outliers(stored["outliers"]),
    )


def _outliers(stored: Mapping[str, Any]) -> Outliers:
    return Outliers(from_text(stored["known"], stored["size"]), stored["size"], _risk(stored["risk"]))


def _risk(stored: Mapping[str, Any]) -> Risk:
    thresholds, risks = (tuple(map(float, stored[name])) for name in ("thresholds", "risks"))
    _check_alike(thresholds, risks)
    if not _rises(thresholds) or not _rises([-risk for risk in risks]):
        raise ValueError("calibration.risks: thresholds must rise and risks fall")
    return Risk(stored["rows"], thresholds, risks)


def _cost(stored: Mapping[str, Any]) -> Cost:
    thresholds = tuple(map(float, stored["thresholds"]))
    answered, wrong = tuple(stored["answered"]), tuple(stored["wrong"])
    _check_alike(thresholds, answered, wrong)
    within_rows = all(k <= n <= stored["rows"] for n, k in zip(answered, wrong, strict=True))
    if not (within_rows and _rises([-t for t in thresholds]) and _rises(answered) and _rises(wrong)):
        raise ValueError("calibration.cost: thresholds must fall, and rows answered and wrong rise")
    return Cost(stored["rows"], thresholds, answered, wrong)


def _check_alike(*lists: Sequence[Any]) -> None:
    if len({len(each) for each in lists}) != 1 or not 1 <= len(lists[0]) <= MOST:
        raise ValueError(f"calibration: its lists must be of one length, 1 to {MOST:,}")


def _rises(values: Sequence[float]) -> bool:
    return all(one <= next_ for one, next_ in pairwise(values))
