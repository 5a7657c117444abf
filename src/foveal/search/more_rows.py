"""What more data would bring: the score against the number of rows, a law through it, and twice as many rows."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from foveal.compare.folds import Fold
from foveal.compare.plan import Plan, plan
from foveal.core.errors import DataError, ParameterError
from foveal.core.randomness import derive
from foveal.core.rules import check, count, is_integer, shown
from foveal.data.rows import chosen_rows
from foveal.estimators.base import BaseCNN
from foveal.search.curve import LearningCurve, extrapolated
from foveal.search.trials import clone_with
from foveal.tasks.labels import share_of_right

Array = NDArray[Any]
#: One of so many parts of the rows is tested on in each repetition.
PARTS = 5
#: Sizes that are tried where none are given: from a sixteenth of the rows on, but from 20 rows.
SIZES, LEAST_SHARE, LEAST_ROWS = 5, 1 / 16, 20


def learning_curve(
    estimator: BaseCNN,
    X: Any,
    y: Any = None,
    *,
    sizes: Sequence[int] | None = None,
    repeats: int = 5,
    groups: Any = None,
    random_state: int = 0,
    tell: Callable[[int, int, float], None] = lambda size, repeat, score: None,
) -> LearningCurve:
    """Train on ever more rows, several times anew, and say what twice as many would bring.

        score(n) = a - b n^-c,    gain = score(2 n) - score(n),    n the largest size

    In each repetition a fifth of the rows is tested on; the others, in an order of chance, are learnt from: the first
    20, the first 40 ... A larger size holds the smaller ones. They are the parts and prefixes of scikit-learn's
    `learning_curve` with the same folds. Each repetition has another `random_state`.

    Parameters
    ----------
    estimator : CNNClassifier or its like
        It stays as it is.
    X, y, groups : as for `foveal.cross_validate`
    sizes : sequence of int, optional
        Numbers of rows to learn from, at least two. Else five, each a constant times the one before, to four fifths of
        the rows.
    repeats : int
        At least two. Three sizes and three repetitions tell little: look at the intervals.
    random_state : int
        Which rows are tested on and learnt from.
    tell : function
        Is given the size, the repetition and its score after each fit.

    Returns
    -------
    LearningCurve
        Intervals of means are those of `cross_validate` (Nadeau and Bengio 2003). That of the gain is from a bootstrap
        over repetitions, whole curves, whose deviations from the gain are made larger by
        sqrt((1 / R + tested / others) / ((R - 1) / R²)), the same correction for R repetitions that share rows. Source
        of the law: Hestness et al. 2017.

    Examples
    --------
    >>> from foveal import CNNClassifier
    >>> X, y = np.random.default_rng(0).normal(size=(60, 6, 6)), np.arange(60) % 2
    >>> model = CNNClassifier(n_epochs=1, random_state=0)
    >>> learning_curve(model, X, y, sizes=[20, 40], repeats=2).scores.shape
    (2, 2)
    """
    check("repeats", repeats, count(2))
    planned = plan(
        estimator,
        X,
        y,
        folds=f"{int(repeats)}x{PARTS}",
        groups=groups,
        baselines=False,
        random_state=random_state,
        name="repeats",
    )
    folds = planned.folds[::PARTS]  # of each repetition the first: all others test on other rows of the same deal
    most = min(len(fold.train) for fold in folds)
    tried = _sizes(sizes, most)
    scores = np.empty((len(tried), len(folds)))
    for repeat, fold in enumerate(folds):
        order = mixed(fold.train, planned.classes, derive(random_state, "curve", repeat))
        for at, size in enumerate(tried):
            scores[at, repeat] = _score(planned, Fold(np.sort(order[:size]), fold.test), repeat)
            tell(size, repeat, float(scores[at, repeat]))
    kind = planned.problem.kind
    highest = 1.0 if kind.score is share_of_right else np.inf
    tested = min(len(fold.test) for fold in folds)
    ratio = tested / most
    law, gain, interval = extrapolated(np.array(tried), scores, ratio, highest)
    return LearningCurve(kind.metric, tried, scores, tested, ratio, highest, law, gain, interval)


def mixed(rows: Array, classes: Array | None, seed: int) -> Array:
    """Give rows in an order of chance; each beginning of it holds the classes in about equal proportion.

    >>> mixed(np.arange(6), np.array([0, 0, 0, 0, 1, 1]), 0)[:3].tolist()
    [3, 2, 5]
    """
    rng = np.random.default_rng(seed)
    drawn = rng.permutation(rows)
    if classes is None:
        return drawn
    labels, place = classes[drawn], np.empty(len(drawn))
    for label in np.unique(labels):
        own = np.flatnonzero(labels == label)
        place[own] = (np.arange(len(own)) + rng.random()) / len(own)  # spread evenly, each from another beginning
    return np.asarray(drawn[np.argsort(place, kind="stable")])


def _sizes(sizes: Sequence[int] | None, most: int) -> tuple[int, ...]:
    if sizes is None:
        least = max(LEAST_ROWS, round(most * LEAST_SHARE))
        if least >= most:
            raise DataError(
                f"a learning curve needs more than {LEAST_ROWS} rows to learn from, got {most}; name fewer "
                "with sizes, or gather more"
            )
        return tuple(dict.fromkeys(np.geomspace(least, most, SIZES).round().astype(int).tolist()))
    asked = list(sizes)
    good = len(asked) > 1 and all(is_integer(size) and 1 < size <= most for size in asked)
    if not good or asked != sorted(set(asked)):
        raise ParameterError(
            f"sizes must be two whole numbers or more, ever larger, up to {most} (four fifths of the rows; the others "
            f"are tested on), got {shown(asked)}"
        )
    return tuple(map(int, asked))


def _score(planned: Plan, fold: Fold, repeat: int) -> float:
    own = planned.estimator.random_state  # type: ignore[attr-defined]
    seed = int(own) + repeat if is_integer(own) else derive(0, "curve", repeat) % 2**31
    model = clone_with(planned.estimator, {}, seed)
    groups = planned.groups if model.valid_size else None  # else fit warns that they have no effect
    model.fit(
        chosen_rows(planned.X, fold.train),
        chosen_rows(planned.y, fold.train),
        groups=None if groups is None else groups[fold.train],
    )
    predicted = model.predict(chosen_rows(planned.X, fold.test))
    return float(planned.problem.kind.score(predicted, planned.truth[fold.test], None))
