"""Baselines beside the score of `foveal evaluate`: fitted anew, or as they were at the training. Loads torch."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from foveal.cli.class_names import by_name
from foveal.cli.comparison import show_comparison
from foveal.cli.output import number, show_table
from foveal.compare.beside import Truth, compare
from foveal.compare.recommendation import Asked, beside_baselines
from foveal.compare.seen import functions_for
from foveal.compare.small import source_of
from foveal.compare.translation_baselines import as_json, compare_translations
from foveal.data.dataset import Dataset
from foveal.data.interactions.interactions import Interactions
from foveal.data.interactions.kept import items_in
from foveal.data.interactions.splits import leave_last_out
from foveal.data.text.pairs import Pairs
from foveal.data.text.texts import Texts
from foveal.fitted.model import Fitted
from foveal.tasks.scoring import read_truth


def beside_again(fitted: Fitted, data: Dataset, answered: Sequence[Any], asked: bool | None) -> dict[str, Any] | None:
    """Fit baselines on the training part of a source, and measure them on its test part, as the network was.

    `answered` are the network's predictions and the truth. Without being asked it is done for texts, whose baselines
    take seconds. None where there is no test part, or no baselines.
    """
    X: Any = data.X_train
    if data.X_test is None or not (isinstance(X, Texts | Pairs) if asked is None else asked):
        return None
    predicted, truth = answered
    rows: Any = data.X_test
    if fitted.kind.gives_texts:
        known = X.texts(), X.texts(target=True)
        found, verdict = compare_translations(known, rows.texts(), list(truth), list(predicted))
        return {"on": "test", "metric": "chrF", "rows": len(rows), **as_json(found, verdict)}
    learnt = _learnt(fitted, data)
    if learnt is None:
        return None
    compared = compare(fitted.problem, learnt, Truth(source_of(rows, fitted.layout), truth), predicted)
    return {"on": "test", "metric": fitted.kind.metric, **compared.as_dict()}


def _learnt(fitted: Fitted, data: Dataset) -> Truth | None:
    """Give the training rows whose label the model knows; None without any, and for kinds without baselines."""
    problem, X = fitted.problem, data.X_train
    if fitted.kind.gives_masks or not functions_for(problem, X):
        return None
    y, _ = by_name(np.asarray(data.y_train), data.class_names, fitted.class_names, problem.classes)
    if problem.one_class and y.ndim == 1:
        known = np.flatnonzero(np.isin(y, problem.classes))  # type: ignore[arg-type]
        return Truth(source_of(X, fitted.layout).chosen(known), y[known]) if len(known) else None
    return Truth(source_of(X, fitted.layout), read_truth(problem, y, len(y), one_hot=fitted.settings["one_hot"]))


def beside_histories(fitted: Fitted, interactions: Interactions, asked: Asked) -> dict[str, Any] | None:
    """Let baselines learn from all but the last two items of each history, and ask them what the network is asked.

    None where no history has three events, so that nothing is left to learn from.
    """
    items = items_in(fitted.kept)
    if not (interactions.histories.lengths >= 3).any():
        return None
    train = leave_last_out(interactions).train.numbered(items)
    return {"on": "test", "metric": fitted.kind.metric, **beside_baselines(fitted, train, asked).as_dict()}


def told_beside(fitted: Fitted, again: Mapping[str, Any] | None, asked: bool | None) -> dict[str, Any]:
    """Give for a JSON object what was measured again, or else what the model file tells."""
    if again is not None:
        return {"comparison": dict(again)}
    return {"baselines": dict(fitted.baselines)} if fitted.baselines and asked is not False else {}


def show_beside(told: Mapping[str, Any]) -> None:
    """Print it: the last line says where a baseline is better."""
    if "comparison" in told:
        show_comparison(told["comparison"])
    elif "baselines" in told:
        kept = told["baselines"]
        print()
        where = f"at the training, on {kept['rows']:,} {kept['on']} rows"
        show_table((where, kept["metric"]), [(name, number(score)) for name, score in kept["scores"].items()])
        for line in filter(None, kept["verdict"].split("; ")):
            print(line)
