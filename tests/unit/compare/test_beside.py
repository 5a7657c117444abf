"""A network beside its baselines, on the same rows."""

import json

import numpy as np
import pytest
from sklearn.datasets import load_digits

from foveal.compare.beside import Truth, compare
from foveal.compare.intervals import wilson
from foveal.compare.small import source_of
from foveal.core.errors import DataError
from foveal.tasks.classification import CLASSIFICATION
from foveal.tasks.kind import Problem
from foveal.tasks.labels import LABELS
from foveal.tasks.regression import REGRESSION

from .conftest import DRAWS

X, Y = load_digits(return_X_y=True)
X = X.reshape(-1, 8, 8)
PROBLEM = Problem(CLASSIFICATION, 10, np.arange(10))


def told(X, y, stop=300, end=500):
    return Truth(source_of(X[:stop]), y[:stop]), Truth(source_of(X[stop:end]), y[stop:end])


def test_all_are_measured_on_the_same_rows():
    learnt, measured = told(X, Y)
    predicted = measured.y.copy()
    predicted[:100] = (predicted[:100] + 1) % 10
    found = compare(PROBLEM, learnt, measured, predicted)
    assert found.network.score == 0.5
    assert found.network.interval == wilson(100, 200)
    assert (found.rows, found.learnt_from, found.said) == (200, 300, ())
    trees = found.baselines["extra trees on 8x8 pixels"]
    assert trees.score > 0.7
    assert trees.difference.value == pytest.approx(0.5 - trees.score)
    assert trees.interval.low < trees.score < trees.interval.high
    assert "extra trees on 8x8 pixels is better than the network by" in found.verdict
    as_json = json.loads(json.dumps(found.as_dict()))
    assert as_json["baselines"]["majority class"].keys() == {"score", "interval", "difference", "p", "seconds"}
    assert as_json["verdict"] == found.verdict


def test_values_have_the_bootstraps_intervals():
    y = X.mean(axis=(1, 2)) + np.random.default_rng(0).normal(size=len(X))
    learnt, measured = told(X, y)
    found = compare(Problem(REGRESSION, 1), learnt, measured, measured.y)
    assert found.network.interval == (1.0, 1.0)
    ridge = found.baselines["ridge regression on 8x8 pixels"]
    assert ridge.interval.low < ridge.score < ridge.interval.high < 1
    assert ridge.difference.p == pytest.approx(2 / (DRAWS + 1))
    assert found.verdict.startswith("the network is better than every baseline")


def test_several_labels():
    y = np.stack((Y % 2, Y > 4), axis=1).astype(int)
    learnt, measured = told(X, y)
    found = compare(Problem(LABELS, 2, np.arange(2), one_axis=False), learnt, measured, measured.y)
    assert found.network.interval == wilson(200, 200)
    assert found.baselines["most frequent labels"].score < 0.5


def test_a_label_that_nobody_knows_counts_as_wrong():
    learnt, measured = told(X, Y)
    truth = measured._replace(y=np.where(measured.y == 3, 77, measured.y))
    assert compare(PROBLEM, learnt, truth, measured.y).network.score == (measured.y != 3).mean()


def test_many_rows_are_drawn_and_it_is_said():
    learnt, measured = told(X, Y)
    found = compare(PROBLEM, learnt, measured, measured.y, most=150)
    assert (found.rows, found.learnt_from) == (150, 150)
    assert found.said == (
        "baselines learn from 150 of 300 rows, drawn with seed 0",
        "all are compared on 150 of 200 rows, drawn with seed 0",
    )


def test_one_row_of_one_class():
    learnt, measured = told(X, Y, stop=5, end=6)
    found = compare(PROBLEM, learnt, measured, measured.y)
    assert found.network.score == 1.0
    assert found.network.interval.low < 0.3


def test_a_constant_y():
    learnt, measured = told(X, np.full(len(X), 2.0))
    with pytest.warns(UserWarning, match="y does not vary"):
        found = compare(Problem(REGRESSION, 1), learnt, measured, measured.y)
    assert found.baselines["mean"].score == 1.0
    assert "as good as mean" in found.verdict


def test_rows_without_one_shape():
    rows = source_of(np.zeros((2, 1, 1, 1, 1)))
    rows.form = (rows.form[0]._replace(shape=(1, None)),)
    with pytest.raises(DataError, match="leave them out with baselines=False"):
        compare(PROBLEM, Truth(rows, Y[:2]), Truth(rows, Y[:2]), Y[:2])
