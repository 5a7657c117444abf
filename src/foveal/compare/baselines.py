"""Baselines: what is quick to fit, and what a network ought to beat. Ordinary functions over small rows.

Each is given rows to learn from, X (N, values), their y, and rows to answer, and gives its predictions and what it
left out. y holds class numbers (N,), a 0/1 indicator (N, labels), both of whole numbers, or floats (N,) or
(N, targets).
"""

import warnings
from collections.abc import Callable, Iterable, Iterator
from time import perf_counter
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from foveal.data.targets import class_numbers
from foveal.tasks.kind import Problem
from foveal.tasks.table import KINDS

Array = NDArray[Any]

#: Rows that a baseline learns from at most; of more, so many are drawn.
MOST_ROWS = 20_000
TREES = 100
#: Trees are grown in such portions until the time is used up, in seconds.
_PORTION, SECONDS = 10, 60.0
#: Rounds of logistic regression at most and at least, and products of rows, values and classes for all rounds: 30 s.
_ROUNDS, _FEWEST, _PRODUCTS = 100, 10, 2e10
#: How strongly logistic regression is held to small weights (the field's C): many pixels stand beside few rows.
C = 0.1
#: Values that features of the trees for values are chosen from at a node; classes take the square root of all.
_TRIED = 64


class Answer(NamedTuple):
    """What a baseline predicts, in the user's labels or values; `said` is what it left out, or nothing."""

    name: str
    predicted: Array
    seconds: float
    said: str


def majority(X: Array, y: Array, X_new: Array) -> tuple[Array, str]:
    """Answer the most frequent class, or combination of labels, whatever the row: of equals the first.

    >>> majority(np.zeros((3, 1)), np.array([0, 2, 2]), np.zeros((2, 1)))[0].tolist()
    [2, 2]
    """
    found, counts = np.unique(y, axis=0, return_counts=True)
    return np.repeat(found[counts.argmax()][None], len(X_new), axis=0), ""


def mean(X: Array, y: Array, X_new: Array) -> tuple[Array, str]:
    """Answer the mean of y, whatever the row.

    >>> mean(np.zeros((2, 1)), np.array([1.0, 2.0]), np.zeros((1, 1)))[0].tolist()
    [1.5]
    """
    return np.repeat(y.mean(axis=0)[None], len(X_new), axis=0), ""


def logistic_regression(X: Array, y: Array, X_new: Array) -> tuple[Array, str]:
    """Fit scikit-learn's `LogisticRegression(C=0.1)` on standardised values; several labels one by one.

    100 rounds, or as many as rows x values x classes allow in about half a minute, but 10.

    >>> logistic_regression(np.array([[0.0], [1.0], [2.0]]), np.array([0, 0, 1]), np.array([[-9.0], [9.0]]))[0].tolist()
    [0, 1]
    """
    columns = y.reshape(len(y), -1)
    classes = len(np.unique(y)) if y.ndim == 1 else columns.shape[1]
    rounds = int(min(_ROUNDS, max(_FEWEST, _PRODUCTS / (X.size * classes))))
    X, X_new = _standardised(X, X_new)
    answers = [_one_logistic(X, column, X_new, rounds) for column in columns.T]
    said = f"{rounds} of {_ROUNDS} rounds" if rounds < _ROUNDS else ""
    return np.stack(answers, axis=1).reshape(len(X_new), *y.shape[1:]), said


def _one_logistic(X: Array, y: Array, X_new: Array, rounds: int) -> Array:
    from sklearn.linear_model import LogisticRegression

    if (y == y[0]).all():  # scikit-learn wants two classes
        return np.full(len(X_new), y[0])
    with warnings.catch_warnings(action="ignore"):  # that it has not converged
        return np.asarray(LogisticRegression(C=C, max_iter=rounds).fit(X, y).predict(X_new))


def ridge_regression(X: Array, y: Array, X_new: Array) -> tuple[Array, str]:
    """Fit scikit-learn's `RidgeCV` on standardised values; it chooses among alphas 0.01 to 10,000.

    >>> ridge_regression(np.arange(9.0)[:, None], np.arange(9.0), np.array([[4.0]]))[0].round(4).tolist()
    [4.0]
    """
    from sklearn.linear_model import RidgeCV

    X, X_new = _standardised(X, X_new)
    return np.asarray(RidgeCV(np.logspace(-2, 4, 7)).fit(X, y).predict(X_new)).reshape(len(X_new), *y.shape[1:]), ""


