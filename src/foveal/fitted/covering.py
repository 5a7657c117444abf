"""Sets and intervals that cover the truth in the share of rows that is asked."""

from collections.abc import Callable
from typing import Any

import numpy as np
from torch import Tensor

from foveal.calibration.kinds import Calibrator
from foveal.core.rules import check
from foveal.core.shelter import sheltered
from foveal.data.source import Source
from foveal.fitted.calibrating import SHARE, calibration_of, calibrator_of
from foveal.fitted.model import Fitted
from foveal.fitted.predict import collect


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
