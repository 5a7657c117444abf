"""Values, one or several a row."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch

from foveal.calibration.kinds import VALUES
from foveal.core.errors import ParameterError
from foveal.core.warn import warn_user
from foveal.data.arrays import check_targets_finite
from foveal.data.targets import ravel_targets
from foveal.tasks.fits import check_fits, rows_of
from foveal.tasks.kind import Kind, Measures, Parameters, Problem
from foveal.tasks.labels import check_width
from foveal.tasks.measures import of_values
from foveal.train import metrics
from foveal.train.losses import RowLoss
from foveal.train.task import Task


def regression(loss: RowLoss, mean: np.ndarray, deviation: np.ndarray, dtype: torch.dtype = torch.float32) -> Task:
    """Fit values, one or more a row; the network sees them standardised, predictions are in the user's units."""
    return Task(
        encode=lambda y: torch.from_numpy((y.reshape(len(y), -1) - mean) / deviation).to(dtype),
        loss=loss,
        decode=lambda outputs: outputs.numpy().astype(np.float64) * deviation + mean,
        probabilities=None,
        tally=metrics.r2_tally,
        scores=lambda sums: {"r2": metrics.r2(sums)},
        measures=of_values(np.ravel(deviation).tolist()),
        tells=metrics.some_vary,
    )


def _learn(parameters: Parameters, y: Any, classes: Any) -> tuple[Problem, np.ndarray]:
    check_fits(parameters, REGRESSION)
    if parameters["one_hot"] or classes is not None:
        name = "one_hot=True" if parameters["one_hot"] else "classes"
        raise ParameterError(f"{name} is for classes, not for values; leave it out (weights: sample_weight=...)")
    y = _truth(y)
    return Problem(REGRESSION, 1 if y.ndim == 1 else y.shape[1], one_axis=y.ndim == 1), y


def _truth(y: Any, name: str = "y") -> np.ndarray:
    return ravel_targets(check_targets_finite(y, name))


def _scaled(problem: Problem, y: np.ndarray, rows: np.ndarray) -> Problem:
    """Learn the scale of the targets from the training rows; a deviation of 0 counts as 1."""
    table = y.reshape(len(y), -1)[rows]
    mean, deviation = table.mean(axis=0), table.std(axis=0)
    deviation[deviation <= np.abs(mean) * np.finfo(np.float64).eps * 4] = 1.0
    deviation[deviation == 0] = 1.0
    return replace(problem, mean=tuple(mean.tolist()), deviation=tuple(deviation.tolist()))


def _read(problem: Problem, parameters: Parameters, y: Any, name: str = "y") -> np.ndarray:
    return check_width(problem, _truth(y, name), name)


def _task(problem: Problem, loss: Any, smoothing: float, dtype: torch.dtype) -> Task:
    return regression(rows_of(loss, smoothing), np.array(problem.mean), np.array(problem.deviation), dtype)


def _decode(problem: Problem, predictions: np.ndarray) -> np.ndarray:
    return predictions[:, 0] if problem.one_axis and predictions.ndim == 2 else predictions


def r2_score(predicted: np.ndarray, y: np.ndarray, weight: np.ndarray | None) -> float:
    """Give R2, the mean over targets, from the sums that training adds up; a warning where nothing varies.

    >>> r2_score(np.array([1.0, 2.0]), np.array([1.0, 3.0]), None)
    0.5
    """
    weights = None if weight is None else torch.from_numpy(weight)
    centre = np.average(y, axis=0, weights=weight)  # no offset is left in the squares
    outputs, targets = (torch.from_numpy(values - centre).view(len(y), -1) for values in (predicted, y))
    if not metrics.some_vary(targets, weights):
        warn_user(
            f"y does not vary in the {len(y)} row(s) to score, so R2 tells nothing: a target counts 1 where it is met "
            "exactly, else 0; score more rows"
        )
    return metrics.r2(metrics.r2_tally(outputs, targets, weights))


def _measure(problem: Problem, predicted: np.ndarray, y: np.ndarray, names: Sequence[str] | None) -> Measures:
    error, score = y - predicted, r2_score(predicted, y, None)
    values = {"r2": score, "mae": float(np.abs(error).mean()), "rmse": float(np.sqrt(np.square(error).mean()))}
    return Measures(len(y), score, values)


def _sound(problem: Problem, loss: Any) -> bool:
    scales = problem.mean, problem.deviation
    scaled = all(len(s) == problem.n_outputs for s in scales) and all(v > 0 for v in problem.deviation)
    plain = problem.classes is None and not problem.has_probabilities
    return plain and scaled and (problem.n_outputs == 1 or not problem.one_axis)


REGRESSION = Kind(
    "regression",
    metric="R2",
    losses=("mse", "mae", "huber"),
    learn=_learn,
    read=_read,
    truth=_truth,
    task=_task,
    decode=_decode,
    score=r2_score,
    measure=_measure,
    sound=_sound,
    scaled=_scaled,
    classifies=False,
    in_double=True,
    instead="for classes use CNNClassifier",
    calibrator=VALUES,
)
