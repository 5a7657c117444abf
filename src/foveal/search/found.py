"""What a search has found: the parameters chosen, the optimistic score and the nested one."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from foveal.compare.intervals import Interval
from foveal.core.errors import DataError
from foveal.search.trials import Finished


@dataclass(frozen=True)
class Outer:
    """What the parameters chosen in one search are worth on rows that no trial of it has seen.

    `optimistic` is the score of the best trial on the rows that have chosen it; `score` that of a new fit with its
    parameters on `rows` others.
    """

    name: str
    optimistic: float
    score: float
    interval: Interval
    rows: int
    values: Mapping[str, Any]


@dataclass(frozen=True)
class Tuned:
    """What a search has found.

    metric, chosen_by : what `score` is, and what the score of an epoch is that chooses: the same but of translations.
    best : the best complete trial; its `values` are the parameters chosen.
    valid_rows : how many rows chose it.
    score, interval : the nested estimate, with its 95 % interval: of the outer rows, or the mean over the outer folds.
    outer : each part of it.
    trials : all that count, by number.
    """

    metric: str
    chosen_by: str
    best: Finished
    valid_rows: int
    score: float
    interval: Interval
    outer: tuple[Outer, ...]
    trials: tuple[Finished, ...]

    @property
    def optimistic(self) -> float:
        """The best score on the rows that chose: too good, as the best of many is partly luck."""
        assert self.best.score is not None  # noqa: S101  (complete trials have one)
        return self.best.score

    def as_dict(self) -> dict[str, Any]:
        """Give all of it for a JSON object."""
        return asdict(self) | {"optimistic": self.optimistic}

    def __str__(self) -> str:
        low, high = self.interval
        where = f"on {self.outer[0].rows:,} rows that no trial had seen"
        if len(self.outer) > 1:
            where = f"mean over {len(self.outer)} folds that no trial of their search had seen"
        return (
            f"{self.chosen_by} {self.optimistic:.4f}, optimistic: the best of {len(self.trials)} trials on the "
            f"{self.valid_rows:,} rows that chose it\n"
            f"{self.metric} {self.score:.4f} ({low:.4f} to {high:.4f}), nested: {where}"
        )


def best_of(trials: Sequence[Finished]) -> Finished:
    """Give the complete trial with the best score, of equals the first; raises `DataError` where there is none."""
    complete = [trial for trial in trials if trial.state == "complete"]
    if not complete:
        said = next((trial.said for trial in trials if trial.said), "they were pruned")
        raise DataError(f"none of {len(trials)} trials has come to its end ({said}); try smaller learning rates")
    return max(complete, key=lambda trial: (trial.score, -trial.number))
