r"""Probabilities of classes for each row, by a learner that has not seen the row: out of `FOLDS` folds.

The learner is cheap and the same for all data: rows made small (pictures 16x16, `compare.small`), scaled to one
deviation, principal components, and a radial basis around `CENTRES` drawn rows (Nystroem's approximation, Williams and
Seeger 2001), under logistic regression. Texts are TF-IDF of words and pairs. Its probabilities are tempered: p is
divided by T in the exponent, softmax(log p / T), with the T of the least negative log likelihood of the labels.
"""

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from foveal.data.images.progress import SILENT, Progress
from foveal.doctor.subject import Subject, blocks
from foveal.doctor.traits import SIDE, pooled

Array = NDArray[Any]
#: Gives the values of rows by their numbers.
Values = Callable[[Array], Any]

FOLDS, CENTRES, COMPONENTS, C = 5, 500, 64, 10.0
#: Rows that a fold's learner learns from at most, and its rounds.
MOST_ROWS, ROUNDS = 20_000, 200
_SHORT = 16
#: Words, and signs that are no space.
_WORDS = r"(?u)\w+|[^\w\s]"


def out_of_fold(subject: Subject, rows: Array, kept: Array, progress: Progress = SILENT, seed: int = 0) -> Array:
    """Give probabilities (len(rows), K) of rows; those that `kept` (of the same length) leaves out teach nothing.

    Each class needs two rows at least. A class that a fold has not learnt gets nothing there.
    """
    from sklearn.model_selection import StratifiedKFold

    assert subject.y is not None  # noqa: S101  (who calls has labels)
    y, rng = subject.y[rows], np.random.default_rng(seed)
    found = np.zeros((len(rows), len(subject.classes)), np.float32)
    values, make = (_texts(subject), _text_learner) if subject.texts else (_small(subject), _learner)
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=seed)
    with warnings.catch_warnings(action="ignore"):  # that a class is smaller than the folds; that it has not converged
        for done, (learnt, asked) in enumerate(folds.split(rows, y)):
            learnt = learnt[kept[learnt]]
            if len(learnt) > MOST_ROWS:
                learnt = np.sort(rng.choice(learnt, MOST_ROWS, replace=False))
            classes = np.unique(y[learnt])
            if len(classes) < 2:
                found[np.ix_(asked, classes)] = 1
                continue
            answer = make(values(rows[learnt]), y[learnt], seed)
            for some in blocks(asked):
                found[np.ix_(some, classes)] = answer(values(rows[some]))
            progress.show("learning by folds", done + 1, 0, FOLDS)
    return found


def tempered(p: Array, y: Array, kept: Array) -> Array:
    """Temper probabilities by the labels of the rows that are kept.

    >>> p = np.array([[0.9, 0.1], [0.9, 0.1], [0.9, 0.1], [0.9, 0.1]])
    >>> tempered(p, np.array([0, 0, 0, 1]), np.ones(4, bool))[0].round(2).tolist()
    [0.75, 0.25]
    """
    from scipy.optimize import minimize_scalar

    logs = np.log(np.clip(p, 1e-6, 1))
    place = np.arange(int(kept.sum())), y[kept]

    def loss(log_t: float) -> float:
        z = logs[kept] / np.exp(log_t)
        top = z.max(axis=1, keepdims=True)
        return float((np.log(np.exp(z - top).sum(axis=1)) + top[:, 0] - z[place]).mean())

    z = logs / np.exp(minimize_scalar(loss, bounds=(-1.5, 1.5), method="bounded").x)
    grown = np.exp(z - z.max(axis=1, keepdims=True))
    found: Array = grown / grown.sum(axis=1, keepdims=True)
    return found


def _small(subject: Subject) -> Values:
    """Give pictures of 16x16, or the small values that are kept of other rows."""
    small = subject.traits.small
    assert small is not None  # noqa: S101  (traits of arrays have it)

    def values(rows: Array) -> Array:
        read = small.read(rows)
        if not subject.traits.pictures:
            return read
        colours = np.moveaxis(read.reshape(-1, SIDE, SIDE, 3), 3, 0).astype(np.float32) / 255
        return np.stack([pooled(colour, _SHORT) for colour in colours], axis=3).reshape(len(rows), -1)

    return values


def _learner(X: Array, y: Array, seed: int) -> Callable[[Array], Array]:
    from sklearn.decomposition import PCA
    from sklearn.kernel_approximation import Nystroem
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics.pairwise import euclidean_distances
    from sklearn.pipeline import make_pipeline

    shift, scale = X.mean(axis=0), max(float(X.std(axis=0).max()), 1e-12)
    pca = PCA(min(COMPONENTS, *X.shape), svd_solver="covariance_eigh" if X.shape[1] <= X.shape[0] else "full")
    Z = pca.fit_transform((X - shift) / scale)
    some = Z[np.random.default_rng(seed).permutation(len(Z))[:CENTRES]]
    apart = euclidean_distances(some, squared=True)
    usual = float(np.median(apart[apart > 0])) if (apart > 0).any() else 1.0
    model = make_pipeline(
        Nystroem(gamma=2 / usual, n_components=min(CENTRES, len(Z)), random_state=seed),
        LogisticRegression(C=C, max_iter=ROUNDS),
    ).fit(Z, y)
    return lambda new: np.asarray(model.predict_proba(pca.transform((new - shift) / scale)))


def _texts(subject: Subject) -> Values:
    return lambda rows: [subject.texts[row] for row in rows.tolist()]


def _text_learner(X: list[str], y: Array, seed: int) -> Callable[[Any], Array]:
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    made = TfidfVectorizer(token_pattern=_WORDS, ngram_range=(1, 2), sublinear_tf=True, max_features=200_000)
    try:
        model = make_pipeline(made, LogisticRegression(C=C, max_iter=ROUNDS)).fit(X, y)
    except ValueError:  # no text has a word
        shares = np.unique(y, return_counts=True)[1] / len(y)
        return lambda new: np.tile(shares, (len(new), 1))
    return lambda new: np.asarray(model.predict_proba(new))
