"""A translator beside its baselines, as `foveal train` measures and shows them. Loads torch."""

from collections.abc import Mapping
from typing import Any

from numpy.typing import NDArray

from foveal.cli.output import number, show_table
from foveal.compare.translation_baselines import as_json, compare_translations
from foveal.data.dataset import Dataset
from foveal.report.judged import Judged

_NAMES = {"chrf": "chrF", "bleu": "BLEU", "exact_match": "exact"}


def beside_translations(data: Dataset, train: NDArray[Any], judged: Judged) -> dict[str, Any]:
    """Measure the network, the copy of the source and the nearest of the training sources `train` on the same rows."""
    X: Any = data.X_train
    X, rows = X.chosen(train), judged.X
    known = X.texts(), X.texts(target=True)
    found, verdict = compare_translations(known, rows.texts(), list(judged.truth), list(judged.predicted))
    return {"on": judged.on, "metric": "chrF", "rows": len(rows), **as_json(found, verdict)}


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
