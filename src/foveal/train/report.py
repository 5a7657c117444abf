"""What one epoch brought."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from foveal.core.choices import Monitor


@dataclass(frozen=True)
class EpochReport:
    """One epoch in numbers; the validation's are NaN where nothing was held out.

    Training loss and score are means over the epoch's batches as they were met, in training mode; validation is
    measured in inference mode behind it. Losses include the L2 term. `learning_rate` is the last step's, the largest of
    an optimizer's groups where they differ. `seconds` include validation, `images_per_second` counts training rows over
    training time.
    """

    epoch: int
    train_loss: float
    train_score: float
    valid_loss: float
    valid_score: float
    learning_rate: float
    seconds: float
    images_per_second: float

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


COLUMNS = tuple(field.name for field in fields(EpochReport))


def history_of(reports: Sequence[EpochReport]) -> dict[str, list[Any]]:
    """Turn reports into a list for each column.

    >>> history_of([EpochReport(1, 0.5, 0.8, 0.6, 0.7, 0.001, 2.0, 100.0)])["valid_score"]
    [0.7]
    """
    return {name: [getattr(report, name) for report in reports] for name in COLUMNS}


def reports_of(history: Mapping[str, Sequence[Any]]) -> list[EpochReport]:
    """Undo `history_of`."""
    return [EpochReport(*row) for row in zip(*(history[name] for name in COLUMNS), strict=True)]
