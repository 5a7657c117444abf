"""What the figures of a run mean, in plain words, and what to do: each sentence names the figures it is made of."""

from collections.abc import Iterator, Mapping
from typing import Any

from foveal.report.results import is_number, value_at

#: A gap between training and held-out rows that is worth a word, and a share of the last epochs' fall of the loss.
GAP, FALLING = 0.05, 0.01
#: Rows from which an interval is narrow enough to choose by, and a calibration error worth a word.
FEW, OFF = 200, 0.05


def findings(results: Mapping[str, Any]) -> list[dict[str, str]]:
    """Say what is noteworthy: `says` holds paths of `results` in braces in the place of numbers, `do` a way on.

    >>> found = findings({"history": {"train_score": [0.99], "valid_score": [0.7], "valid_loss": [1.0]},
    ...                   "kept_epoch": 1, "metric": "accuracy"})
    >>> found[0]["about"]
    'overfitting'
    """
    parts = (_gap, _epochs, _baselines, _classes, _few, _sure, _shift, _labels)
    return [{"about": about, "says": says, "do": do} for part in parts for about, says, do in part(results)]


Found = Iterator[tuple[str, str, str]]


def _gap(results: Mapping[str, Any]) -> Found:
    at = int(results.get("kept_epoch", 1)) - 1
    train, valid = (value_at(results, f"history.{part}_score.{at}") for part in ("train", "valid"))
    if not is_number(valid):
        yield ("no held-out rows", "No rows were held out, so nobody knows how far the network only repeats what it "
               "has seen.", "Hold rows out with --set valid_size=0.1, or give --validation.")  # fmt: skip
        return
    if not is_number(train):
        return
    both = f"{{history.train_score.{at}}} on the rows it learns from and {{history.valid_score.{at}}} on held-out rows"
    metric = results.get("followed") or results["metric"]
    if train - valid > GAP * max(1.0, abs(valid)):
        yield ("overfitting", f"The {metric} is {both}: it knows its training rows better than others.",
               "More rows help most; then --set augment=auto, --set early_stopping=true, more dropout, a smaller "
               "network.")  # fmt: skip
    else:
        yield ("gap", f"The {metric} is {both}: what it has learnt holds for rows that it has not seen.",
               "To do better, train longer or take a larger network: nothing is lost by overfitting yet.")  # fmt: skip


def _epochs(results: Mapping[str, Any]) -> Found:
    losses = [loss for loss in results.get("history", {}).get("valid_loss", []) if is_number(loss)]
    if len(losses) < 3:
        return
    best = min(range(len(losses)), key=losses.__getitem__)
    if best == len(losses) - 1 and losses[-2] - losses[-1] > FALLING * abs(losses[-1]):
        yield ("still learning", f"The loss of held-out rows was still falling when training ended, to "
               f"{{history.valid_loss.{best}}}.", "Train longer: --epochs with a larger number.")  # fmt: skip
    elif best < len(losses) - 1 and losses[-1] > losses[best] * (1 + GAP) and results.get("kept_epoch") != best + 1:
        yield ("trained too long", f"The loss of held-out rows was lowest, {{history.valid_loss.{best}}}, in epoch "
               f"{{history.epoch.{best}}}, and {{history.valid_loss.{len(losses) - 1}}} at the end.",
               "Keep the best epoch: --set early_stopping=true.")  # fmt: skip


def _baselines(results: Mapping[str, Any]) -> Found:
    said = value_at(results, "comparison.verdict")
    if said is None:
        if not results.get("comparison"):
            yield ("no baseline", "No simple method was measured beside the network, so nobody knows whether it is "
                   "worth its cost.", "Train with --baselines.")  # fmt: skip
        return
    yield ("baselines", f"{said[:1].upper()}{said[1:]}.", "Where a simple method is as good, use that one.")


def _classes(results: Mapping[str, Any]) -> Found:
    lines = [i for i, line in enumerate(results.get("per_class") or []) if is_number(line["recall"])]
    if len(lines) > 1 and results["per_class"][lines[0]]["recall"] < results["per_class"][lines[-1]]["recall"] - 0.1:
        yield ("weakest class", f"Of the class {{per_class.{lines[0]}.name}} it finds "
               f"{{per_class.{lines[0]}.recall%}}, of the one it knows best {{per_class.{lines[-1]}.recall%}}.",
               "Look at its mistakes below; more rows of it, or --set class_weight=balanced.")  # fmt: skip


def _few(results: Mapping[str, Any]) -> Found:
    rows = value_at(results, "measured.rows")
    if is_number(rows) and rows < FEW:
        yield ("few rows", "It was measured on {measured.rows} rows only: the interval of its score is wide.",
               "Measure on more rows, or train with --cv 5.")  # fmt: skip


def _sure(results: Mapping[str, Any]) -> Found:
    error = value_at(results, "measured.probabilities.ece")
    if not is_number(error):
        return
    if error > OFF:
        yield ("not honest", "Its probabilities are off by {measured.probabilities.ece%} on average.",
               "Calibrate on held-out rows (--set calibration=auto), or do not believe them.")  # fmt: skip
    else:
        yield ("honest", "Its probabilities are off by {measured.probabilities.ece%} on average: they can be read as "
               "what they say.", "Let it say when it is not sure: foveal predict --unsure, or --sets 0.9.")  # fmt: skip


def _shift(results: Mapping[str, Any]) -> Found:
    curves = value_at(results, "invariance.curves") or []
    score = value_at(results, "invariance.score")
    worst = min(range(len(curves)), key=lambda i: curves[i]["area"], default=None)
    if worst is not None and is_number(score) and curves[worst]["area"] < score - 2 * GAP:
        name = curves[worst]["name"]
        yield ("not invariant", f"It withstands {name} worst: {{invariance.curves.{worst}.area}} on average over all "
               "amounts, {invariance.score} unchanged.",
               "If your rows will vary so, train with --set augment=auto.")  # fmt: skip


def _labels(results: Mapping[str, Any]) -> Found:
    suspects = value_at(results, "suspects.rows")
    if is_number(suspects) and suspects:
        yield ("labels", "{suspects.rows} of {measured.looked_at} labels may be wrong: the network is surer of another "
               "class there than it is of that class elsewhere.",
               "Look at those below, and at all with foveal doctor.")  # fmt: skip
