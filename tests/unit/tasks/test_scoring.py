"""One score for training, `score` and `foveal evaluate`: the same number of the same rows, and never NaN."""

import warnings

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import accuracy_score, r2_score

from foveal import CNN, CNNClassifier, CNNRegressor
from foveal.core.errors import DataError, ShapeError
from foveal.fitted.measure import measure
from foveal.tasks.table import KINDS
from foveal.train import metrics

SAYS_NOTHING = "ignore:y does not vary:UserWarning"


def three_ways(model, X, y, n_valid, weight=None):
    """Give the score of the last rows as the last epoch of training, `score` and `evaluate` have it."""
    X, y, weight = X[-n_valid:], y[-n_valid:], None if weight is None else weight[-n_valid:]
    measured = None if weight is not None else measure(model.fitted_, X, y).score
    return model.history_["valid_score"][-1], model.score(X, y, weight), measured


@pytest.mark.filterwarnings(SAYS_NOTHING)
@settings(max_examples=20, deadline=None)
@given(
    n_targets=st.integers(1, 4),
    constant=st.sets(st.integers(0, 3)),
    everywhere=st.booleans(),
    n_valid=st.sampled_from([1, 2, 5, 12]),
    offset=st.sampled_from([0.0, 0.1, -1e6, 1e9]),
    weighted=st.booleans(),
    seed=st.integers(0, 99),
)
def test_values_have_one_score(n_targets, constant, everywhere, n_valid, offset, weighted, seed):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(40, 6)).astype("float32")
    y = X[:, :n_targets] + offset
    for column in constant & set(range(n_targets)):
        y[0 if everywhere else -n_valid :, column] = offset + 0.1
    y = y.astype(float) if n_targets > 1 else y[:, 0].astype(float)
    weight = rng.integers(1, 4, 40).astype(float) if weighted else None
    model = CNNRegressor(n_epochs=2, valid_size=n_valid / 40, shuffle=False, random_state=seed, kernels="off")
    model.fit(X, y, weight)
    trained, score, measured = three_ways(model, X, y, n_valid, weight)
    assert np.isfinite([trained, score]).all()
    assert trained == pytest.approx(score, rel=1e-4, abs=1e-4)
    assert measured in (None, score)
    if n_valid > 1 and offset in (0.0, 1e9):  # elsewhere scikit-learn takes rounding for variation
        expected = r2_score(
            y[-n_valid:], model.predict(X[-n_valid:]), sample_weight=None if weight is None else weight[-n_valid:]
        )
        assert score == pytest.approx(expected, rel=1e-6, abs=1e-6)


@pytest.mark.parametrize("n_valid", [1, 3, 10])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("kind", ["classes", "labels", "one_hot", "strings"])
def test_classes_and_labels_have_one_score(kind, weighted, n_valid):
    rng = np.random.default_rng(n_valid)
    X, numbers = rng.normal(size=(60, 6)).astype("float32"), np.arange(60) % 3
    y = {
        "classes": numbers,
        "labels": np.c_[numbers > 0, numbers > 1].astype(int),
        "one_hot": np.eye(3, dtype=int)[numbers],
        "strings": np.array(["a", "b", "c"])[numbers],
    }[kind]
    weight = rng.random(60) + 0.1 if weighted else None
    parameters = {"n_epochs": 3, "valid_size": n_valid / 20, "shuffle": False, "one_hot": kind == "one_hot"}
    model = CNNClassifier(random_state=0, **parameters).fit(X, y, weight)
    n_held = round(n_valid / 20 * 60) if kind == "labels" else 3 * n_valid
    trained, score, measured = three_ways(model, X, y, n_held, weight)
    assert trained == pytest.approx(score)
    assert measured in (None, score)


@pytest.mark.parametrize("weight", [None, [1.0, 0.0, 2.0, 5.0]])
@pytest.mark.parametrize(
    ("y", "z"),
    [
        ([[1.0, 5.0], [2.0, 5.0], [4.0, 5.0], [0.0, 5.0]], [[1.0, 5.0], [2.0, 5.0], [3.0, 5.0], [0.0, 5.0]]),
        ([[1.0, 5.0], [2.0, 5.0], [4.0, 5.0], [0.0, 5.0]], [[1.0, 5.0], [2.0, 5.1], [3.0, 5.0], [0.0, 5.0]]),
        ([[1e9], [1e9 + 1], [1e9 + 2], [1e9 + 3]], [[1e9], [1e9 + 1], [1e9 + 2], [1e9 + 2]]),
        ([[1e-9], [2e-9], [3e-9], [4e-9]], [[1e-9], [2e-9], [3e-9], [3e-9]]),
        ([[1.0], [2.0], [3.0], [4.0]], [[4.0], [3.0], [2.0], [1.0]]),
    ],
)
def test_it_is_scikit_learns_r2(y, z, weight):
    y, z = np.array(y), np.array(z)
    got = KINDS["regression"].score(z, y, None if weight is None else np.array(weight))
    assert got == pytest.approx(r2_score(y, z, sample_weight=weight), rel=1e-9)


