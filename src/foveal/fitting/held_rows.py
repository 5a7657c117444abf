"""Rows held out that calibrate a model at the end of its fit."""

from typing import Any

import numpy as np

from foveal.data.source import Source
from foveal.fitted.calibrating import FEWEST, calibrator_of, can_calibrate, check_enough
from foveal.fitting.examples import Examples, as_answered
from foveal.tasks.kind import Problem
from foveal.train import Task


def rows_to_calibrate(
    p: dict[str, Any], problem: Problem, held: Examples, rows: np.ndarray, task: Task
) -> tuple[Source, np.ndarray] | None:
    """Give the rows that calibrate, and their y as the problem's kind reads it; None where none are to.

    With `calibration="auto"` that is where there are at least 10 rows and the problem has a calibration; with True
    anything else is an error.
    """
    if p["calibration"] is False:
        return None
    if p["calibration"] is True:
        calibrator_of(problem)
        check_enough(len(rows))
    elif len(rows) < FEWEST or not can_calibrate(problem):
        return None
    source = held.source.chosen(rows)
    return source, as_answered(held.y[rows], held.source, source, task)
