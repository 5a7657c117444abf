"""One class a row, or one label of several: what is taken for what, and each class with its intervals."""

from typing import Any

import numpy as np

from foveal.compare.intervals import wilson
from foveal.report.judged import Array, Judged
from foveal.tasks.kind import name_of

#: Classes up to which the whole confusion matrix is kept, and confused pairs that are kept beside it.
MATRIX, PAIRS = 30, 30


def of_classes(judged: Judged) -> dict[str, Any]:
    """Count what is taken for what, and measure each class; nothing where rows have no classes.

    Shares have Wilson's intervals at 95 %. Of more than 30 classes there is no matrix, and the pairs that are confused
    most often say it. `confusion.matrix[i][j]` are rows of class i that are taken for class j.
    """
    problem = judged.fitted.problem
    if problem.classes is None or problem.kind.each_place or problem.kind.gives_texts:
        return {}
    if not problem.one_class:
        return {"per_class": _labels(judged)}
    truth, predicted = np.asarray(judged.truth), np.asarray(judged.predicted)
    labels = np.unique(np.concatenate([problem.classes, truth]))
    names = [str(name_of(label, judged.fitted.class_names)) for label in labels.tolist()]
    rows, columns = np.searchsorted(labels, truth), np.searchsorted(labels, predicted)
    table = np.zeros((len(labels), len(labels)), np.int64)
    np.add.at(table, (rows, columns), 1)
    confusion = {"classes": names, "matrix": table.tolist() if len(labels) <= MATRIX else None,
                 "pairs": _pairs(table, names)}  # fmt: skip
    right, said, there = table.diagonal(), table.sum(0), table.sum(1)
    return {"confusion": confusion, "per_class": _table(names, right, said, there)}


def _labels(judged: Judged) -> list[dict[str, Any]]:
    found, there = np.asarray(judged.predicted) == 1, np.asarray(judged.truth) == 1
    columns = range(there.shape[1])
    names = judged.fitted.class_names or [f"label {i}" for i in columns]
    return _table(list(names), (found & there).sum(0), found.sum(0), there.sum(0))


def _table(names: list[str], right: Array, said: Array, there: Array) -> list[dict[str, Any]]:
    """Give precision and recall of each class, the worst recall first; None where there are no rows to tell it from."""
    lines = [
        {"name": name, "rows": int(m), **_share("recall", int(hit), int(m)), **_share("precision", int(hit), int(n))}
        for name, hit, n, m in zip(names, right, said, there, strict=True)
    ]
    return sorted(lines, key=lambda line: (line["recall"] is None, line["recall"]))


def _share(name: str, hits: int, rows: int) -> dict[str, Any]:
    """Give a share and its interval.

    >>> _share("recall", 1, 2)["recall"], _share("recall", 0, 0)
    (0.5, {'recall': None, 'recall_interval': None})
    """
    if not rows:
        return {name: None, f"{name}_interval": None}
    return {name: hits / rows, f"{name}_interval": list(wilson(hits, rows))}


def _pairs(table: Array, names: list[str]) -> list[dict[str, Any]]:
    """Give the pairs of classes that are confused most often, each with its rows, the share of that class too."""
    wrong = table - np.diag(table.diagonal())
    order = np.argsort(-wrong, axis=None, kind="stable")[:PAIRS]
    pairs = ((int(at // len(table)), int(at % len(table))) for at in order)
    return [
        {"truth": names[i], "predicted": names[j], "rows": int(wrong[i, j]), "share": wrong[i, j] / table[i].sum()}
        for i, j in pairs
        if wrong[i, j]
    ]