@pytest.mark.parametrize("value", [0.0, 0.1, -7.3, 1e9, 1e-30])
@pytest.mark.parametrize("n_rows", [1, 2, 7])
def test_what_does_not_vary_counts_one_or_nothing_and_a_warning_says_so(value, n_rows):
    y = np.full(n_rows, value)
    for predicted, expected in ((y, 1.0), (y + 1, 0.0)):
        with pytest.warns(UserWarning, match=rf"y does not vary in the {n_rows} row\(s\) to score"):
            assert KINDS["regression"].score(predicted, y, None) == expected
        tally = metrics.r2_tally(torch.from_numpy(predicted)[:, None], torch.from_numpy(y)[:, None], None)
        assert metrics.r2(tally) == expected


@pytest.fixture(scope="module")
def fitted():
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(30, 6)).astype("float32"), np.arange(30) % 3
    make = {"random_state": 0, "n_epochs": 1}
    return X, {
        "classes": CNNClassifier(**make).fit(X, y),
        "strings": CNNClassifier(**make).fit(X, np.array(["a", "b", "c"])[y]),
        "one_hot": CNNClassifier(one_hot=True, **make).fit(X, np.eye(3, dtype=int)[y]),
        "labels": CNNClassifier(**make).fit(X, np.c_[y > 0, y > 1].astype(int)),
        "values": CNNRegressor(**make).fit(X, X[:, 0]),
        "two values": CNN(loss="mse", **make).fit(X, X[:, :2]),
    }


NUMBERS = np.arange(30) % 3
REFUSED = {
    "labels never seen": ("classes", NUMBERS + 10, "y holds none of the model's classes: it has 10, 11, 12, the model"),
    "strings for numbers": ("classes", np.array(["x", "y", "z"])[NUMBERS], "none of the model's classes: it has 'x'"),
    "numbers for strings": ("strings", NUMBERS, "none of the model's classes: it has 0, 1, 2, the model 'a'"),
    "other capitals": ("strings", np.array(["A", "B", "C"])[NUMBERS], "none of the model's classes"),
    "columns never seen": ("one_hot", NUMBERS + 3, "none of the model's classes: it has 3, 4, 5"),
    "two ones in a row": ("one_hot", np.ones((30, 3), int), "one_hot=True needs exactly one 1 in each row of y"),
    "no one in a row": ("one_hot", np.zeros((30, 3), int), "one_hot=True needs exactly one 1 in each row of y"),
    "more columns": ("one_hot", np.eye(5, dtype=int)[NUMBERS], "y must have the shape of the model's predictions"),
    "an indicator for classes": ("classes", np.eye(3, dtype=int)[NUMBERS], "y must have the shape of the model's"),
    "classes for labels": ("labels", NUMBERS, "y must have the shape of the model's predictions, (30, 2)"),
    "three labels for two": ("labels", np.eye(3, dtype=int)[NUMBERS], "y must have the shape of the model's"),
    "continuous classes": ("classes", np.linspace(0, 1, 30), "Unknown label type: continuous"),
    "two values for one": ("values", np.ones((30, 2)), "y must have the shape of the model's predictions, (30,)"),
    "one value for two": ("two values", np.ones(30), "y must have the shape of the model's predictions, (30, 2)"),
    "too few": ("values", np.ones(29), "X and y have inconsistent numbers of samples"),
    "NaN": ("values", np.full(30, np.nan), "Input y contains NaN"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_score_and_evaluate_refuse_the_same_in_the_same_words(fitted, case):
    X, models = fitted
    name, y, message = REFUSED[case]
    said = []
    for ask in (lambda model: model.score(X, y), lambda model: measure(model.fitted_, X, y)):
        with pytest.raises(DataError) as caught:
            ask(models[name])
        said.append((type(caught.value), str(caught.value)))
    assert said[0] == said[1]
    assert message in said[0][1]
    assert said[0][0] is ShapeError or "shape of" not in said[0][1]


@pytest.mark.parametrize(
    ("name", "y"),
    [
        ("one_hot", NUMBERS),
        ("one_hot", np.eye(3, dtype=int)[NUMBERS]),
        ("classes", np.where(NUMBERS == 1, 77, NUMBERS)),
        ("strings", np.array(["a", "b", "x"])[NUMBERS]),
        ("classes", NUMBERS.astype(float)),
        ("labels", np.c_[NUMBERS > 0, NUMBERS > 1]),
    ],
)
def test_score_and_evaluate_take_the_same(fitted, name, y):
    X, models = fitted
    model = models[name]
    truth = y.argmax(axis=1) if name == "one_hot" and y.ndim == 2 else y
    if truth.ndim == 1:
        assert model.score(X, y) == accuracy_score(truth == model.predict(X), np.ones(30, bool))
    assert model.score(X, y) == measure(model.fitted_, X, y).score


def test_one_hot_is_as_fit_had_it_whatever_was_set_since(fitted):
    X, models = fitted
    model = models["one_hot"]
    before = model.score(X, np.eye(3, dtype=int)[NUMBERS])
    model.set_params(one_hot=False)
    try:
        assert (
            model.score(X, np.eye(3, dtype=int)[NUMBERS])
            == measure(model.fitted_, X, np.eye(3, dtype=int)[NUMBERS]).score
        )
        assert model.score(X, np.eye(3, dtype=int)[NUMBERS]) == before
    finally:
        model.set_params(one_hot=True)


def test_no_warning_where_something_varies(fitted):
    X, models = fitted
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        models["two values"].score(X, np.c_[X[:, 0], np.ones(30)])
