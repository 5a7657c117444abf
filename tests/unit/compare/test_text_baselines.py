"""Baselines of texts against scikit-learn called directly, and beside a network."""

import numpy as np
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from foveal import TextClassifier, TextRegressor, cross_validate
from foveal.compare.text_baselines import CS, naive_bayes, one_string, ridge_on_words, tf_idf, words_and_pairs

RNG = np.random.default_rng(0)
WORDS = ["good", "bad", "film", "so", "very", "not"]
X = np.array([" ".join(RNG.choice(WORDS, size=RNG.integers(2, 7))) for _ in range(80)], object)
Y = np.array([int("good" in text.split() or "so very" in text) for text in X])
NET = {"net": "kim(vector=4, maps=2)", "n_epochs": 1, "random_state": 0}


def test_logistic_regression_is_scikit_learns_at_the_c_that_it_says():
    predicted, said = words_and_pairs(X[:60], Y[:60], X[60:])
    C = float(said.removeprefix("C="))
    assert C in CS
    made = TfidfVectorizer(token_pattern=r"(?u)\w+|[^\w\s]", ngram_range=(1, 2), sublinear_tf=True)
    wanted = (
        LogisticRegression(C=C, max_iter=300).fit(made.fit_transform(X[:60]), Y[:60]).predict(made.transform(X[60:]))
    )
    assert predicted.tolist() == wanted.tolist()


def test_c_is_chosen_on_the_rows_to_learn_from_alone():
    assert words_and_pairs(X[:60], Y[:60], X[60:])[1] == words_and_pairs(X[:60], Y[:60], X[:3])[1]


def test_several_labels_and_one_class_only():
    flags = np.stack([Y, np.zeros_like(Y)], axis=1)
    for function in (words_and_pairs, naive_bayes):
        found = function(X[:60], flags[:60], X[60:])[0]
        assert found.shape == (20, 2)
        assert found[:, 1].tolist() == [0] * 20
        assert found[:, 0].tolist() == function(X[:60], Y[:60], X[60:])[0].tolist()


@pytest.mark.parametrize("function", [words_and_pairs, naive_bayes])
def test_empty_texts_get_the_most_frequent_class(function):
    empty = np.array([""] * 9, object)
    assert function(empty, np.array([0, 1, 1] * 3), empty[:2])[0].tolist() == [1, 1]


def test_ridge_regression_finds_what_words_add_up_to():
    y = np.array([text.split().count("good") * 2.0 for text in X])
    found = ridge_on_words(X, y, X)[0]
    assert np.corrcoef(found, y)[0, 1] > 0.95
    assert ridge_on_words(X[:2], y[:2], X[:3])[0].shape == (3,)
    assert ridge_on_words(X, np.stack([y, -y], 1), X)[0].shape == (80, 2)


def test_pairs_are_one_string():
    pairs = np.array([["a b", "c"], ["", "d"]], object)
    assert one_string(pairs) == ["a b\nc", "\nd"]
    assert tf_idf(pairs, pairs)[0].shape[0] == 2


def test_folds_stand_beside_baselines_and_the_last_line_says_which_is_better():
    found = cross_validate(TextClassifier(**NET), list(X), Y, folds="1x2")
    assert found.names == (
        "network", "majority class", "logistic regression on words and pairs", "naive Bayes on characters",
    )  # fmt: skip
    assert "logistic regression on words and pairs is better than the network" in str(found)
    values = cross_validate(TextRegressor(**NET), list(X), Y.astype(float), folds="1x2")
    assert values.names == ("network", "mean", "ridge regression on words and pairs")
