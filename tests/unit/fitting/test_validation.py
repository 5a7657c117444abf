"""What fit is given to validate on is read as fit reads X and y, weighed alike, and named in what is said of it."""

import warnings

import numpy as np
import pandas as pd
import pytest

from foveal import CNNClassifier, CNNRegressor
from foveal.core.errors import DataError, ParameterError, ShapeError

X = np.random.default_rng(0).normal(size=(60, 6, 6)).astype(np.float32)
Y = np.arange(60) % 3
SMALL = {"in_channels_list": (None, 3), "out_channels": 4, "in_features_list": (None, 5), "random_state": 0}


def classifier(**more):
    return CNNClassifier(**{**SMALL, "n_epochs": 1, "batch_size": 16, **more})


@pytest.mark.parametrize(
    ("X_valid", "y_valid", "says"),
    [
        (X, np.where(Y == 2, 7, Y), r"^validation's y holds the label 7 \(row 2\), which is not among the classes of "
         r"fit's y: \[0, 1, 2\]; leave such rows out, or train on rows of that class too$"),
        (X, np.where(Y == 2, np.nan, Y), "^Input validation's y contains NaN or None, first in row 2; drop such rows"),
        (X, np.eye(3, dtype=int)[Y], r"^validation's y has two axes, \(60, 3\), but the first call had one class"),
        (X[:, :5], Y, r"^validation's X must have the shape of fit's: \(N, 6, 6\), layout NHW, got \(60, 5, 6\)"),
        (X[:0], Y[:0], "^validation's X is empty: 0 sample"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_it_is_said_of_it(X_valid, y_valid, says):
    with pytest.raises(DataError, match=says):
        classifier().fit(X, Y, validation=(X_valid, y_valid))


def test_values_and_labels_too():
    regressor, several = CNNRegressor(**SMALL, n_epochs=1), np.c_[Y > 0, Y > 1, Y > 5].astype(int)
    with pytest.raises(DataError, match="Input validation's y contains NaN"):
        regressor.fit(X, X[:, 0, 0], validation=(X, np.full(60, np.nan)))
    with pytest.raises(DataError, match="validation's y has 2 columns, but the first call had 1; pass the same ones"):
        regressor.fit(X, X[:, 0, 0], validation=(X, X[:, 0, :2]))
    with pytest.raises(DataError, match="validation's y has 2 columns, but the first call had 3"):
        classifier().fit(X, several, validation=(X, several[:, :2]))


def test_columns_of_a_table_are_named():
    frame = pd.DataFrame(X[:, 0], columns=list("abcdef"))
    with pytest.raises(DataError, match="column 'b' of validation's X must hold real numbers"):
        classifier().fit(frame, Y, validation=(frame.assign(b="text"), Y))


@pytest.mark.parametrize("y_valid", [Y, np.eye(2, dtype=int)[Y % 2]], ids=["labels", "two columns"])
def test_one_hot_needs_its_columns(y_valid):
    one_hot = np.eye(3, dtype=int)[Y]
    words = r"^validation's y must be one-hot with a column for each of the 3 classes, as at first, \(60, 3\), got"
    with pytest.raises(ShapeError, match=words):
        classifier(one_hot=True).fit(X, one_hot, validation=(X, y_valid))
    two = np.where(np.arange(60)[:, None] == 4, 1, one_hot)
    with pytest.raises(DataError, match="exactly one 1 in each row of validation's y, but row 4 has 3"):
        classifier(one_hot=True).fit(X, one_hot, validation=(X, two))
    model = classifier(one_hot=True).fit(X, one_hot, validation=(X, one_hot))
    assert model.history_["valid_score"][-1] == pytest.approx(model.score(X, one_hot))


@pytest.mark.parametrize(
    ("validation", "got"),
    [
        (np.zeros((2, 3)), r"ndarray of shape \(2, 3\)"),
        ((X, Y, Y, Y), "tuple of length 4"),
        ((X,), "tuple of length 1"),
        (3, "3"),
        ("Xy", "str of len"),
    ],
)
def test_what_is_no_pair_or_three_is_told_by_its_type(validation, got):
    words = rf"validation must be \(X, y\) or \(X, y, sample_weight\), got {got}.*; pass such a tuple"
    with pytest.raises(ParameterError, match=words):
        classifier().fit(X, Y, validation=validation)


def test_one_row_is_not_said_to_be_held_out():
    words = r"there is only 1 row to validate on.*give more rows to validate on \(valid_size, or validation\)"
    with pytest.warns(UserWarning, match=words):
        CNNRegressor(**SMALL, n_epochs=1, early_stopping=True).fit(X, X[:, 0, 0], validation=(X[:1], X[:1, 0, 0]))


def test_another_scale_is_warned_of():
    pixels = np.random.default_rng(0).integers(0, 256, size=(60, 6, 6), dtype=np.uint8)
    with pytest.warns(UserWarning, match="fit saw uint8 pixels up to 255, but validation's X holds values up to 1"):
        classifier().fit(pixels, Y, validation=((pixels / 255).astype(np.float32), Y))
    with pytest.warns(UserWarning, match=r"validation's X is uint8 up to 25\d, but fit saw values of about"):
        classifier().fit((pixels / 255).astype(np.float32), Y, validation=(pixels, Y))
    with warnings.catch_warnings(action="error"):
        classifier().fit(pixels, Y, validation=(pixels, Y))


@pytest.mark.parametrize("class_weight", ["balanced", {0: 1.0, 1: 9.0, 2: 0.0}])
def test_it_is_weighed_as_rows_that_are_held_out(class_weight):
    y = np.where(np.arange(60) % 5, Y, 0)
    train = np.arange(60) >= 20
    model = classifier(class_weight=class_weight).fit(X[train], y[train], validation=(X[~train], y[~train]))
    by_class = 40 / (3 * np.bincount(y[train])) if class_weight == "balanced" else np.array([1.0, 9.0, 0.0])
    weights = by_class[y[~train]]
    assert model.history_["valid_score"][-1] == pytest.approx(model.score(X[~train], y[~train], weights))
    p = model.predict_proba(X[~train])[np.arange(20), y[~train]]
    assert model.history_["valid_loss"][-1] == pytest.approx(np.average(-np.log(p), weights=weights), rel=1e-4)


def test_weights_that_leave_nothing_to_validate_on():
    with pytest.raises(ParameterError, match="class_weight is 0 for every class in validation's y"):
        classifier(class_weight={2: 0.0}).fit(X, Y, validation=(X[:4], [2, 2, 2, 2]))


@pytest.mark.parametrize("class_weight", [None, {0: 1.0, 1: 9.0, 2: 0.5}])
def test_weights_of_its_rows_count_in_loss_and_score(class_weight):
    weight = np.random.default_rng(1).uniform(0.5, 3, size=20)
    model = classifier(class_weight=class_weight).fit(X[20:], Y[20:], validation=(X[:20], Y[:20], weight))
    weights = weight if class_weight is None else weight * np.array([1.0, 9.0, 0.5])[Y[:20]]
    assert model.history_["valid_score"][-1] == pytest.approx(model.score(X[:20], Y[:20], weights))
    p = model.predict_proba(X[:20])[np.arange(20), Y[:20]]
    assert model.history_["valid_loss"][-1] == pytest.approx(np.average(-np.log(p), weights=weights), rel=1e-4)
    assert model.history_["valid_loss"][-1] != pytest.approx(np.mean(-np.log(p)), rel=1e-4)


def test_weights_count_for_values_and_only_their_ratios_do():
    y, weight = X[:, 0, 0].astype(np.float64), np.random.default_rng(1).uniform(0.5, 3, size=20)
    make = {**SMALL, "n_epochs": 1, "batch_size": 16}
    model = CNNRegressor(**make).fit(X[20:], y[20:], validation=(X[:20], y[:20], weight))
    squared = ((model.predict(X[:20]) - y[:20]) / y[20:].std()) ** 2  # losses are in units of the training targets
    assert model.history_["valid_loss"][-1] == pytest.approx(np.average(squared, weights=weight), rel=1e-4)
    assert model.history_["valid_score"][-1] == pytest.approx(model.score(X[:20], y[:20], weight), rel=1e-4)
    other = CNNRegressor(**make).fit(X[20:], y[20:], validation=(X[:20], y[:20], list(weight * 1e6)))
    assert other.history_["valid_loss"] == pytest.approx(model.history_["valid_loss"], rel=1e-6)


@pytest.mark.parametrize("weight", [None, 1.0, np.ones(20)], ids=["none", "one for all", "ones"])
def test_equal_weights_are_as_none(weight):
    plain = classifier().fit(X[20:], Y[20:], validation=(X[:20], Y[:20]))
    model = classifier().fit(X[20:], Y[20:], validation=(X[:20], Y[:20], weight))
    for name in ("valid_loss", "valid_score"):
        assert model.history_[name] == pytest.approx(plain.history_[name], rel=1e-6)


@pytest.mark.parametrize("form", ["array", "list", "frame"])
def test_a_row_of_weight_0_is_as_good_as_not_there(form):
    """Nor is it looked at: it may hold what no number is, and a label of no class."""
    held, labels, weight = X[:20].copy(), Y[:20].astype(float), np.arange(20) % 4 / 2
    held[weight == 0], labels[weight == 0] = np.nan, 7
    if form == "list":
        labels, weight = labels.tolist(), weight.tolist()
    if form == "frame":
        held, frame = pd.DataFrame(held[:, 0], columns=list("abcdef")), pd.DataFrame(X[:, 0], columns=list("abcdef"))
    train = X[20:] if form != "frame" else frame[20:]
    counts = np.flatnonzero(np.asarray(weight))
    left = held.iloc[counts] if form == "frame" else held[counts]
    without = left, np.asarray(labels)[counts], np.asarray(weight)[counts]
    one = classifier().fit(train, Y[20:], validation=(held, labels, weight))
    two = classifier().fit(train, Y[20:], validation=without)
    assert one.history_["valid_loss"] == two.history_["valid_loss"]
    assert one.history_["valid_score"] == two.history_["valid_score"]


@pytest.mark.parametrize(
    ("weight", "says"),
    [
        (np.ones(5), r"^validation's sample_weight must hold a weight for each row, \(60,\), got shape \(5,\)"),
        (np.where(Y == 1, -1, 1), "^validation's sample_weight holds negative values, first in row 1; weights must be"),
        (np.where(Y == 1, np.nan, 1), "^Input validation's sample_weight contains NaN, first in row 1"),
        (np.zeros(60), "^validation's sample_weight is zero for every row: there is nothing to validate on"),
        (["a"] * 60, "^validation's sample_weight must hold real numbers"),
    ],
)
def test_wrong_weights_are_refused_as_those_to_train_on(weight, says):
    with pytest.raises(DataError, match=says):
        classifier().fit(X, Y, validation=(X, Y, weight))


def test_a_run_does_not_go_on_with_other_weights(tmp_path):
    weight = np.linspace(0.5, 2, 60)
    run = {"checkpoint": tmp_path / "run", "n_epochs": 1}
    first = classifier(**run).fit(X, Y, validation=(X, Y, weight))
    again = classifier(**run).fit(X, Y, validation=(X, Y, weight.copy()))
    assert again.history_["valid_loss"] == first.history_["valid_loss"]
    for other in ((X, Y), (X, Y, weight[::-1]), (X, Y, np.where(np.arange(60) == 7, 0, weight))):
        with pytest.raises(DataError, match=r"learns from other data.*validation"):
            classifier(**run).fit(X, Y, validation=other)


def test_a_run_without_weights_goes_on_where_they_are_none(tmp_path):
    run = {"checkpoint": tmp_path / "run", "n_epochs": 1}
    first = classifier(**run).fit(X, Y, validation=(X, Y))
    assert classifier(**run).fit(X, Y, validation=(X, Y, None)).history_["seconds"] == first.history_["seconds"]
