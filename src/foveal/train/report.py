"""What one epoch brought."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple


class Monitor(NamedTuple):
    """What of the validation is followed: the score, the loss or a named score, and whether less of it is better."""

    name: str = "score"
    less: bool = False


SCORE, LOSS = Monitor(), Monitor("loss", less=True)


@dataclass(frozen=True)
class EpochReport:
    """One epoch in numbers; the validation's are NaN where nothing was held out.

    Training loss and score are means over the epoch's batches as they came, in training mode; validation is
    measured in inference mode after it. Losses include the L2 term. `learning_rate` is the last step's, the largest of
    an optimizer's groups where they differ. `seconds` include validation, `images_per_second` counts training rows over
    training time. `train_scores` and `valid_scores` hold all scores of the kind of problem by name, the one that
    counts first, and `valid_scores` the measures that were asked for after them.
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
        """Give what best weights, early stopping and the plateau schedule follow: more is better.

        It is NaN where the validation loss is: the largest of outputs that are no numbers may be right by chance.
        """
        values = {**self.valid_scores, "score": self.valid_score, "loss": self.valid_loss}
        found = math.nan if math.isnan(self.valid_loss) else values.get(monitor.name, math.nan)
        return -found if monitor.less else found


@dataclass(frozen=True)
class Pause:
    """The run stands between two steps because it was asked to: the caller may save it, leave it or go on."""


#: What stands in `history_` and in files, a list for each; further scores of the validation may follow by name.
COLUMNS = (
    "epoch", "train_loss", "train_score", "valid_loss", "valid_score", "learning_rate", "seconds", "images_per_second",
)  # fmt: skip
#: Before the name of a further score of the validation.
FURTHER = "valid_"


def history_of(reports: Sequence[EpochReport]) -> dict[str, list[Any]]:
    """Turn reports into a list for each column.

    >>> history_of([EpochReport(1, 0.5, 0.8, 0.6, 0.7, 0.001, 2.0, 100.0)])["valid_score"]
    [0.7]
    """
    return {name: [getattr(report, name) for report in reports] for name in COLUMNS}


def named_history_of(reports: Sequence[EpochReport]) -> dict[str, list[Any]]:
    """Add to `history_of` a column for each further score of the validation, NaN in epochs that have none.

    >>> two = {"accuracy": 0.7, "macro_f1": 0.6}
    >>> named_history_of([EpochReport(1, 0.5, 0.8, 0.6, 0.7, 0.001, 2.0, 100.0, {}, two)])["valid_macro_f1"]
    [0.6]
    """
    names = dict.fromkeys(name for report in reports for name in list(report.valid_scores)[1:])
    further = {FURTHER + name: [report.valid_scores.get(name, math.nan) for report in reports] for name in names}
    columns = history_of(reports)
    return columns | {name: values for name, values in further.items() if name not in columns}


def scores_of(reports: Sequence[EpochReport]) -> list[list[dict[str, float]]]:
    """Give the named scores of each report, of training and validation.

    >>> scores_of([EpochReport(1, 0.5, 0.8, 0.6, 0.7, 0.001, 2.0, 100.0, {"accuracy": 0.8}, {"accuracy": 0.7})])
    [[{'accuracy': 0.8}, {'accuracy': 0.7}]]
    """
    return [[dict(report.train_scores), dict(report.valid_scores)] for report in reports]


def reports_of(
    history: Mapping[str, Sequence[Any]], scores: Sequence[Sequence[Mapping[str, float]]] | None = None
) -> list[EpochReport]:
    """Undo `history_of` and `scores_of`; without scores, `named_history_of`: the first score is then called "score"."""
    rows = list(zip(*(history[name] for name in COLUMNS), strict=True))
    named = [({}, _further(history, place)) for place in range(len(rows))] if scores is None else scores
    return [EpochReport(*row, *both) for row, both in zip(rows, named, strict=True)]


def _further(history: Mapping[str, Sequence[Any]], place: int) -> dict[str, float]:
    """Give the named scores of an epoch, those that a history has columns of."""
    names = [name for name in history if name not in COLUMNS]
    further = {name.removeprefix(FURTHER): history[name][place] for name in names}
    return {"score": history["valid_score"][place], **further} if further else {}
