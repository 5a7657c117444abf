"""What one epoch brought."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from foveal.core.choices import Monitor


@dataclass(frozen=True)
class EpochReport:
    """One epoch in numbers; the validation's are NaN where nothing was held out.

    Training loss and score are means over the epoch's batches as they came, in training mode; validation is
    measured in inference mode after it. Losses include the L2 term. `learning_rate` is the last step's, the largest of
    an optimizer's groups where they differ. `seconds` include validation, `images_per_second` counts training rows over
    training time. `train_scores` and `valid_scores` hold all scores of the kind of problem by name, the one that
    counts first.
    """

    epoch: int
    train_loss: float
    train_score: float
    valid_loss: float
    valid_score: float
    learning_rate: float
    seconds: float
    images_per_second: float
    train_scores: Mapping[str, float] = field(default_factory=dict)
    valid_scores: Mapping[str, float] = field(default_factory=dict)

    @property
    def validated(self) -> bool:
        """Whether rows were held out."""
        return not math.isnan(self.valid_loss)

    def monitored(self, monitor: Monitor) -> float:
        """Give what early stopping and the plateau schedule follow: more is better."""
        return self.valid_score if monitor == "score" else -self.valid_loss


@dataclass(frozen=True)
class Pause:
    """The run stands between two steps because it was asked to: the caller may save it, leave it or go on."""


#: What stands in `history_` and in files, a list for each.
COLUMNS = (
    "epoch", "train_loss", "train_score", "valid_loss", "valid_score", "learning_rate", "seconds", "images_per_second",
)  # fmt: skip


def history_of(reports: Sequence[EpochReport]) -> dict[str, list[Any]]:
    """Turn reports into a list for each column.

    >>> history_of([EpochReport(1, 0.5, 0.8, 0.6, 0.7, 0.001, 2.0, 100.0)])["valid_score"]
    [0.7]
    """
    return {name: [getattr(report, name) for report in reports] for name in COLUMNS}


def scores_of(reports: Sequence[EpochReport]) -> list[list[dict[str, float]]]:
    """Give the named scores of each report, of training and validation.

    >>> scores_of([EpochReport(1, 0.5, 0.8, 0.6, 0.7, 0.001, 2.0, 100.0, {"accuracy": 0.8}, {"accuracy": 0.7})])
    [[{'accuracy': 0.8}, {'accuracy': 0.7}]]
    """
    return [[dict(report.train_scores), dict(report.valid_scores)] for report in reports]


def reports_of(
    history: Mapping[str, Sequence[Any]], scores: Sequence[Sequence[Mapping[str, float]]] | None = None
) -> list[EpochReport]:
    """Undo `history_of` and `scores_of`."""
    rows = list(zip(*(history[name] for name in COLUMNS), strict=True))
    return [EpochReport(*row, *named) for row, named in zip(rows, scores or [({}, {})] * len(rows), strict=True)]
