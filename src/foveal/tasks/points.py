"""Places of points in a row: a heat map for each of them, whose peak is the place."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
import torch
from torch import Tensor

from foveal.core.errors import ParameterError, ShapeError
from foveal.core.forms import Form
from foveal.data.points import as_points, check_inside, some_visible
from foveal.tasks.fits import check_fits
from foveal.tasks.kind import Kind, Measures, Parameters, Problem
from foveal.train import point_metrics
from foveal.train.heat_maps import POINT_LOSSES
from foveal.train.losses import RowLoss
from foveal.train.measures import Measure
from foveal.train.peaks import peaks
from foveal.train.task import Task, by_function


def points(loss: RowLoss, *, logarithms: bool, dtype: torch.dtype = torch.float32) -> Task:
    r"""Find points: outputs (N, K, \*S) are heat maps, or, with `logarithms`, those of shares of a map."""
    tally = partial(point_metrics.point_tally, logarithms)
    measures = tuple(
        Measure(name, tally, value, less=name == "distance", tells=point_metrics.any_visible)
        for name, value in point_metrics.SCORES.items()
    )
    return Task(
        encode=lambda y: torch.from_numpy(y).to(dtype),
        loss=loss,
        decode=lambda outputs: peaks(outputs, logarithms=logarithms).numpy().astype(np.float64),
        probabilities=_shares if logarithms else None,
        tally=tally,
        scores=lambda sums: {"minus_distance": -point_metrics.distance(sums)},
        measures=measures,
        tells=point_metrics.any_visible,
        merge=_refuse_views,
        follow="points",
    )


def _shares(outputs: Tensor) -> np.ndarray:
    return np.asarray(outputs.flatten(2).softmax(dim=2).view_as(outputs).numpy())


def _refuse_views(outputs: Tensor) -> Tensor:
    raise ParameterError("tta moves the rows, and their points would have to be moved back; leave it out for points")


def _learn(parameters: Parameters, y: Any, classes: Any) -> tuple[Problem, np.ndarray]:
    check_fits(parameters, POINTS)
    if parameters["one_hot"] or classes is not None:
        name = "one_hot=True" if parameters["one_hot"] else "classes"
        raise ParameterError(f"{name} is for classes, not for points; leave it out")
    y = some_visible(as_points(y))
    return Problem(POINTS, y.shape[1], has_probabilities=_is_share(parameters["loss"]), one_axis=False), y


def _read(problem: Problem, parameters: Parameters, y: Any, name: str = "y") -> np.ndarray:
    found = some_visible(as_points(y, name), name)
    if found.shape[1] != problem.n_outputs:
        raise ShapeError(f"{name} must hold {problem.n_outputs} points a row, as at first, got shape {found.shape}")
    return found


def _belongs(form: Form, y: np.ndarray, name: str) -> None:
    check_inside(y, form[0].sizes[1:], name)


def _task(problem: Problem, loss: Any, smoothing: float, dtype: torch.dtype) -> Task:
    if smoothing:
        raise ParameterError(f"label_smoothing={smoothing} is for classes, not for points; use 0.0")
    row_loss = POINT_LOSSES[loss] if isinstance(loss, str) else by_function(loss)
    return points(row_loss, logarithms=problem.has_probabilities, dtype=dtype)


def _decode(problem: Problem, predictions: np.ndarray) -> np.ndarray:
    return predictions


def _distances(predicted: np.ndarray, y: np.ndarray) -> np.ndarray:
    if predicted.shape != y.shape:
        raise ShapeError(f"y must have the shape of the model's predictions, {predicted.shape}, got {y.shape}")
    return point_metrics.distances(predicted, y)


def _score(predicted: np.ndarray, y: np.ndarray, weight: np.ndarray | None) -> float:
    """Give minus the mean distance of the visible points, in pixels: the larger the better."""
    distance = _distances(predicted, y)
    known = ~np.isnan(distance)
    counts = known * (1.0 if weight is None else weight[:, None])
    return -float(np.where(known, distance * counts, 0).sum() / counts.sum()) if counts.any() else float("nan")


def _measure(problem: Problem, predicted: np.ndarray, y: np.ndarray, names: Sequence[str] | None) -> Measures:
    distance = _distances(predicted, y)
    known = distance[~np.isnan(distance)]
    values = {
        "distance": -_score(predicted, y, None),
        "median_distance": float(np.median(known)) if len(known) else float("nan"),
        "pck": point_metrics.pck_of(distance, problem.sizes),
    }
    each = {f"distance_{k}": -_score(predicted[:, k : k + 1], y[:, k : k + 1], None) for k in range(y.shape[1])}
    return Measures(len(y), -values["distance"], values | each)


def _sound(problem: Problem, loss: Any) -> bool:
    plain = problem.classes is None and not problem.mean and not problem.deviation and not problem.one_axis
    return plain and problem.has_probabilities == _is_share(loss)


def _is_share(loss: Any) -> bool:
    """Tell whether outputs trained with a loss are logarithms of the shares of a map."""
    return isinstance(loss, str) and loss == "cross_entropy"


POINTS = Kind(
    "points",
    metric="minus the mean distance in pixels",
    losses=tuple(POINT_LOSSES),
    learn=_learn,
    read=_read,
    truth=as_points,
    task=_task,
    decode=_decode,
    score=_score,
    measure=_measure,
    sound=_sound,
    has_probabilities=_is_share,
    classifies=False,
    each_place=True,
    belongs=_belongs,
    instead="for values that are no places leave task out",
)
