"""Baselines of texts: what is quick to fit on words and characters, and often wins. Ordinary functions over strings.

Each is given texts to learn from, (N,) or (N, 2) strings, their y, and texts to answer, and gives its predictions and
what it chose. y is as in `compare.baselines`.
"""

import warnings
from typing import Any

import numpy as np
from numpy.typing import NDArray

from foveal.compare.baselines import FOR_CLASSES, FOR_LABELS, FOR_VALUES, Function
from foveal.tasks.kind import Problem

Array = NDArray[Any]

#: What C of logistic regression is chosen from, by so many folds of the texts to learn from.
CS, FOLDS = (1.0, 3.0, 10.0, 30.0), 3
#: Words, and signs that are no space; pairs of them as they follow each other.
WORDS = r"(?u)\w+|[^\w\s]"
#: Lengths of runs of characters that naive Bayes counts, what is added to each count, and how many runs there may be.
RUNS, ADDED, MOST_RUNS = (1, 4), 0.01, 200_000
#: Rounds of logistic regression at most.
_ROUNDS = 300


def words_and_pairs(X: Array, y: Array, X_new: Array) -> tuple[Array, str]:
    """Fit TF-IDF of words and pairs of words with scikit-learn's `LogisticRegression`; several labels one by one.

    Counts are taken by their logarithm. C is that of 1, 3, 10 and 30 with the best mean accuracy in 3 folds of the
    texts to learn from, where each class has as many rows.

    >>> X = np.array(["a good film", "a bad film"] * 6, object)
    >>> words_and_pairs(X, np.array([1, 0] * 6), np.array(["bad"], object))[0].tolist()
    [0]
    """
    A, A_new = tf_idf(X, X_new)
    columns = y.reshape(len(y), -1)
    found = [_one_logistic(A, column, A_new) for column in columns.T]
    chosen = ", ".join(dict.fromkeys(f"{C:g}" for _, C in found if C))
    predicted = np.stack([answer for answer, _ in found], axis=1).reshape(len(X_new), *y.shape[1:])
    return predicted, f"C={chosen}" if chosen else ""


def tf_idf(X: Array, X_new: Array) -> tuple[Any, Any]:
    """Give the TF-IDF values of words and pairs, of texts to learn from and of others, as sparse matrices.

    >>> tf_idf(np.array(["to be or not"]), np.array(["to be"]))[0].shape
    (1, 7)
    """
    from scipy.sparse import csr_array
    from sklearn.feature_extraction.text import TfidfVectorizer

    made = TfidfVectorizer(token_pattern=WORDS, ngram_range=(1, 2), sublinear_tf=True)
    try:
        return made.fit_transform(one_string(X)), made.transform(one_string(X_new))
    except ValueError:  # no text has a word
        return csr_array((len(X), 1)), csr_array((len(X_new), 1))


def _one_logistic(A: Any, y: Array, A_new: Any) -> tuple[Array, float]:
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import StratifiedKFold, cross_val_score

    if (y == y[0]).all():  # scikit-learn wants two classes
        return np.full(A_new.shape[0], y[0]), 0.0
    with warnings.catch_warnings(action="ignore"):  # that it has not converged
        models = {C: LogisticRegression(C=C, max_iter=_ROUNDS) for C in CS}
        C = CS[1]
        if np.unique(y, return_counts=True)[1].min() >= FOLDS:
            folds = StratifiedKFold(FOLDS, shuffle=True, random_state=0)
            C = max(CS, key=lambda C: cross_val_score(models[C], A, y, cv=folds).mean())
        return np.asarray(models[C].fit(A, y).predict(A_new)), C


def naive_bayes(X: Array, y: Array, X_new: Array) -> tuple[Array, str]:
    """Fit scikit-learn's `MultinomialNB` on counts of 1 to 4 characters in a row; several labels one by one.

    >>> X = np.array(["das ist", "this is"] * 3, object)
    >>> naive_bayes(X, np.array([0, 1] * 3), np.array(["dies ist"], object))[0].tolist()
    [0]
    """
    from sklearn.feature_extraction.text import CountVectorizer
    from sklearn.naive_bayes import MultinomialNB

    made = CountVectorizer(analyzer="char", ngram_range=RUNS, max_features=MOST_RUNS)
    try:
        A, A_new = made.fit_transform(one_string(X)), made.transform(one_string(X_new))
    except ValueError:  # all texts are empty
        A = A_new = None
    answers = []
    for column in y.reshape(len(y), -1).T:
        if A is None or (column == column[0]).all():
            answers.append(np.full(len(X_new), np.bincount(column).argmax()))
        else:
            answers.append(MultinomialNB(alpha=ADDED).fit(A, column).predict(A_new))
    return np.stack(answers, axis=1).reshape(len(X_new), *y.shape[1:]), ""


def ridge_on_words(X: Array, y: Array, X_new: Array) -> tuple[Array, str]:
    """Fit scikit-learn's `Ridge` on the TF-IDF values; alpha is the best of 0.1, 1 and 10 in 3 folds.

    >>> X = np.array(["one", "two", "three"] * 4, object)
    >>> ridge_on_words(X, np.array([1.0, 2.0, 3.0] * 4), X[:3])[0].round(1).tolist()
    [1.0, 2.0, 3.0]
    """
    from sklearn.linear_model import Ridge
    from sklearn.model_selection import GridSearchCV

    A, A_new = tf_idf(X, X_new)
    if len(X) < FOLDS:
        return np.asarray(Ridge().fit(A, y).predict(A_new)).reshape(len(X_new), *y.shape[1:]), ""
    model = GridSearchCV(Ridge(), {"alpha": (0.1, 1.0, 10.0)}, cv=FOLDS, scoring="neg_mean_squared_error").fit(A, y)
    said = f"alpha={model.best_params_['alpha']:g}"
    return np.asarray(model.predict(A_new)).reshape(len(X_new), *y.shape[1:]), said


def one_string(X: Array) -> list[str]:
    r"""Give each row as one string; the texts of a pair with a line's end between them.

    >>> one_string(np.array([["a", "b"]], object))
    ['a\nb']
    """
    return ["\n".join(row) for row in X.tolist()] if X.ndim == 2 else X.tolist()


_FOR_CLASSES: tuple[tuple[str, Function, bool], ...] = (
    ("logistic regression on words and pairs", words_and_pairs, False),
    ("naive Bayes on characters", naive_bayes, False),
)


def text_baselines_for(problem: Problem) -> tuple[tuple[str, Function, bool], ...]:
    """Give the baselines of texts for a kind of problem."""
    if not problem.kind.classifies:
        return FOR_VALUES[0], ("ridge regression on words and pairs", ridge_on_words, False)
    return (FOR_CLASSES if problem.one_class else FOR_LABELS)[0], *_FOR_CLASSES
