"""Baselines against scikit-learn called directly."""

import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.ensemble import ExtraTreesClassifier, ExtraTreesRegressor
from sklearn.linear_model import LogisticRegression, RidgeCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from foveal.compare.baselines import (
    answers,
    baselines_for,
    extra_trees,
    logistic_regression,
    majority,
    mean,
    ridge_regression,
    sampled,
)
from foveal.tasks.classification import CLASSIFICATION
from foveal.tasks.kind import Problem, replace
from foveal.tasks.labels import LABELS
from foveal.tasks.regression import REGRESSION

X, Y = load_digits(return_X_y=True)
TRAIN, TEST = slice(0, 300), slice(300, 500)
VALUES = np.stack((X.mean(axis=1), X[:, 20] * 2), axis=1)
SEVERAL = np.stack((Y % 2, Y > 4, np.zeros_like(Y)), axis=1).astype(int)


@pytest.mark.filterwarnings("ignore:lbfgs failed to converge")
def test_logistic_regression_is_scikit_learns():
    found, said = logistic_regression(X[TRAIN], Y[TRAIN], X[TEST])
    expected = make_pipeline(StandardScaler(), LogisticRegression(C=0.1)).fit(X[TRAIN], Y[TRAIN]).predict(X[TEST])
    assert (found == expected).mean() > 0.99
    assert said == ""
    several, _ = logistic_regression(X[TRAIN], SEVERAL[TRAIN], X[TEST])
    one, _ = logistic_regression(X[TRAIN], SEVERAL[TRAIN, 0], X[TEST])
    assert several.shape == (200, 3)
    assert np.array_equal(several[:, 0], one)
    assert not several[:, 2].any()


def test_ridge_regression_is_scikit_learns():
    expected = make_pipeline(StandardScaler(), RidgeCV(np.logspace(-2, 4, 7))).fit(X[TRAIN], VALUES[TRAIN, 0])
    found, _ = ridge_regression(X[TRAIN], VALUES[TRAIN, 0], X[TEST])
    assert found == pytest.approx(expected.predict(X[TEST]), abs=1e-6)
    assert ridge_regression(X[TRAIN], VALUES[TRAIN], X[TEST])[0].shape == (200, 2)
    assert ridge_regression(X[TRAIN], VALUES[TRAIN, :1], X[TEST])[0].shape == (200, 1)


def test_extra_trees_are_scikit_learns_all_at_once():
    expected = ExtraTreesClassifier(100, random_state=0).fit(X[TRAIN], Y[TRAIN]).predict(X[TEST])
    assert np.array_equal(extra_trees(X[TRAIN], Y[TRAIN], X[TEST])[0], expected)
    model = ExtraTreesRegressor(20, random_state=3, max_features=64).fit(X[TRAIN], VALUES[TRAIN])
    found, _ = extra_trees(X[TRAIN], VALUES[TRAIN], X[TEST], trees=20, seed=3)
    assert found == pytest.approx(model.predict(X[TEST]))


def test_extra_trees_keep_to_their_time():
    found, said = extra_trees(X[TRAIN], Y[TRAIN], X[TEST], seconds=0.0)
    assert said == "10 of 100 trees"
    assert np.array_equal(found, ExtraTreesClassifier(10, random_state=0).fit(X[TRAIN], Y[TRAIN]).predict(X[TEST]))


def test_logistic_regression_has_fewer_rounds_where_each_takes_long(monkeypatch):
    monkeypatch.setattr("foveal.compare.baselines._PRODUCTS", 15 * X[TRAIN].size * 10)
    assert logistic_regression(X[TRAIN], Y[TRAIN], X[TEST])[1] == "15 of 100 rounds"


def test_the_plainest():
    assert majority(X, np.array([1, 2, 2, 1, 2]), X[:2])[0].tolist() == [2, 2]
    assert majority(X, np.array([[0, 1], [1, 1], [0, 1]]), X[:2])[0].tolist() == [[0, 1], [0, 1]]
    assert mean(X, np.array([[1.0, 2.0], [3.0, 4.0]]), X[:1])[0].tolist() == [[2, 3]]


@pytest.mark.parametrize(
    ("problem", "truth", "names"),
    [
        (Problem(CLASSIFICATION, 10, np.array(list("abcdefghij"))), np.array(list("abcdefghij"))[Y], "majority class"),
        (Problem(CLASSIFICATION, 2, np.array([3, "x"], object)), np.array([3, "x"], object)[Y % 2], "majority class"),
        (Problem(LABELS, 3, np.arange(3), one_axis=False), SEVERAL, "most frequent labels"),
        (Problem(LABELS, 1, np.arange(1), one_axis=False), SEVERAL[:, :1], "most frequent labels"),
        (Problem(REGRESSION, 1), Y, "mean"),
        (Problem(REGRESSION, 2, one_axis=False), VALUES, "mean"),
        (Problem(REGRESSION, 1, one_axis=False), VALUES[:, :1], "mean"),
    ],
)
def test_answers_are_in_the_users_labels_and_values(problem, truth, names):
    found = list(answers(problem, "64 values", X[TRAIN], truth[TRAIN], X[TEST]))
    assert (found[0].name, found[2].name) == (names, "extra trees on 64 values")
    scores = [problem.kind.score(answer.predicted, truth[TEST], None) for answer in found]
    assert all(answer.predicted.shape == truth[TEST].shape for answer in found)
    assert scores[2] > scores[0]


def test_a_class_without_rows_and_one_class_alone():
    problem = Problem(CLASSIFICATION, 3, np.array([0, 1, 2]))
    for rows in ([0, 0, 2, 2], [1, 1, 1, 1]):
        found = list(answers(problem, "", X[:4], np.array(rows), X[4:6]))
        assert all(set(answer.predicted) <= set(rows) for answer in found)


def test_a_constant_pixel_and_a_constant_y():
    constant = np.ones((6, 3), np.float32) * 1e6
    for function in (logistic_regression, ridge_regression):
        y = np.array([0, 1, 0, 1, 0, 1], int if function is logistic_regression else float)
        assert np.isfinite(function(constant, y, constant)[0]).all()
    for function in (ridge_regression, extra_trees):
        assert function(X[:6], np.full(6, 7.0), X[6:8])[0] == pytest.approx([7, 7])


def test_a_kind_of_the_users_has_no_baselines():
    assert baselines_for(Problem(replace(REGRESSION, name="mine"), 1)) == ()


def test_rows_are_drawn_where_there_are_many():
    found = sampled(50, most=20)
    assert len(set(found.tolist())) == 20
    assert np.array_equal(found, np.sort(found))
    assert np.array_equal(found, sampled(50, most=20))
