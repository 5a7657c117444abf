"""One page of several runs: their scores, costs and curves beside each other, and in which settings they differ."""

from collections.abc import Mapping, Sequence
from typing import Any

from foveal.core.errors import ParameterError
from foveal.report import charts
from foveal.report.page import Told, environment

#: What stands in a line for each run: a path in its results, what it is called, and how it is written.
COLUMNS = (
    ("measured.score", "score", ""),
    ("measured.probabilities.nll", "negative log likelihood", ""),
    ("measured.probabilities.ece", "calibration error", "%"),
    ("parameters", "parameters", ""),
    ("network.multiply_adds", "multiply-adds", ""),
    ("epochs", "epochs", ""),
    ("training_seconds", "training", "s"),
)
#: Runs whose curves can be told apart.
DRAWN = 4


def several(runs: Mapping[str, Mapping[str, Any]]) -> str:
    """Make a page of runs by their names, in the order that they are given.

    Their intervals are each run's own: whether one is better on the same rows says `foveal compare A B SOURCE`. Raises
    `ParameterError` for fewer than two.
    """
    if len(runs) < 2:
        raise ParameterError(f"a page of several runs needs at least two, got {len(runs)}; name another")
    told = {name: Told(results, None) for name, results in runs.items()}
    judged_by = {(r["source"], r.get("measured", {}).get("on"), r["metric"]) for r in runs.values()}
    return environment().get_template("several.html").render(
        runs=runs, told=told, columns=COLUMNS, differ=differing(list(runs.values())), alike=len(judged_by) == 1,
        curves=_curves(runs), names=list(runs),
    )  # fmt: skip


def differing(runs: Sequence[Mapping[str, Any]]) -> dict[str, list[Any]]:
    """Give the settings that are not the same in all runs, None where a run has the default.

    >>> differing([{"settings": {"n_epochs": 3, "net": "resnet20"}}, {"settings": {"n_epochs": 3}}])
    {'net': ['resnet20', None]}
    """
    names = dict.fromkeys(name for run in runs for name in run.get("settings", {}))
    found = {name: [run.get("settings", {}).get(name) for run in runs] for name in names}
    return {name: its for name, its in found.items() if any(value != its[0] for value in its)}


def _curves(runs: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Draw losses and scores of held-out rows of the first runs."""
    some = dict(list(runs.items())[:DRAWN])
    longest = max((run["history"]["epoch"] for run in some.values()), key=len)
    drawn = []
    for column, what in (("valid_loss", "loss of held-out rows"), ("valid_score", "score of held-out rows")):
        series = {name: run["history"][column] for name, run in some.items()}
        drawn.append(charts.lines(what, longest, series, across="epoch", up=what))
    return drawn
