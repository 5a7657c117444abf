"""A search for parameters: trials that validation rows choose from, and what the choice is worth on rows unseen."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from foveal.compare.beside import scored
from foveal.compare.folds import make_folds
from foveal.compare.intervals import Interval
from foveal.compare.intervals import of_folds as interval_of_folds
from foveal.compare.plan import Plan, plan
from foveal.core.errors import DataError
from foveal.core.randomness import derive
from foveal.core.rules import check, count
from foveal.data.rows import chosen_rows
from foveal.estimators.base import BaseCNN
from foveal.search.found import Outer, Tuned, best_of
from foveal.search.space import Space, check_space, default_space
from foveal.search.study import Study, load_optuna, opened
from foveal.search.trials import Finished, Part, clone_with, finished_trials, make_trial

#: One of so many parts of the rows is held out from a search, and of the rest one chooses.
PARTS = 5
#: Seconds between two looks at what other processes do.
_LOOK = 0.5


@dataclass(frozen=True, eq=False)
class Tuning:
    """A search prepared: what cannot work has failed before. `parts` are searched one after the other."""

    plan: Plan
    space: Space
    trials: int
    seed: int
    folder: Path
    parts: tuple[Part, ...]

    @contextmanager
    def study(self, part: Part) -> Iterator[Study]:
        """Open the study of a part."""
        identity = {**self.plan.identity(), "space": repr(sorted((n, repr(d)) for n, d in self.space.items()))}
        identity["seed"] = str(self.seed)
        with opened(self.folder, part.name, derive(self.seed, part.name), self.space, identity) as study:
            yield study


def prepare(
    estimator: BaseCNN,
    X: Any,
    y: Any = None,
    *,
    folder: Any,
    space: Space | None = None,
    trials: int = 30,
    nested: int = 1,
    groups: Any = None,
    random_state: int = 0,
) -> Tuning:
    """Check what a search is given, and deal its rows; `tune` says what is what."""
    load_optuna()
    check("trials", trials, count(1))
    check("nested", nested, count(1))
    parameters = estimator.get_params(deep=False)
    space = dict(default_space(estimator._name, parameters) if space is None else space)
    check_space(space, estimator._name)
    folds = f"1x{nested if nested > 1 else PARTS}"
    planned = plan(
        estimator, X, y, folds=folds, groups=groups, baselines=False, random_state=random_state, name="nested"
    )
    outer = planned.folds if nested > 1 else planned.folds[:1]
    parts = [
        _part(planned, f"fold {number}" if nested > 1 else "search", fold.train, fold.test, random_state)
        for number, fold in enumerate(outer, start=1)
    ]
    if nested > 1:
        parts.append(_part(planned, "search", np.arange(len(planned.truth)), None, random_state))
    return Tuning(planned, space, int(trials), int(random_state), Path(folder), tuple(parts))


def each_trial(
    tuning: Tuning, *, waits: bool = True, stop: Callable[[], bool] = lambda: False
) -> Iterator[tuple[Part, Finished]]:
    """Make trials until there are as many as were asked for, and yield each that this process has made, with its part.

    With `waits` it goes on until those of other processes are finished too: one that is killed leaves its place.
    """
    for part in tuning.parts:
        rows = tuning.plan.X, tuning.plan.y
        with tuning.study(part) as study:
            while not stop():
                taken = study.take(tuning.trials)
                if taken is not None:
                    yield part, make_trial(tuning.plan.estimator, rows, part, study, taken)
                elif waits and study.others_at_work():
                    time.sleep(_LOOK)
                else:
                    break


def made_so_far(tuning: Tuning, part: Part) -> list[Finished]:
    """Give the trials of a part that count."""
    with tuning.study(part) as study:
        return finished_trials(study)


def conclude(tuning: Tuning) -> Tuned:
    """Fit anew with what each search has chosen, and measure on the rows held out from it."""
    found = {part.name: made_so_far(tuning, part) for part in tuning.parts}
    outer = [_measured(tuning, part, best_of(found[part.name])) for part in tuning.parts if part.test is not None]
    last = tuning.parts[-1]
    score, interval = outer[0].score, outer[0].interval
    if len(outer) > 1:
        scores = [each.score for each in outer]
        tested = sum(each.rows for each in outer)
        ratio = tested / (len(outer) * len(tuning.plan.truth) - tested)
        score, interval = float(np.mean(scores)), interval_of_folds(scores, ratio)
        interval = Interval(interval.low, min(interval.high, 1.0))  # no score is larger
    trials = tuple(found[last.name])
    kind = tuning.plan.problem.kind
    return Tuned(
        kind.metric,
        kind.followed or kind.metric,
        best_of(trials),
        len(last.valid),
        score,
        interval,
        tuple(outer),
        trials,
    )


def tune(
    estimator: BaseCNN,
    X: Any,
    y: Any = None,
    *,
    folder: Any,
    space: Space | None = None,
    trials: int = 30,
    nested: int = 1,
    groups: Any = None,
    random_state: int = 0,
) -> Tuned:
    """Search for parameters: try `trials` sets of values, choose by validation rows, measure on rows held out from all.

    Parameters
    ----------
    estimator : CNNClassifier or its like
        It stays as it is; what the space does not name keeps its values.
    X, y : as for fit
    folder : path
        Where study.db lies. The same call goes on with a search that was broken off, and several processes may make
        the same call at once: each place is tried once, whoever is killed.
    space : mapping from a parameter's name to a `Range` or `Choices`
        Else `default_space`.
    nested : int
        1: a fifth of the rows is held out from the search, and what was chosen is fitted anew and measured on it.
        K: K folds, each with a search of its own, and one more on all rows, which chooses; K + 1 times as long.
    groups : array, optional
        Rows of one group are never on both sides.
    random_state : int
        Which rows are held out, what is drawn, and the trials' seeds: those of trial k are functions of it and k.

    Returns
    -------
    Tuned
        With the optimistic score, max over trials of the score on the rows that choose, beside the nested one. Source
        of the bias: Cawley and Talbot, "On over-fitting in model selection", JMLR 11, 2010. Values are drawn by TPE,
        Bergstra et al. 2011, and bad trials end by the median of the others at the same epoch (Optuna's
        `MedianPruner`), after 4 epochs at the earliest.

    Examples
    --------
    >>> import tempfile
    >>> from foveal import CNNClassifier
    >>> from foveal.search import Range
    >>> X, y = np.random.default_rng(0).normal(size=(60, 6, 6)), np.arange(60) % 2
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     model, space = CNNClassifier(n_epochs=1), {"learning_rate": Range(1e-3, 1e-2)}
    ...     found = tune(model, X, y, folder=folder, space=space, trials=2)
    >>> [trial.number for trial in found.trials], found.outer[0].rows, found.valid_rows
    ([0, 1], 12, 10)
    """
    tuning = prepare(
        estimator,
        X,
        y,
        folder=folder,
        space=space,
        trials=trials,
        nested=nested,
        groups=groups,
        random_state=random_state,
    )
    for _ in each_trial(tuning):
        pass
    return conclude(tuning)


def _part(planned: Plan, name: str, rows: Any, test: Any, seed: int) -> Part:
    """Let a fifth of the rows choose, and trials learn from the others."""
    classes, groups = ((None if v is None else v[rows]) for v in (planned.classes, planned.groups))
    if len(rows) < 2 * PARTS:
        raise DataError(f"a search needs {2 * PARTS} rows to learn from and choose by, got {len(rows)}; give more")
    inner = make_folds(len(rows), f"1x{PARTS}", derive(seed, "choose"), classes=classes, groups=groups)[0]
    return Part(name, rows[inner.train], rows[inner.test], test)


def _measured(tuning: Tuning, part: Part, best: Finished) -> Outer:
    assert part.test is not None  # noqa: S101  (conclude asks for no other)
    assert best.score is not None  # noqa: S101  (complete trials have one)
    planned, rows = tuning.plan, np.sort(np.concatenate((part.fit, part.valid)))
    model = clone_with(planned.estimator, best.values, derive(tuning.seed, "measure", best.number) % 2**31)
    groups = planned.groups if model.valid_size else None  # else fit warns that they have no effect
    model.fit(
        chosen_rows(planned.X, rows),
        chosen_rows(planned.y, rows),
        groups=None if groups is None else groups[rows],
    )
    predicted = model.predict(chosen_rows(planned.X, part.test))
    found = scored(planned.problem.kind, predicted, planned.truth[part.test])
    return Outer(part.name, best.score, found.score, found.interval, len(part.test), best.values)
