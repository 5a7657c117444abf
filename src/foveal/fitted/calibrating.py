"""A fitted network calibrated on held-out rows, and what it then answers: sets, intervals, or nothing."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from foveal.calibration.calibration import Calibration
from foveal.calibration.kinds import Calibrator
from foveal.core.errors import DataError, ParameterError
from foveal.core.rules import check, number
from foveal.core.shelter import sheltered
from foveal.core.warn import warn_user
from foveal.data.convert import check_length
from foveal.data.source import Source, stored_form
from foveal.fitted.model import Fitted
from foveal.fitted.predict import answered, collect
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
    return replace(fitted, calibration=replace(found, chose=chose))


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
    if not calibrator_of(problem).fits(calibration, problem.n_outputs):
        raise ValueError(f"its calibration is not one of {problem.kind.name} with {problem.n_outputs} outputs")


def told_dropped(fitted: Fitted, by: str) -> None:
    """Warn where a calibration is dropped, as it no longer holds."""
    if fitted.calibration is not None:
        warn_user(
            f"{by} gives other probabilities, so the calibration on {fitted.calibration.rows:,} rows is dropped; "
            "calibrate again: model.calibrate(X, y)"
        )


def covering(fitted: Fitted, asked: Any) -> "Covering":
    """Give what makes sets or intervals of outputs; raises `ParameterError` for what cannot be promised."""
    check("sets", asked, SHARE)
    calibration, calibrator = calibration_of(fitted, f"sets={asked}"), calibrator_of(fitted.problem)
    return Covering(fitted, calibrator, tuple(risk.threshold(asked) for risk in calibration.risks))


class Covering:
    r"""Makes sets, (N, K) or (N, \*S, K) bool in the order of the classes, or intervals, (N, 2) or (N, targets, 2)."""

    def __init__(self, fitted: Fitted, calibrator: Calibrator, thresholds: tuple[float, ...]) -> None:
        self.thresholds, self._calibrator = thresholds, calibrator
        task, self._one_axis = fitted.task, fitted.problem.one_axis
        self._known = task.probabilities if calibrator.by_probabilities else task.decode

    def of_outputs(self, outputs: Tensor) -> np.ndarray:
        """Give those of outputs, (N, K, ...)."""
        assert self._known is not None  # noqa: S101  (`can_calibrate` has seen to it)
        return self.of_known(self._known(outputs.double()))

    def of_known(self, known: np.ndarray) -> np.ndarray:
        """Give those of probabilities, channels last, or of predictions (N, targets)."""
        found = self._calibrator.sets(self.thresholds, known)
        return found[:, 0] if self._one_axis and not self._calibrator.by_probabilities else found


def sets_of(fitted: Fitted, rows: Source, asked: float, tta: Any = None) -> np.ndarray:
    """Give a set or an interval for each row that covers the truth in the share of rows that is asked."""
    covers = covering(fitted, asked)
    with sheltered():
        return collect(fitted, rows, covers.of_outputs, tta)


def sets_in_windows(fitted: Fitted, asked: float) -> Callable[[Tensor], np.ndarray]:
    r"""Give what makes sets of the probabilities of a strip, (1, K, \*S) -> (1, \*S, K)."""
    covers = covering(fitted, asked)
    return lambda chances: covers.of_known(chances.movedim(1, -1).numpy())


class Withholding:
    """Tells which answers are withheld: those that are less sure than an error of `unsure` allows."""

    def __init__(self, fitted: Fitted, unsure: Any) -> None:
        check("unsure", unsure, SHARE)
        cost, sure = calibration_of(fitted, f"unsure={unsure}").cost, calibrator_of(fitted.problem).sure
        if cost is None or sure is None:
            raise ParameterError(
                f"unsure={unsure} withholds answers of one class or several labels a row, and this model is for "
                f"{fitted.kind.name}; sets=0.9 tells how sure each answer is"
            )
        self.threshold = cost.threshold(unsure)
        self._sure, self._probabilities = sure, fitted.task.probabilities

    def of_outputs(self, outputs: Tensor) -> np.ndarray:
        """Tell of each row of outputs whether its answer is withheld, (N,)."""
        assert self._probabilities is not None  # noqa: S101  (`can_calibrate` has seen to it)
        return np.asarray(self._sure(self._probabilities(outputs.double())) < self.threshold)


def sure_answers(fitted: Fitted, rows: Source, unsure: float, tta: Any = None) -> np.ma.MaskedArray:
    """Predict, and mask the answers that are withheld."""
    withholds = Withholding(fitted, unsure)
    with sheltered():
        outputs = collect(fitted, rows, Tensor.numpy, tta)
    found = torch.from_numpy(outputs)
    predicted = fitted.kind.decode(fitted.problem, fitted.task.decode(found))
    hidden = withholds.of_outputs(found)
    if predicted.ndim > 1:
        hidden = np.broadcast_to(hidden[:, None], predicted.shape)
    return np.ma.masked_array(predicted, mask=hidden)
