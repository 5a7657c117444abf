"""All that a report is made of, gathered from a fitted network and rows that it has not learnt from."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from foveal.compare.changes import CHANGES
from foveal.compare.intervals import bootstrapped, percentiles, wilson
from foveal.compare.invariance import measure_invariance
from foveal.core.errors import FovealError
from foveal.fitted.model import Fitted
from foveal.report.classes import of_classes
from foveal.report.cost import filters, network
from foveal.report.findings import findings
from foveal.report.judged import Judged
from foveal.report.mistakes import mistakes
from foveal.report.sentences import of_texts
from foveal.report.sureness import of_sureness
from foveal.report.values import of_values
from foveal.tasks.labels import share_of_right

#: Multiply-adds that the invariance of a report may take, and rows that it is measured on, at most and at least.
WORK, ROWS, LEAST = 2 * 10**11, 300, 30
#: Times that its rows are drawn again for an interval: of some hundred amounts, more would take long.
REDRAWN = 50
#: Rows from which the interval of a score that is no share is drawn from fewer draws.
_MANY, _DRAWS = 20_000, 200

Say = Callable[[str], None]


def gathered(
    fitted: Fitted, judged: Judged | None, folder: dict[str, bytes], say: Say = lambda stage: None
) -> dict[str, Any]:
    """Gather the network, its classes or values, its worst mistakes and what it withstands; pictures go to `folder`.

    What was `measured` stands in the results of a run already.

    What cannot be had for this kind of problem is left out, and `left_out` says why where that is not plain.
    """
    say("layers")
    found: dict[str, Any] = {
        "input": [{"name": part.name, "shape": list(part.shape), "dtype": part.dtype} for part in fitted.form],
        "network": network(fitted),
        "filters": filters(fitted, folder),
        "left_out": {},
    }
    if judged is None:
        return found
    say("mistakes")
    for part in (of_classes, of_values, of_texts, of_sureness):
        found |= part(judged)
    found |= mistakes(judged, folder)
    say("invariance")
    found |= withstood(judged, found["left_out"])
    return found


def concluded(results: Mapping[str, Any]) -> dict[str, Any]:
    """Add what all of it means, once all of it is there."""
    return {**results, "findings": findings(results)}


def with_interval(judged: Judged) -> dict[str, Any]:
    """Give what was measured, and the score's interval at 95 %: Wilson's of a share, else the bootstrap's."""
    kind = judged.fitted.kind
    told = {name: value for name, value in judged.measures.as_dict().items() if name != "classes"}
    found = {**told, **judged.as_dict(), "metric": kind.metric}
    if kind.each_place or kind.gives_texts:
        return found
    truth, predicted = np.asarray(judged.truth), np.asarray(judged.predicted)
    interval: Sequence[float]
    if kind.score is share_of_right:
        interval = wilson(int((predicted == truth).reshape(len(truth), -1).all(1).sum()), len(truth))
    else:
        draws = 1000 if len(truth) <= _MANY else _DRAWS
        interval = percentiles(bootstrapped(kind.score, predicted, truth, draws=draws))
    return found | {"interval": list(interval)}


def withstood(judged: Judged, left_out: dict[str, str]) -> dict[str, Any]:
    """Measure the invariance on as many rows as can be had in bounded time."""
    fitted = judged.fitted
    amounts = sum(len(change.amounts(min(fitted.input_shape[1:], default=1))) for change in CHANGES.values())
    rows = int(min(ROWS, WORK // max(1, amounts * fitted.cost.multiply_adds)))
    if fitted.kind.gives_texts:
        return {}
    if fitted.kind.each_place:
        left_out["invariance"] = "scores of places take long to draw again and again; foveal robustness measures it"
        return {}
    if rows < LEAST:
        left_out["invariance"] = "this network is too large to measure it within seconds; foveal robustness does"
        return {}
    try:
        found = measure_invariance(fitted, judged.X, judged.truth, rows=rows, draws=REDRAWN)
    except FovealError as error:
        left_out["invariance"] = str(error)
        return {}
    return {"invariance": found.as_dict()}
