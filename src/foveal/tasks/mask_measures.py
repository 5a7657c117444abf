"""Masks that were predicted, held against those that are true: the score, and what goes with it."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from foveal.core.errors import ShapeError
from foveal.data.masks import UNKNOWN, labels_in, largest_share, places_in, unknown_in
from foveal.tasks.kind import ClassScore, Measures, Problem, name_of
from foveal.train import mask_metrics, mask_scores


def _confusion(predicted: np.ndarray, y: np.ndarray, labels: Sequence[Any], weight: np.ndarray | None) -> np.ndarray:
    """Count places by label, those of y whose label is unknown left out."""
    if predicted.shape != y.shape:
        raise ShapeError(f"y must have the shape of the model's predictions, {predicted.shape}, got {y.shape}")
    k, known, unknown = len(labels), np.asarray(labels), unknown_in(y)
    table = np.zeros((k, k))
    for row, (found, there) in enumerate(zip(predicted, y, strict=True)):
        pairs = places_in(found, known), places_in(there, known, unknown)
        table += mask_scores.confusion(*pairs, k, ignore=UNKNOWN) * (1.0 if weight is None else weight[row])
    return table


def score_masks(predicted: np.ndarray, y: np.ndarray, weight: np.ndarray | None) -> float:
    """Give the mean IoU over the classes that are found or there."""
    y = largest_share(y)
    labels = np.union1d(labels_in(y, ignored=unknown_in(y)), labels_in(predicted)).tolist()
    return mask_scores.mean_iou(_confusion(predicted, y, labels, weight))


def measure_masks(problem: Problem, predicted: np.ndarray, y: np.ndarray, names: Sequence[str] | None) -> Measures:
    """Give IoU, Dice, precision and recall of each class, and means; labels that the model does not know are wrong."""
    labels, y = [] if problem.classes is None else problem.classes.tolist(), largest_share(y)
    labels += [label for label in labels_in(y, ignored=unknown_in(y)).tolist() if label not in labels]
    confusion = _confusion(predicted, y, labels, None)
    hits, found, there = np.diagonal(confusion), confusion.sum(0), confusion.sum(1)
    with np.errstate(invalid="ignore", divide="ignore"):
        shares = hits / found, hits / there
    columns = (*shares, there, mask_scores.dice(confusion), mask_scores.iou(confusion))
    scores = [
        ClassScore(label, str(name_of(label, names)), precision, recall, int(places), dice, iou)
        for label, precision, recall, places, dice, iou in zip(
            labels, *(column.tolist() for column in columns), strict=True
        )
    ]
    values = {name: score(confusion) for name, score in mask_metrics.SCORES.items()}
    return Measures(len(y), values["iou"], values, scores)
