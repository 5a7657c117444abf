"""A translator beside its baselines, as `foveal train` measures and shows them. Loads torch."""

from collections.abc import Mapping, Sequence
from typing import Any

from foveal.cli.output import number, show_table
from foveal.compare.translation_baselines import as_json, compare_translations
from foveal.data.dataset import Dataset
from foveal.estimators.base import BaseCNN
from foveal.fitted.measure import compared
from foveal.fitting.held_out import held_out

_NAMES = {"chrf": "chrF", "bleu": "BLEU", "exact_match": "exact"}


def beside_translations(
    estimator: BaseCNN, data: Dataset, held: tuple[Any, Any] | None, tested: Sequence[Any] | None
) -> dict[str, Any] | None:
    """Measure the network, the copy of the source and the nearest training source on the same rows.

    Those are the test part where it was measured, else the rows that were held out; None where there are neither.
    """
    X: Any = data.X_train
    if held is None:
        train, valid = held_out(estimator._request({}), X, data.y_train, data.groups)
        held, X = (X.chosen(valid), data.y_train[valid]), X.chosen(train)
    rows: Any
    truth: Any
    on, (rows, truth) = ("validation", held) if tested is None else ("test", (data.X_test, data.y_test))
    if not len(rows):
        return None
    predicted = compared(estimator.fitted_, rows, truth)[1] if tested is None else tested[0]
    found, verdict = compare_translations((X.texts(), X.texts(target=True)), rows.texts(), list(truth), list(predicted))
    return {"on": on, "metric": "chrF", "rows": len(rows), **as_json(found, verdict)}


def show_translations(found: Mapping[str, Any]) -> None:
    """Print chrF, BLEU and exact match of all, and whether the network is better."""
    lines = []
    for name, one in found["systems"].items():
        low, high = one["interval"]
        p = "" if one["p"] is None or name == "network" else f"{one['p']:.3f}"
        lines.append((name, *(number(one[key]) for key in _NAMES), f"{number(low)} to {number(high)}", p))
    print()
    where = f"on {found['rows']:,} {found['on']} rows"
    show_table((where, *_NAMES.values(), "chrF's 95 % interval", "p"), lines)
    print(found["verdict"])
