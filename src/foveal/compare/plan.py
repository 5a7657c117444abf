"""A cross-validation prepared: what fails, fails here; folds are then trained one by one."""

import hashlib
import json
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from foveal.compare.baselines import answers, sampled
from foveal.compare.folds import Fold, absent, make_folds
from foveal.compare.seen import functions_for, seen, what_is_seen
from foveal.compare.small import source_of
from foveal.core.errors import DataError, FovealError, ParameterError
from foveal.core.rules import is_integer
from foveal.data.convert import check_length
from foveal.data.groups import joined
from foveal.data.rows import chosen_rows
from foveal.data.source import is_source
from foveal.estimators.base import BaseCNN
from foveal.fitting.inputs import read_groups
from foveal.tasks.kind import Problem, learnt
from foveal.tasks.scoring import read_truth

Array = NDArray[Any]
NETWORK = "network"


@dataclass(frozen=True)
class FoldScores:
    """What one fold has brought: rows, and the score of the network and of each baseline by its name."""

    rows_train: int
    rows_test: int
    scores: Mapping[str, float]
    epochs: int
    seconds: float
    said: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Plan:
    """What is trained on which rows. `small` are the rows that baselines see, None without; `what` names those."""

    estimator: BaseCNN
    X: Any
    y: Any
    problem: Problem
    truth: Array
    folds: tuple[Fold, ...]
    groups: Array | None
    small: Array | None
    what: str
    said: tuple[str, ...]
    classes: Array | None = None  # by which rows are dealt evenly

    def identity(self) -> dict[str, str]:
        """Tell this cross-validation from others: digests of parameters, of data and of folds."""
        own = {name: value for name, value in self.estimator.get_params(deep=False).items() if name not in _FREE}
        labels = None if self.problem.classes is None else self.problem.classes.tolist()
        return {
            "settings": _digest(
                json.dumps(own, sort_keys=True, default=repr).encode(), repr(self.small is None).encode()
            ),
            "data": _digest(
                source_of(self.X, self.estimator.layout).digest(), repr((labels, self.truth.tolist())).encode()
            ),
            "folds": _digest(*(fold.test.astype(np.int64).tobytes() for fold in self.folds)),
        }


#: Parameters that a cross-validation may go on with otherwise.
_FREE = ("device", "kernels", "verbose", "workers", "checkpoint_every")


def plan(
    estimator: BaseCNN,
    X: Any,
    y: Any = None,
    *,
    folds: Any = "5x2",
    groups: Any = None,
    baselines: bool = True,
    random_state: int = 0,
    name: str = "folds",
) -> Plan:
    """Check what `cross_validate` is given, and deal the rows."""
    _check(estimator, random_state)
    y = getattr(X, "y", None) if y is None else y
    X = estimator._source_of(X)
    if y is None:
        raise DataError("cross_validate needs y, and X brings none; pass it: cross_validate(model, X, y)")
    check_length(y, len(X), "y")
    parameters = estimator._request({}).parameters
    with warnings.catch_warnings(action="ignore"):  # every fit gives them
        problem, encoded = learnt(estimator._kind(), parameters, y, None)
        truth = read_truth(problem, y, len(X), one_hot=bool(estimator.one_hot))
    groups, classes = _groups(X, groups), problem.kind.classes_of(encoded)
    dealt = make_folds(len(X), folds, int(random_state), classes=classes, groups=groups, name=name)
    said = [] if classes is None or problem.classes is None else absent(classes, problem.classes.tolist(), dealt)
    small, what = None, ""
    source = source_of(X, estimator.layout)
    if baselines and functions_for(problem, source):
        what = what_is_seen(source)
        small = seen(source)
    return Plan(estimator, X, y, problem, truth, tuple(dealt), groups, small, what, tuple(said), classes)


def _check(estimator: object, random_state: Any) -> None:
    if not isinstance(estimator, BaseCNN):
        raise ParameterError(
            f"estimator must be one of foveal's, a CNN, CNNClassifier or CNNRegressor, got {type(estimator).__name__}; "
            "for others use sklearn.model_selection.cross_validate"
        )
    if estimator.checkpoint is not None:
        raise ParameterError(
            f"checkpoint={estimator.checkpoint!r} is for one fit, and folds are several; use checkpoint=None (foveal "
            "train --cv keeps the folds that are finished)"
        )
    if not is_integer(random_state) or random_state < 0:
        raise ParameterError(f"random_state must be an integer of at least 0, got {random_state!r}; use for example 0")


def _groups(X: Any, groups: Any) -> Array | None:
    """Give the number of each row's group: groups that are given and those that X brings are brought together."""
    own = getattr(X, "groups", None) if is_source(X) else None
    given = None if groups is None else read_groups(groups, len(X), None)
    if given is None or own is None:
        return given if own is None else np.unique(own, return_inverse=True)[1]
    return joined(given, own)


def each_fold(plan: Plan, first: int = 0) -> Iterator[FoldScores]:
    """Train and test a new network on each fold from the number `first` on, beside the baselines.

    Fold k, from 0, is trained with the estimator's `random_state` + k where that is a number: how much the seed matters
    is part of what the folds tell.
    """
    for number, fold in list(enumerate(plan.folds))[first:]:
        began = perf_counter()
        try:
            yield _trained(plan, fold, number, began)
        except FovealError as error:
            raise type(error)(f"fold {number + 1} of {len(plan.folds)}: {error}") from error


def _trained(plan: Plan, fold: Fold, number: int, began: float) -> FoldScores:
    from sklearn.base import clone  # loaded where it is needed

    model = clone(plan.estimator)
    if is_integer(model.random_state):
        model.random_state = int(model.random_state) + number
    groups = plan.groups if model.valid_size else None  # else fit warns that they have no effect
    model.fit(
        chosen_rows(plan.X, fold.train),
        chosen_rows(plan.y, fold.train),
        groups=None if groups is None else groups[fold.train],
    )
    kind, truth = plan.problem.kind, plan.truth[fold.test]
    scores = {NETWORK: kind.score(model.predict(chosen_rows(plan.X, fold.test)), truth, None)}
    said = []
    if plan.small is not None:
        learnt_from = fold.train[sampled(len(fold.train))]
        if len(learnt_from) < len(fold.train):
            said.append(f"baselines learn from {len(learnt_from):,} rows of each fold, drawn with seed 0")
        functions = functions_for(plan.problem, plan.X)
        X, X_new = plan.small[learnt_from], plan.small[fold.test]
        for answer in answers(plan.problem, plan.what, X, plan.truth[learnt_from], X_new, functions):
            scores[answer.name] = kind.score(answer.predicted, truth, None)
            said += [f"{answer.name}: {answer.said}"] if answer.said else []
    return FoldScores(len(fold.train), len(fold.test), scores, model.n_epochs_, perf_counter() - began, tuple(said))


def _digest(*parts: bytes) -> str:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(hashlib.sha256(part).digest())
    return digest.hexdigest()
