"""What `foveal predict` tells of a calibrated model's answers beside them: sets, what is unsure, what is an outlier."""

from typing import Any, NamedTuple

import numpy as np
from torch import Tensor

from foveal.cli.row_files import Column, Row
from foveal.core.errors import ParameterError
from foveal.core.rules import check
from foveal.data.source import Source
from foveal.fitted.calibrating import SHARE
from foveal.fitted.covering import covering
from foveal.fitted.model import Fitted
from foveal.fitted.withholding import Withholding, known_by, outlier_scores


class Asked(NamedTuple):
    """What is asked beside the answers, shares between 0 and 1; None: not asked."""

    sets: float | None = None
    unsure: float | None = None
    outliers: float | None = None

    def told(self) -> dict[str, float]:
        """Give what is asked, by its names."""
        return {name: value for name, value in self._asdict().items() if value is not None}


class Beside:
    """Tells of a block of outputs what is asked; raises `ParameterError` where the model cannot."""

    def __init__(self, fitted: Fitted, asked: Asked, labels: list[Any]) -> None:
        self.fitted, self.asked, self._labels = fitted, asked, labels
        self._covers = None if asked.sets is None else covering(fitted, asked.sets)
        self._withholds = None if asked.unsure is None else Withholding(fitted, asked.unsure)
        self._farthest, self._scores = 0.0, np.empty(0)
        if asked.outliers is not None:
            check("outliers", asked.outliers, SHARE)
            self._farthest = known_by(fitted, f"--outliers {asked.outliers}").threshold(asked.outliers)

    def look_at(self, rows: Source) -> None:
        """Measure, in a pass of its own, how far rows lie from known ones, where outliers are asked for."""
        if self.asked.outliers is not None:
            self._scores = outlier_scores(self.fitted, rows)

    def tell(self, rows: list[Row], outputs: Tensor, first: int) -> None:
        """Put what is asked into rows, the first of which is the row `first` of all; withheld answers are taken out."""
        if self._covers is not None:
            for row, found in zip(rows, self._covers.of_outputs(outputs), strict=True):
                row |= self._set(found)
        hidden = np.zeros(len(rows), bool)
        if self._withholds is not None:
            hidden = self._withholds.of_outputs(outputs)
            _put(rows, "unsure", hidden)
        if self.asked.outliers is not None:
            scores = self._of_rows(first, len(rows))
            _put(rows, "outlier", scores > self._farthest)
            _put(rows, "outlier_score", scores.round(6))
            hidden = hidden | (scores > self._farthest)
        for row in (rows[i] for i in np.flatnonzero(hidden)):
            row["prediction"] = _nothing(row["prediction"])

    def _of_rows(self, first: int, count: int) -> np.ndarray:
        if first + count > len(self._scores):
            raise ParameterError("--outliers does not go with videos; leave it out")
        return self._scores[first : first + count]

    def _set(self, found: np.ndarray) -> Row:
        if found.dtype == bool:
            return {"set": tuple(label for label, there in zip(self._labels, found, strict=True) if there)}
        return {"low": found[..., 0].tolist(), "high": found[..., 1].tolist()}

    def columns(self) -> list[Column]:
        """List the columns of what is told."""
        columns = []
        if self._covers is not None and self.fitted.kind.classifies:
            columns.append(Column("set", "string"))
        elif self._covers is not None:
            ends = [""] if self.fitted.problem.one_axis else [f"_{i}" for i in range(self.fitted.problem.n_outputs)]
            columns += [Column(f"{side}{end}", "float64") for side in ("low", "high") for end in ends]
        if self._withholds is not None:
            columns.append(Column("unsure", "bool_"))
        if self.asked.outliers is not None:
            columns += [Column("outlier", "bool_"), Column("outlier_score", "float64")]
        return columns


def _put(rows: list[Row], name: str, values: np.ndarray) -> None:
    for row, value in zip(rows, values.tolist(), strict=True):
        row[name] = value


def _nothing(prediction: Any) -> Any:
    return [None] * len(prediction) if isinstance(prediction, list) else None
