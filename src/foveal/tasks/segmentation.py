r"""A class at each place of a row: masks in, masks out."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import torch
from torch import Tensor

from foveal.calibration.kinds import MASKS
from foveal.core.choices import MASK_LOSSES
from foveal.core.errors import DataError, ParameterError, ShapeError
from foveal.core.forms import Form
from foveal.data.masks import (
    IGNORED,
    MOST,
    as_masks,
    check_shares,
    counts_of,
    labels_in,
    labels_told,
    numbered,
    rarest_in_rows,
)
from foveal.tasks.class_weights import of_labels
from foveal.tasks.fits import check_fits
from foveal.tasks.kind import Kind, Parameters, Problem
from foveal.tasks.mask_measures import measure_masks, score_masks
from foveal.train import mask_metrics
from foveal.train.losses import RowLoss
from foveal.train.mask_losses import mask_loss
from foveal.train.measures import Measure
from foveal.train.task import Task, by_function


def segmentation(loss: RowLoss, *, shares: bool = False) -> Task:
    r"""Find a class at each place: outputs (N, K, \*S), the largest is the prediction, softmax gives probabilities."""
    return Task(
        encode=_encode,
        loss=loss,
        decode=_largest,
        probabilities=lambda outputs: outputs.softmax(dim=1).movedim(1, -1).numpy(),
        tally=mask_metrics.confusion_tally,
        scores=mask_metrics.scores_of,
        measures=tuple(
            Measure(
                name, mask_metrics.confusion_tally, partial(mask_metrics.score_of, name), tells=mask_metrics.any_known
            )
            for name in mask_metrics.SCORES
        ),
        tells=mask_metrics.any_known,
        merge=lambda outputs: outputs.log_softmax(dim=2).logsumexp(dim=0),
        follow="linear" if shares else "nearest",
    )


def _encode(y: np.ndarray) -> Tensor:
    if y.dtype.kind == "f":
        return torch.from_numpy(np.moveaxis(y, -1, 1).copy())
    return torch.from_numpy(np.require(y, np.uint8, ["C", "A", "W"]))


def _largest(outputs: Tensor) -> np.ndarray:
    return outputs.max(dim=1).indices.to(torch.uint8).numpy()  # argmax takes five times as long


def _learn(parameters: Parameters, y: Any, classes: Any) -> tuple[Problem, np.ndarray]:
    """Find the classes in masks."""
    if parameters["one_hot"]:
        raise ParameterError("one_hot=True is for one class a row; masks hold a label, or shares of classes, a place")
    check_fits(parameters, SEGMENTATION)
    y, ignored = as_masks(y), parameters.get("ignore")
    if y.dtype.kind == "f":
        y = check_shares(y)
        found, shares = np.arange(y.shape[-1]), True
    else:
        found, shares = labels_in(y, ignored=ignored) if classes is None else labels_told(classes, y, ignored), False
    if len(found) < 2:
        raise DataError(
            f"y has {len(found)} class ({found.tolist()!r}) beside what is ignored; a segmentation needs at least 2"
        )
    if len(found) > MOST:
        raise DataError(f"y has {len(found)} classes, and a segmentation has {MOST} at most; ignore=... leaves one out")
    problem = Problem(SEGMENTATION, len(found), found, True, one_axis=False, shares=shares, ignored=ignored)
    return problem, y if shares else _some_known(numbered(y, found, ignored=ignored))


def _read(problem: Problem, parameters: Parameters, y: Any, name: str = "y") -> np.ndarray:
    y = as_masks(y, name)
    if (y.dtype.kind == "f") != problem.shares:
        first = "shares of classes" if problem.shares else "labels"
        raise DataError(f"{name} has dtype {y.dtype}, but the first call had {first} at each place; pass such again")
    if not problem.shares:
        return _some_known(numbered(y, _classes(problem), name, problem.ignored), name)
    if y.shape[-1] != problem.n_outputs:
        raise ShapeError(f"{name} must have shares of {problem.n_outputs} classes, got {y.shape[-1]}, shape {y.shape}")
    return check_shares(y, name)


def _some_known(y: np.ndarray, name: str = "y") -> np.ndarray:
    """Refuse masks in which no place counts."""
    if not counts_of(y, 255).any():
        raise DataError(f"{name} has the ignored label everywhere: there is nothing to learn from; look at ignore=...")
    return y


def _truth(y: Any, name: str = "y") -> np.ndarray:
    y = as_masks(y, name)
    return check_shares(y, name) if y.dtype.kind == "f" else y


def _belongs(form: Form, y: np.ndarray, name: str) -> None:
    """Refuse masks of another size than the pictures'."""
    wanted, got = form[0].sizes[1:], y.shape[1:]
    got = got[:-1] if y.dtype.kind == "f" else got
    if got != wanted:
        raise ShapeError(
            f"{name} must have a label for each place of X's rows, {wanted}, got masks of {got}; "
            f"{_way(form[0].sizes, got)}"
        )


