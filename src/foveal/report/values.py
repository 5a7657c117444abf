"""Values: how far predictions lie from the truth."""

from typing import Any

import numpy as np

from foveal.compare.intervals import bootstrapped, percentiles
from foveal.report.judged import Array, Judged

#: Points of the picture of predictions against truth, values of a row that have one, and draws of an interval.
POINTS, PICTURES, DRAWS = 300, 4, 200


def of_values(judged: Judged) -> dict[str, Any]:
    """Measure the errors of each value: mean with its interval, median, and the 95 % that are smaller.

    Nothing where rows have no values. `scatter` are pairs of truth and prediction, drawn with seed 0.
    """
    kind = judged.fitted.kind
    if kind.classifies or kind.each_place or kind.gives_texts:
        return {}
    truth, predicted = (np.asarray(y, float).reshape(len(judged), -1) for y in (judged.truth, judged.predicted))
    return {"errors": [_one(truth[:, i], predicted[:, i], drawn=i < PICTURES) for i in range(truth.shape[1])]}


def _one(truth: Array, predicted: Array, *, drawn: bool) -> dict[str, Any]:
    errors = np.abs(predicted - truth)
    low, high = percentiles(bootstrapped(lambda p, y, _: float(np.abs(p - y).mean()), predicted, truth, draws=DRAWS))
    rows = np.arange(len(truth))
    if len(rows) > POINTS:
        rows = np.sort(np.random.default_rng(0).choice(rows, POINTS, replace=False))
    return {
        "mean_error": float(errors.mean()),
        "mean_error_interval": [low, high],
        "median_error": float(np.median(errors)),
        "error_of_95_percent": float(np.quantile(errors, 0.95)),
        "spread_of_truth": float(truth.std()),
        "scatter": np.stack([truth[rows], predicted[rows]], 1).tolist() if drawn else [],
    }
