"""Predictions as lines of CSV or JSON, made while the network runs: no more than a batch is in memory."""

import csv
import io
from collections.abc import Iterator, Sequence
from typing import Any, Literal

import numpy as np

from foveal.cli.output import to_json
from foveal.core.errors import ParameterError
from foveal.fitted.model import Fitted
from foveal.fitted.predict import outputs_of, rows_of
from foveal.tasks.kind import Problem, name_of


def lines(fitted: Fitted, X: Any, form: Literal["csv", "jsonl"], *, proba: bool) -> Iterator[str]:
    """Yield the text for some rows at a time, in CSV the header first.

    X is checked as a whole before the first line. Raises `ParameterError` where probabilities are wanted and the model
    has none.
    """
    problem, task, names = fitted.problem, fitted.task, fitted.class_names
    if proba and not problem.has_probabilities:
        raise ParameterError("--proba: this model gives no probabilities (regression, or loss='hinge'); leave it out")
    labels = [] if problem.classes is None else [name_of(label, names) for label in problem.classes.tolist()]
    write = _csv if form == "csv" else _jsonl
    first, source = 0, rows_of(fitted, X)
    for outputs in outputs_of(fitted, source):  # what predict and predict_proba do, in one pass
        predictions = problem.kind.decode(problem, task.decode(outputs))
        chances = task.probabilities(outputs) if task.probabilities is not None else None
        rows = _rows(problem, labels, predictions, chances, names, proba=proba)
        yield write(first, rows)
        first += len(outputs)


Row = dict[str, Any]


def _rows(
    problem: Problem,
    labels: Sequence[Any],
    predictions: np.ndarray,
    chances: np.ndarray | None,
    names: Sequence[str] | None,
    *,
    proba: bool,
) -> list[Row]:
    """Make the columns after `row`: prediction, probability, and with `proba` those of all classes."""
    rows: list[Row] = [{"prediction": p} for p in predictions.tolist()]
    if problem.one_class:
        for row in rows:
            row["prediction"] = name_of(row["prediction"], names)
    if chances is not None and problem.one_class:
        for row, best in zip(rows, _shortest(chances.max(axis=1)), strict=True):
            row["probability"] = best
    if chances is not None and proba:
        for row, each in zip(rows, _shortest(chances), strict=True):
            row["probabilities"] = dict(zip(map(str, labels), each, strict=True))
    return rows


def _shortest(values: np.ndarray) -> list[Any]:
    """Give numbers of as few digits as tell float32 apart: 0.1, not 0.10000000149011612."""
    shortest: list[Any] = np.array(values.astype(str), float).tolist()
    return shortest


def _jsonl(first: int, rows: Sequence[Row]) -> str:
    return "".join(to_json({"row": i, **row}, indent=None) + "\n" for i, row in enumerate(rows, start=first))


def _csv(first: int, rows: Sequence[Row]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    flat = [{"row": i, **_flat(row)} for i, row in enumerate(rows, start=first)]
    if first == 0:
        writer.writerow(flat[0])
    writer.writerows(row.values() for row in flat)
    return text.getvalue()


def _flat(row: Row) -> Row:
    """Give several values or labels, and every probability, a column each."""
    columns: Row = {}
    for name, value in row.items():
        if isinstance(value, list):
            columns |= {f"{name}_{i}": v for i, v in enumerate(value)}
        elif isinstance(value, dict):
            columns |= {f"p_{label}": chance for label, chance in value.items()}
        else:
            columns[name] = value
    return columns
