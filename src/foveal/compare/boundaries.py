"""How well the boundaries of masks agree with the truth, over all pictures and classes."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from foveal.data.masks import UNKNOWN, labels_in, largest_share, places_in, unknown_in
from foveal.tasks.boundary_scores import boundary_f1, distance_for, mean_over_images
from foveal.tasks.kind import Problem
from foveal.train.mask_scores import mean_score

Array = NDArray[Any]


def boundary_score(problem: Problem, predicted: Sequence[Any], truth: Sequence[Any]) -> float:
    r"""Give the mean over the classes of the F1 of their boundaries, each the mean over pictures.

    Shape: masks (\*S) of labels. Boundaries match within `distance_for` each picture. Labels of the truth that the
    model does not know are classes.

    >>> from foveal.tasks.segmentation import SEGMENTATION
    >>> masks = [np.array([[0, 0], [0, 1]], np.uint8)]
    >>> boundary_score(Problem(SEGMENTATION, 2, np.arange(2, dtype=np.uint8), one_axis=False), masks, masks)
    1.0
    """
    assert problem.classes is not None  # noqa: S101  (every segmentation has them)
    masks = [largest_share(np.asarray(mask)) for mask in truth]
    ignored = unknown_in(masks[0])
    labels = labels_there(problem.classes, masks, ignored)
    pairs = zip(predicted, masks, strict=True)
    return mean_score(mean_over_images(boundaries(found, real, labels, ignored) for found, real in pairs))


def boundaries(found: Any, truth: Array, labels: Array, ignored: int | None) -> Array:
    """Give the F1 of each label's boundary in one picture, (labels,); NaN where there is none."""
    there, places = places_in(truth, labels, ignored), places_in(np.asarray(found), labels)
    return boundary_f1(places, there, len(labels), distance_for(truth.shape), ignore=UNKNOWN)


def labels_there(classes: Array, masks: Sequence[Any], ignored: int | None) -> Array:
    """Give the model's labels, and others in the truth after them.

    >>> labels_there(np.array([0, 1]), [np.array([[0, 7], [9, 7]])], ignored=9).tolist()
    [0, 1, 7]
    """
    there = {int(v) for mask in masks for v in labels_in(np.asarray(mask)[None], ignored=ignored)}
    known = [int(label) for label in classes.tolist()]
    return np.array([*known, *sorted(there - set(known))])
