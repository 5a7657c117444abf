"""What sets, intervals and withheld answers keep of their promise on the rows that a network is judged by."""

from typing import Any

import numpy as np

from foveal.calibration.unsure import of_rows
from foveal.compare.intervals import wilson
from foveal.fitted.covering import covering
from foveal.fitted.withholding import Withholding
from foveal.report.judged import Array, Judged
from foveal.tasks.imbalance import truth_numbers

#: The share of rows whose set is to hold the truth, the error that withholding is to keep, and points of its curve.
COVER, ERROR, POINTS = 0.9, 0.05, 40


def of_sureness(judged: Judged) -> dict[str, Any]:
    """Measure sets or intervals of 90 %, and answers withheld for an error of 5 %, of one class or of values a row.

    `covered` is the share of rows whose set or interval holds the truth, `mean_size` its classes or width; `curve`
    says which error is left where so large a share of the rows is answered, the surest ones first.
    """
    problem, calibration = judged.fitted.problem, judged.fitted.calibration
    if calibration is None or problem.kind.each_place or problem.kind.gives_texts:
        return {}
    sets = covering(judged.fitted, COVER).of_outputs(judged.outputs) if calibration.risks else None
    if problem.classes is None:
        return {} if sets is None else {"sureness": _of_intervals(judged, sets)}
    if not problem.one_class or judged.chances is None:
        return {}
    numbers = truth_numbers(problem, np.asarray(judged.truth)[judged.looked_at])
    if numbers is None:
        return {}
    found = {} if sets is None else _of_sets(sets, numbers)
    return {"sureness": found | _withheld(judged, numbers)}


def _covered(holds: Array) -> dict[str, Any]:
    interval = wilson(int(holds.sum()), len(holds))
    return {"asked": COVER, "covered": float(holds.mean()), "covered_interval": list(interval)}


def _of_sets(sets: Array, numbers: Array) -> dict[str, Any]:
    known = numbers < sets.shape[1]
    holds = known & sets[np.arange(len(numbers)), np.where(known, numbers, 0)]
    return {**_covered(holds), "mean_size": float(sets.sum(1).mean())}


def _of_intervals(judged: Judged, found: Array) -> dict[str, Any]:
    """Measure the intervals of all values of all rows together."""
    ends = found.reshape(-1, 2)
    truth = np.asarray(judged.truth, float)[judged.looked_at].reshape(-1)
    holds = (ends[:, 0] <= truth) & (truth <= ends[:, 1])
    widths = ends[:, 1] - ends[:, 0]
    return {**_covered(holds), "mean_width": float(widths.mean())}


def _withheld(judged: Judged, numbers: Array) -> dict[str, Any]:
    chances = judged.chances
    assert chances is not None  # noqa: S101  (its caller has seen to it)
    right = chances.argmax(1) == numbers
    cost = of_rows(chances.max(1), right).curve()
    points = np.unique(np.linspace(0, len(cost) - 1, POINTS).round().astype(int))
    told: dict[str, Any] = {"curve": [list(cost[point]) for point in points.tolist()]}
    if judged.fitted.calibration is None or judged.fitted.calibration.cost is None:
        return told
    answered = ~Withholding(judged.fitted, ERROR).of_outputs(judged.outputs)
    wrong, rows = int((answered & ~right).sum()), int(answered.sum())
    told["unsure"] = {
        "asked": ERROR, "answered": rows / len(right), "error": wrong / rows if rows else None,
        "error_interval": list(wilson(wrong, rows)) if rows else None,
    }  # fmt: skip
    return told
