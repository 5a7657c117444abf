"""A fitted network calibrated on held-out rows, and what it then answers: sets, intervals, or nothing."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
from torch import Tensor, nn

from foveal.calibration.calibration import Calibration
from foveal.calibration.kinds import Calibrator
from foveal.calibration.outliers import outliers_of
from foveal.core.errors import DataError, ParameterError
from foveal.core.forms import Form
from foveal.core.rules import number
from foveal.core.shelter import sheltered
from foveal.core.warn import warn_user
from foveal.data.convert import check_length
from foveal.data.source import Source, stored_form
from foveal.fitted.last_features import features_or_outputs, width_of
from foveal.fitted.model import Fitted
from foveal.fitted.predict import answered
from foveal.tasks.kind import Problem

#: Rows that a calibration takes at least: fewer tell next to nothing.
FEWEST = 10
#: What may be asked: a share of rows between none and all.
SHARE = number(0, 1, low_open=True, high_open=True)


def calibrated(fitted: Fitted, rows: Source, y: np.ndarray, *, chose: bool = False) -> Fitted:
    """Give the model with what held-out rows tell of it; y is encoded as the problem's kind reads it.

    `chose` says that these rows have chosen the weights, too. Raises `DataError` for fewer than 10 rows, and
    `ParameterError` for a kind of problem that has no calibration.
    """
    calibrator = calibrator_of(fitted.problem)
    check_enough(len(rows))

    def blocks() -> Iterator[tuple[Tensor, Any]]:
        first = 0
        for outputs in answered(fitted, rows):
            yield outputs.double(), y[first : first + len(outputs)]
            first += len(outputs)

    with sheltered():
        found = calibrator.learn(blocks, fitted.task.decode, len(rows))
        features = list(features_or_outputs(fitted, rows)) if tells_outliers(fitted) else []
    outliers = outliers_of(np.concatenate(features)) if features else None
    return replace(fitted, calibration=replace(found, chose=chose, outliers=outliers))


def tells_outliers(fitted: Fitted) -> bool:
    """Tell whether rows of a model may be of nothing it knows: those that are answered as a whole."""
    return not fitted.kind.each_place and fitted.task.infer is None


def truth_to_calibrate(fitted: Fitted, rows: Source, y: Any) -> np.ndarray:
    """Read y as the problem's kind does, for rows to calibrate on."""
    name = "the calibration's y"
    calibrator_of(fitted.problem)
    check_length(y, len(rows), name)
    encoded = fitted.kind.read(fitted.problem, fitted.settings, y, name)
    fitted.kind.belongs(stored_form(rows), encoded, name)
    return encoded


def check_enough(n_rows: int) -> None:
    """Refuse to calibrate on next to nothing."""
    if n_rows < FEWEST:
        raise DataError(
            f"a calibration needs at least {FEWEST} rows that the model has not learnt from, got {n_rows}; give more "
            "of them (fit: valid_size, or validation)"
        )


def can_calibrate(problem: Problem) -> bool:
    """Tell whether rows can calibrate the answers of a problem."""
    calibrator = problem.kind.calibrator
    return calibrator is not None and (problem.has_probabilities or not calibrator.by_probabilities)


def calibrator_of(problem: Problem) -> Calibrator:
    """Give what calibrates a problem; raises `ParameterError` where nothing does."""
    if problem.kind.calibrator is not None and can_calibrate(problem):
        return problem.kind.calibrator
    why = "its loss gives no probabilities" if problem.kind.calibrator is not None else "that has no calibration"
    raise ParameterError(
        f"this model is for {problem.kind.name}, and {why}; models of classes (but with loss='hinge'), several labels, "
        "values and masks have one"
    )


def calibration_of(fitted: Fitted, asked: str) -> Calibration:
    """Give a model's calibration; raises `ParameterError` that names what was asked where it has none."""
    calibrator_of(fitted.problem)
    if fitted.calibration is None:
        raise ParameterError(
            f"{asked} needs a calibrated model, and this one is not; give it rows that it has not learnt from, "
            "model.calibrate(X, y), or fit it with calibration=True (foveal train does so where rows are held out)"
        )
    return fitted.calibration


def check_sound(problem: Problem, calibration: Calibration) -> None:
    """Refuse a calibration out of a file that is of another problem."""
    places = problem.kind.each_place and calibration.outliers is not None
    if places or not calibrator_of(problem).fits(calibration, problem.n_outputs):
        raise ValueError(f"its calibration is not one of {problem.kind.name} with {problem.n_outputs} outputs")


def check_features(net: nn.Module, form: Form, calibration: Calibration | None) -> None:
    """Refuse known rows out of a file whose features are not as many as the network's."""
    if calibration is None or calibration.outliers is None:
        return
    size = width_of(net, form)
    if calibration.outliers.size != size:
        raise ValueError(f"its calibration has {calibration.outliers.size} features, and its network {size}")


def told_dropped(fitted: Fitted, by: str) -> None:
    """Warn where a calibration is dropped, as it no longer holds."""
    if fitted.calibration is not None:
        warn_user(
            f"{by} gives other probabilities, so the calibration on {fitted.calibration.rows:,} rows is dropped; "
            "calibrate again: model.calibrate(X, y)"
        )