def _way(shape: tuple[int, ...], got: tuple[int, ...]) -> str:
    """Say what to do about masks (N, *got) of rows (C, *S)."""
    wanted = shape[1:]
    if got == (*wanted, 1):
        return "leave their last axis out: y[..., 0]"
    if got == (1, *wanted):
        return "leave their channel out: y[:, 0]"
    if got == shape:
        return "if rows are volumes without channels, layout='NDHW' says so"
    if len(got) == 2 and got == wanted[::-1]:
        return "their axes are swapped: y.swapaxes(1, 2)"
    return "resize both alike, the masks by the nearest pixel"


def _weighed(problem: Problem, class_weight: Any, y: np.ndarray) -> Problem:
    """Weigh classes by the places that are of them: "balanced" is places / (classes there * places of the class)."""
    if isinstance(class_weight, dict):
        weights = of_labels(class_weight, _classes(problem).tolist())
        if not weights.any():
            raise ParameterError("class_weight is 0 for every class in y: there is nothing to learn from")
        return replace(problem, weights=tuple(weights.tolist()))
    counts = counts_of(y, problem.n_outputs)
    there = counts > 0
    weights = np.ones(problem.n_outputs)
    weights[there] = counts.sum() / (there.sum() * counts[there])
    return replace(problem, weights=tuple(weights.tolist()))


def _task(problem: Problem, loss: Any, smoothing: float, dtype: torch.dtype) -> Task:
    smoothed = isinstance(loss, str) and loss != "dice"
    if smoothing and not smoothed:
        names = tuple(name for name in MASK_LOSSES if name != "dice")
        raise ParameterError(
            f"label_smoothing={smoothing} has no meaning for loss={loss!r}; use 0.0, or one of the losses {names}"
        )
    if not isinstance(loss, str):
        return segmentation(by_function(partial(_as_pytorch_has_it, loss)), shares=problem.shares)
    weights = torch.tensor(problem.weights, dtype=dtype) if problem.weights else None
    return segmentation(mask_loss(loss, weights, smoothing), shares=problem.shares)


def _as_pytorch_has_it(loss: Callable[[Tensor, Tensor], Tensor], outputs: Tensor, targets: Tensor) -> Tensor:
    """Give a user's loss the labels as PyTorch's take them: long, -100 where a place does not count."""
    if not targets.is_floating_point():
        targets = torch.where(targets == IGNORED, -100, targets.long())
    return loss(outputs, targets)


def _decode(problem: Problem, predictions: np.ndarray) -> np.ndarray:
    classes = _classes(problem)
    plain = classes.dtype == np.uint8 and classes.tolist() == list(range(len(classes)))
    return predictions if plain else np.asarray(classes[predictions])


def _sound(problem: Problem, loss: Any) -> bool:
    plain = not problem.one_axis and problem.has_probabilities and not problem.mean and not problem.deviation
    return plain and problem.classes is not None and 2 <= len(problem.classes) == problem.n_outputs <= IGNORED


def _classes(problem: Problem) -> np.ndarray:
    assert problem.classes is not None  # noqa: S101  (every problem of this kind has them)
    return problem.classes


def _always(loss: Any) -> bool:
    return True


SEGMENTATION = Kind(
    "segmentation",
    metric="mean IoU",
    losses=MASK_LOSSES,
    learn=_learn,
    read=_read,
    truth=_truth,
    task=_task,
    decode=_decode,
    score=score_masks,
    measure=measure_masks,
    sound=_sound,
    has_probabilities=_always,
    needs_classes=True,
    each_place=True,
    belongs=_belongs,
    weighed=_weighed,
    drawn_by=rarest_in_rows,
    instead="for one class a row use CNNClassifier",
    calibrator=MASKS,
)
