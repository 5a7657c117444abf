"""A fitted network's predictions held against the truth."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from foveal.calibration.honesty import Calibrated, probabilities
from foveal.core.shelter import sheltered
from foveal.fitted.calibrating import can_calibrate
from foveal.fitted.model import Fitted
from foveal.fitted.predict import collect, predict, rows_of
from foveal.fitted.translating import texts_for
from foveal.tasks.imbalance import rarest, shown_values, truth_numbers
from foveal.tasks.kind import Measures, Problem
from foveal.tasks.scoring import read_truth


def measure(fitted: Fitted, X: Any, y: Any, names: Sequence[str] | None = None, *, tta: Any = None) -> Measures:
    """Predict X once and compare with y; `names` are those of the classes 0, 1, 2 ..., else the model's own.

    Where a class of y is rare it is measured by what accuracy hides, too. Raises `DataError` where y cannot be compared
    with what the model predicts.
    """
    return compared(fitted, X, y, names, tta=tta)[0]


def compared(
    fitted: Fitted, X: Any, y: Any, names: Sequence[str] | None = None, *, tta: Any = None
) -> tuple[Measures, np.ndarray, np.ndarray]:
    """Give what `measure` does, the predictions, and y as they are compared: in the user's labels or values."""
    rows = rows_of(fitted, X)
    y = read_truth(fitted.problem, y, len(rows), one_hot=fitted.settings["one_hot"])
    problem, kind, names = fitted.problem, fitted.kind, names or fitted.class_names
    numbers = truth_numbers(problem, y) if fitted.task.measures else None
    if not has_honest(problem) and (numbers is None or rarest(numbers) is None):
        predicted = texts_for(fitted, X) if kind.gives_texts else predict(fitted, rows, tta=tta)
        return kind.measure(problem, predicted, y, names), predicted, y
    with sheltered():
        outputs = torch.from_numpy(collect(fitted, rows, Tensor.numpy, tta))
    predicted = kind.decode(problem, fitted.task.decode(outputs))
    measured = kind.measure(problem, predicted, y, names)
    if numbers is not None and rarest(numbers) is not None:
        measured = replace(measured, values=measured.values | shown_values(fitted.task, outputs, numbers))
    if has_honest(problem):
        measured = replace(measured, probabilities=honest(fitted, outputs, y).as_dict())
    return measured, predicted, y


def has_honest(problem: Problem) -> bool:
    """Tell whether a problem has probabilities that can be held against the truth: of classes, or of labels."""
    calibrator = problem.kind.calibrator
    return calibrator is not None and calibrator.sure is not None and can_calibrate(problem)


def honest(fitted: Fitted, outputs: Tensor, y: np.ndarray) -> Calibrated:
    """Measure the probabilities of outputs, (N, K), on the rows whose label the model knows."""
    numbers = truth_numbers(fitted.problem, y)
    truth = np.asarray(y == 1, np.int64) if numbers is None else numbers
    if numbers is not None and (known := numbers < outputs.shape[1]).any():
        outputs, truth = outputs[torch.from_numpy(known)], numbers[known]
    calibration = fitted.calibration
    now = probabilities(_chances(fitted, outputs), truth)
    if calibration is None:
        return Calibrated(now, None)
    return Calibrated(now, probabilities(_chances(replace(fitted, calibration=None), outputs), truth), str(calibration))


def _chances(fitted: Fitted, outputs: Tensor) -> np.ndarray:
    assert fitted.task.probabilities is not None  # noqa: S101  (`has_honest` has seen to it)
    return fitted.task.probabilities(outputs.double())