def extra_trees(
    X: Array, y: Array, X_new: Array, *, trees: int = TREES, seed: int = 0, seconds: float = SECONDS
) -> tuple[Array, str]:
    """Fit scikit-learn's `ExtraTreesClassifier`, or `ExtraTreesRegressor` for floats, with 100 trees.

    They are grown ten at a time; once `seconds` are used up no more are. Trees for values try 64 values at a node.

    >>> extra_trees(np.array([[0.0], [1.0]]), np.array([3, 5]), np.array([[9.0]]))[0].tolist()
    [5]
    """
    from sklearn.ensemble import ExtraTreesClassifier, ExtraTreesRegressor

    how = {"random_state": seed, "warm_start": True, "n_jobs": -1}
    if y.dtype.kind == "f":
        model = ExtraTreesRegressor(max_features=min(_TRIED, X.shape[1]), **how)
    else:
        model = ExtraTreesClassifier(**how)
    began, grown = perf_counter(), 0
    target = y.ravel() if y.shape[1:] == (1,) else y
    while grown < trees and (grown == 0 or perf_counter() - began < seconds):
        grown = min(grown + _PORTION, trees)
        model.set_params(n_estimators=grown).fit(X, target)
    model.set_params(n_jobs=1)  # threads add up in any order
    predicted = np.asarray(model.predict(X_new)).reshape(len(X_new), *y.shape[1:])
    return predicted.astype(y.dtype), "" if grown == trees else f"{grown} of {trees} trees"


def _standardised(X: Array, X_new: Array) -> tuple[Array, Array]:
    """Give each value the mean 0 and the deviation 1 over the rows to learn from; one that is constant is centred."""
    means, deviations = X.mean(axis=0, dtype=np.float64), X.std(axis=0, dtype=np.float64)
    deviations[deviations <= 1e-7 * np.abs(means)] = 1.0
    deviations[deviations == 0] = 1.0
    return (X - means) / deviations, (X_new - means) / deviations


Function = Callable[..., tuple[Array, str]]

#: Name and function of each baseline; those with True learn from the rows, and are named after what these are.
FOR_CLASSES: tuple[tuple[str, Function, bool], ...] = (
    ("majority class", majority, False),
    ("logistic regression", logistic_regression, True),
    ("extra trees", extra_trees, True),
)
FOR_LABELS = (("most frequent labels", majority, False), *FOR_CLASSES[1:])
FOR_VALUES: tuple[tuple[str, Function, bool], ...] = (
    ("mean", mean, False),
    ("ridge regression", ridge_regression, True),
    ("extra trees", extra_trees, True),
)


def baselines_for(problem: Problem) -> tuple[tuple[str, Function, bool], ...]:
    """Give the baselines of a kind of problem; masks and points have none.

    Nor has a kind of the user's, as nobody knows what its y means.
    """
    if problem.kind.name not in KINDS or problem.kind.each_place:
        return ()
    if not problem.kind.classifies:
        return FOR_VALUES
    return FOR_CLASSES if problem.one_class else FOR_LABELS


def sampled(n_rows: int, seed: int = 0, most: int = MOST_ROWS) -> Array:
    """Choose the rows that a baseline learns from: all of them, or as many as it takes at most, in order.

    >>> sampled(3).tolist(), len(sampled(30_000))
    ([0, 1, 2], 20000)
    """
    if n_rows <= most:
        return np.arange(n_rows)
    return np.sort(np.random.default_rng(seed).choice(n_rows, most, replace=False))


def answers(
    problem: Problem,
    what: str,
    X: Array,
    truth: Array,
    X_new: Array,
    functions: Iterable[tuple[str, Function, bool]] | None = None,
) -> Iterator[Answer]:
    """Let each baseline learn from rows and the truth, in the user's labels or values, and answer others.

    `what` says what the rows are: "16x16 pixels"; `functions` are other baselines than those of arrays.
    """
    y = truth.astype(np.int64 if problem.kind.classifies else np.float64) if not problem.one_class else None
    if y is None:
        assert problem.classes is not None  # noqa: S101  (a problem of one class a row has them)
        y = class_numbers(truth, problem.classes)
    for name, function, learns in baselines_for(problem) if functions is None else functions:
        began = perf_counter()
        predicted, said = function(X, y, X_new)
        if problem.one_class and problem.classes is not None:
            predicted = problem.classes[predicted]
        yield Answer(f"{name} on {what}" if learns else name, predicted, perf_counter() - began, said)
