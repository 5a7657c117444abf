"""Answers withheld: what the network is not sure of, and rows that are of nothing it knows."""

from typing import Any

import numpy as np
import torch
from torch import Tensor

from foveal.calibration.outliers import Outliers
from foveal.core.errors import ParameterError
from foveal.core.rules import check
from foveal.core.shelter import sheltered
from foveal.data.source import Source
from foveal.fitted.calibrating import SHARE, calibration_of, calibrator_of
from foveal.fitted.last_features import features_or_outputs
from foveal.fitted.model import Fitted
from foveal.fitted.predict import collect


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


def known_by(fitted: Fitted, asked: str) -> Outliers:
    """Give what tells how far rows lie from known ones; raises `ParameterError` where nothing does."""
    outliers = calibration_of(fitted, asked).outliers
    if outliers is None:
        raise ParameterError(
            f"{asked} is for models that answer a row as a whole, and this one is for {fitted.kind.name}; leave it out"
        )
    return outliers


def refuse_of_masks(fitted: Fitted, unsure: Any, outliers: Any) -> None:
    """Refuse to withhold answers of masks; raises `ParameterError`."""
    if unsure is not None:
        Withholding(fitted, unsure)
    if outliers is not None:
        known_by(fitted, f"outliers={outliers}")


def outlier_scores(fitted: Fitted, rows: Source) -> np.ndarray:
    """Give how far each row lies from what is known, (N,): `Outliers.scores` of its last features."""
    outliers, done = known_by(fitted, "outlier_scores"), 0
    found = np.empty(len(rows))
    with sheltered():
        for features in features_or_outputs(fitted, rows):
            found[done : done + len(features)] = outliers.scores(features)
            done += len(features)
    return found


def sure_answers(
    fitted: Fitted, rows: Source, *, unsure: float | None, outliers: float | None, tta: Any = None
) -> np.ma.MaskedArray:
    """Predict, and mask the answers that are withheld: those that are unsure, and those of rows that are outliers."""
    withholds = None if unsure is None else Withholding(fitted, unsure)
    hidden = np.zeros(len(rows), bool)
    if outliers is not None:
        check("outliers", outliers, SHARE)
        threshold = known_by(fitted, f"outliers={outliers}").threshold(outliers)
        hidden |= outlier_scores(fitted, rows) > threshold
    with sheltered():
        outputs = torch.from_numpy(collect(fitted, rows, Tensor.numpy, tta))
    predicted = fitted.kind.decode(fitted.problem, fitted.task.decode(outputs))
    if withholds is not None:
        hidden |= withholds.of_outputs(outputs)
    if predicted.ndim > 1:
        hidden = np.broadcast_to(hidden[:, None], predicted.shape)
    return np.ma.masked_array(predicted, mask=hidden)
