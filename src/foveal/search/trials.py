"""One trial: a fit whose epochs are told to Optuna, which may say that it is not worth going on."""

from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from foveal.core.errors import DivergedError, FovealError
from foveal.data.rows import chosen_rows
from foveal.estimators.base import BaseCNN
from foveal.search.study import PLACE, Study, Taken


@dataclass(frozen=True)
class Part:
    """Rows of one search: trials learn from `fit` and are chosen by `valid`; none of them sees `test`."""

    name: str
    fit: NDArray[Any]
    valid: NDArray[Any]
    test: NDArray[Any] | None


@dataclass(frozen=True)
class Finished:
    """A trial that counts: its number from 0, "complete" or "pruned", its score on the validation rows, its values.

    `score` is that of the weights kept at the end, of a pruned trial that of its last epoch; None where there was none.
    """

    number: int
    state: str
    score: float | None
    epochs: int
    seconds: float
    values: Mapping[str, Any]
    said: str = ""


@dataclass(frozen=True)
class Ended:
    """How a fit ended: its score, None where it was left; the epochs made and what there is to say."""

    score: float | None
    epochs: int
    said: str = ""


def clone_with(estimator: BaseCNN, values: Mapping[str, Any], seed: int) -> Any:
    """Copy an estimator's parameters, with some of its values changed and a seed."""
    from sklearn.base import clone  # loaded where it is needed

    return clone(estimator).set_params(**{**values, "random_state": seed, "verbose": 0})


def make_trial(estimator: BaseCNN, rows: tuple[Any, Any], part: Part, study: Study, taken: Taken) -> Finished:
    """Fit with the values of a place, and say in the study how that went.

    Raises what a fit raises; the place is then free again. One that diverges counts as pruned.
    """
    began = perf_counter()
    try:
        model = clone_with(estimator, taken.values, taken.seed)
        ended = _fitted(model, rows, part, taken.trial)
    except FovealError as error:
        study.close(taken, "FAIL")
        tried = ", ".join(f"{name}={value!r}" for name, value in taken.values.items())
        raise type(error)(f"trial {taken.place + 1} with {tried}: {error}") from error
    except (KeyboardInterrupt, SystemExit):  # the place is free for whoever goes on
        study.close(taken, "FAIL")
        raise
    for name, told in (("epochs", ended.epochs), ("seconds", perf_counter() - began), ("said", ended.said)):
        taken.trial.set_user_attr(name, told)
    study.close(taken, "PRUNED" if ended.score is None else "COMPLETE", ended.score)
    return next(trial for trial in finished_trials(study) if trial.number == taken.place)


def finished_trials(study: Study) -> list[Finished]:
    """Give the trials of a study that count, by number."""
    return [
        Finished(
            t.user_attrs[PLACE],
            t.state.name.lower(),
            t.value,
            t.user_attrs["epochs"],
            t.user_attrs["seconds"],
            study.values(t.params),
            t.user_attrs["said"],
        )
        for t in study.finished()
    ]


def _fitted(model: Any, rows: tuple[Any, Any], part: Part, trial: Any) -> Ended:
    """Train, tell each epoch's score, and stop where the trial is to be pruned."""
    X, y = (chosen_rows(values, part.fit) for values in rows)
    valid = tuple(chosen_rows(values, part.valid) for values in rows)
    epoch = 0
    try:
        with closing(model.epochs(X, y, validation=valid)) as reports:
            for report in reports:
                epoch = report.epoch
                trial.report(report.valid_score, epoch)
                if trial.should_prune():
                    return Ended(None, epoch)
    except DivergedError as error:
        return Ended(None, epoch, f"diverged: {error}")
    score = float(model.history_["valid_score"][model.fitted_.kept_epoch - 1])
    return Ended(score, epoch) if np.isfinite(score) else Ended(None, epoch, "its score is not a number")
