"""Predictions as lines of CSV or JSON, made while the network runs: no more than a batch is in memory."""

from collections.abc import Iterator
from functools import cached_property
from typing import Any

import numpy as np
from torch import Tensor

from foveal.augment.auto import against_mirrors
from foveal.cli.honest_answers import Asked, Beside
from foveal.cli.output import say, to_json
from foveal.cli.row_files import Column, Row, flat, text_of
from foveal.cli.settings import parse_value
from foveal.core.errors import ParameterError
from foveal.core.rules import as_list
from foveal.fitted.model import Fitted
from foveal.fitted.predict import answered, rows_of
from foveal.fitted.views import views_of
from foveal.fitting.augmenting import class_names
from foveal.tasks.kind import Problem, name_of

#: Nothing beside the answers.
NOTHING = Asked()


def read_views(text: str | None, fitted: Fitted) -> Any:
    """Read what --tta says, and warn where mirrored rows may be of another class; raises `ParameterError`."""
    tta = None if text is None else parse_value(text)
    views_of(tta, fitted.form)
    names = class_names(fitted.problem, fitted.class_names)
    if names and "flip" in as_list(tta) and (why := against_mirrors(names)):
        say(f"--tta flip mirrors the rows, and {why}", "warning")
    return tta


def lines(fitted: Fitted, X: Any, form: str, *, proba: bool, tta: Any = None, asked: Asked = NOTHING) -> Iterator[str]:
    """Yield the text for some rows at a time: "jsonl", or "csv", with the header first.

    X is checked as a whole before the first line. Raises `ParameterError` where probabilities are wanted and the model
    has none.
    """
    answers = Answers(fitted, proba=proba, asked=asked)
    first, source = 0, rows_of(fitted, X)
    answers.beside.look_at(source)
    for outputs in answered(fitted, source, tta):  # what predict and predict_proba do, in one pass
        rows = [{"row": i, **row} for i, row in enumerate(answers.rows(outputs, first), start=first)]
        if form == "jsonl":
            yield "".join(to_json(row, indent=None) + "\n" for row in rows)
        else:
            cells = list(map(flat, rows))
            yield text_of([*([list(cells[0])] if first == 0 else []), *(list(row.values()) for row in cells)])
        first += len(outputs)


class Answers:
    """What is told of a network's outputs: prediction, probability, and with `proba` those of all classes.

    Raises `ParameterError` where probabilities are wanted and the model has none.
    """

    def __init__(self, fitted: Fitted, *, proba: bool, asked: Asked = NOTHING) -> None:
        self.points = fitted.kind.each_place and not fitted.kind.classifies  # told one axis after the other
        if proba and self.points:
            raise ParameterError("--proba: of points the probabilities are whole maps, one a point; leave it out")
        if proba and not fitted.problem.has_probabilities:
            raise ParameterError(
                "--proba: this model gives no probabilities (regression, or loss='hinge'); leave it out"
            )
        self.fitted, self.proba = fitted, proba
        self.beside = Beside(fitted, asked, self.labels)

    @cached_property
    def labels(self) -> list[Any]:
        """The classes, by their names where these are known."""
        problem, names = self.fitted.problem, self.fitted.class_names
        return [] if problem.classes is None else [name_of(label, names) for label in problem.classes.tolist()]

    def rows(self, outputs: Tensor, first: int = 0) -> list[Row]:
        """Make a row of each row of outputs, the first of which is the row `first` of all."""
        problem, task, names = self.fitted.problem, self.fitted.task, self.fitted.class_names
        predictions = problem.kind.decode(problem, task.decode(outputs))
        predictions = predictions.reshape(len(predictions), -1) if self.points else predictions
        chances = task.probabilities(outputs) if task.probabilities is not None else None
        rows: list[Row] = [{"prediction": p} for p in predictions.tolist()]
        if problem.one_class:
            for row in rows:
                row["prediction"] = name_of(row["prediction"], names)
        if chances is not None and problem.one_class:
            for row, best in zip(rows, _shortest(chances.max(axis=1)), strict=True):
                row["probability"] = best
        if chances is not None and self.proba:
            for row, each in zip(rows, _shortest(chances), strict=True):
                row["probabilities"] = dict(zip(map(str, self.labels), each, strict=True))
        self.beside.tell(rows, outputs, first)
        return rows

    def columns(self) -> list[Column]:
        """List the columns of the rows."""
        problem = self.fitted.problem
        holds, has_chances = _holds(self.labels, problem), self.fitted.task.probabilities is not None
        several = [] if problem.one_axis else range(problem.n_outputs * (len(problem.sizes) if self.points else 1))
        columns = [Column(f"prediction_{i}", holds) for i in several] or [Column("prediction", holds)]
        if has_chances and problem.one_class:
            columns.append(Column("probability", "float32"))
        if has_chances and self.proba:
            columns += [Column(f"p_{label}", "float32") for label in self.labels]
        return columns + self.beside.columns()


def _holds(labels: list[Any], problem: Problem) -> str:
    """Say what a column of predictions holds."""
    if not problem.one_class:
        return "float64" if problem.classes is None else "int64"
    kinds = {bool: "bool_", int: "int64", float: "float64"}
    found = {type(label) for label in labels}
    return kinds.get(found.pop(), "string") if len(found) == 1 else "string"


def _shortest(values: np.ndarray) -> list[Any]:
    """Give numbers of as few digits as tell float32 apart: 0.1, not 0.10000000149011612."""
    shortest: list[Any] = np.array(values.astype(str), float).tolist()
    return shortest
