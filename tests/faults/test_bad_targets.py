"""y that cannot be learnt: refused before the first epoch, by name, with a way out."""

import warnings

import numpy as np
import pandas as pd
import pytest
import scipy.sparse
import torch
from sklearn.exceptions import DataConversionWarning

from foveal.core.errors import DataError, DataTypeError, ParameterError

from .small import classes, classifier, cnn, images, refused, regressor, values

X, Y, T = images(), classes(), values()


def with_label(label):
    """Put a label of another kind into row 4."""
    spoilt = Y.astype(object)
    spoilt[4] = label
    return spoilt


def of_lists():
    labels = np.empty(12, object)
    labels[:] = [[0], [0, 1]] * 6
    return labels


ALL = {
    "None": (lambda: None, DataError, ["requires y to be passed, but the target y is None"]),
    "too short": (lambda: Y[:5], DataError, ["inconsistent numbers of samples", "12 rows and 5 entries"]),
    "too long": (lambda: [0, 1] * 7, DataError, ["12 rows and 14 entries"]),
    "empty": (lambda: [], DataError, ["12 rows and 0 entries"]),
    "a number": (lambda: 3, DataTypeError, ["y must be an array with an entry for each row", "got 3"]),
    "a word as long as X": (lambda: "abcabcabcabc", DataTypeError, ["y must be an array", "'abcabcabcabc'"]),
    "a dict": (lambda: dict.fromkeys(range(12)), DataTypeError, ["y must be an array"]),
    "a set": (lambda: set(range(12)), DataTypeError, ["y must be an array"]),
    "a generator": (lambda: (v for v in Y), DataTypeError, ["y must be an array"]),
    "ragged": (lambda: [[0], [0, 1]] * 6, DataError, ["y is ragged"]),
    "three axes": (lambda: np.zeros((12, 2, 2)), DataError, ["y must ", "got shape (12, 2, 2)"]),
    "no columns": (lambda: np.zeros((12, 0)), DataError, ["y must ", "got shape (12, 0)"]),
    "sparse": (lambda: scipy.sparse.csr_array(np.eye(12)), DataTypeError, ["y is a sparse matrix", "y.toarray()"]),
    "masked": (lambda: np.ma.array(Y, mask=Y > 0), DataError, ["y is a masked array", "y.filled(0)"]),
    "complex": (lambda: Y + 1j, DataError, ["Complex data not supported", "y must hold"]),
    "a tensor without memory": (lambda: torch.zeros(12, device="meta"), DataTypeError, ["y cannot be made an array"]),
    "NaN": (lambda: np.where(Y == 1, np.nan, 0.0), DataError, ["Input y contains NaN", "row 1"]),
    "NaN in a column": (lambda: np.where(Y == 1, np.nan, 0.0)[:, None], DataError, ["Input y contains NaN", "row 1"]),
    "infinity": (lambda: np.where(Y == 1, np.inf, 0.0), DataError, ["Input y contains infinity", "row 1"]),
    "None among objects": (lambda: with_label(None), DataError, ["Input y contains NaN", "row 4"]),
    "NaN among objects": (lambda: with_label(np.nan), DataError, ["Input y contains NaN", "row 4"]),
    "pandas' NA": (lambda: pd.Series(with_label(None)).astype("Int64"), DataError, ["Input y contains NaN", "row 4"]),
}  # fmt: skip
LABELS = {
    "one class": (lambda: np.zeros(12), DataError, ["y has 1 class (0.0)", "at least 2 classes"]),
    "one string": (lambda: ["cat"] * 12, DataError, ["y has 1 class ('cat')"]),
    "continuous": (lambda: T, DataError, ["Unknown label type: continuous", "CNNRegressor"]),
    "continuous objects": (lambda: T.astype(object), DataError, ["Unknown label type"]),
    "lists": (of_lists, DataTypeError, ["labels in y must be hashable", "'list'", "use strings, numbers or tuples"]),
    "dicts": (lambda: [{}] * 12, DataTypeError, ["labels in y must be hashable", "'dict'"]),
    "bytes": (lambda: np.array([b"a", b"b"] * 6), DataTypeError, ["y must hold labels", "|S1", "y.astype(str)"]),
    "NA": (lambda: with_label(pd.NA), DataError, ["Input y contains NaN or None", "row 4", "drop such rows"]),
    "NaT": (lambda: with_label(pd.NaT), DataError, ["Input y contains NaN or None", "row 4"]),
    "dates and NaT": (lambda: np.array(["2020", "NaT"] * 6, "M8[D]"), DataError, ["Input y contains NaN", "row 1"]),
    "strings and NaN": (lambda: ["cat", np.nan] * 6, DataError, ["Input y contains NaN or None", "row 1"]),
    "a category missing": (lambda: pd.Series(pd.Categorical(["a", None] * 6)), DataError, ["Input y contains NaN"]),
    "two axes of values": (lambda: np.stack([T, T], 1), DataError, ["(12, 2)", "indicator that holds only 0 and 1"]),
    "two axes of strings": (lambda: [["a", "b"]] * 12, DataError, ["indicator", "y of one axis"]),
    "tuples in a list": (lambda: [("a", 1), ("b", 2)] * 6, DataError, ["indicator", "an object array"]),
}
VALUES = {
    "strings": (lambda: ["cat", "dog"] * 6, DataError, ["y must hold real numbers", "encode"]),
    "numbers as text": (lambda: ["1", "2"] * 6, DataError, ["y must hold real numbers", "astype(float)"]),
    "dates": (lambda: np.array(["2020", "2021"] * 6, "M8[D]"), DataError, ["y must hold real numbers", "datetime64"]),
    "dicts": (lambda: [{}] * 12, DataTypeError, ["y must hold real numbers", "'dict'"]),
    "beyond float32": (lambda: T * 1e39, DataError, ["too large for dtype('float32')", "row 0", "rescale"]),
    "beyond float64": (lambda: T.astype(np.longdouble) * np.longdouble("1e400"), DataError, ["too large", "row 0"]),
}  # fmt: skip


@pytest.mark.usefixtures("no_epoch")
@pytest.mark.parametrize("case", ALL)
@pytest.mark.parametrize("make", [classifier, regressor])
def test_what_no_estimator_can_learn(case, make):
    y, kind, words = ALL[case]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataConversionWarning)  # a column is ravelled first
        with refused(kind, *words):
            make().fit(X, y())


@pytest.mark.usefixtures("no_epoch")
@pytest.mark.parametrize("case", LABELS)
@pytest.mark.parametrize("make", [classifier, cnn])
def test_what_are_no_labels(case, make):
    y, kind, words = LABELS[case]
    with refused(kind, *words):
        make().fit(X, y())


@pytest.mark.usefixtures("no_epoch")
@pytest.mark.parametrize("case", VALUES)
def test_what_are_no_values(case):
    y, kind, words = VALUES[case]
    for model in (regressor(), cnn(loss="huber")):
        with refused(kind, *words):
            model.fit(X, y())


@pytest.mark.usefixtures("no_epoch")
@pytest.mark.parametrize(
    ("y", "kind", "words"),
    [
        (Y, ParameterError, ["one_hot=True needs a 2-D 0/1 y", "use one_hot=False"]),
        (np.ones((12, 2)), DataError, ["exactly one 1 in each row", "row 0 has 2"]),
        (np.eye(12) * (np.arange(12) != 7), DataError, ["exactly one 1 in each row", "row 7 has 0"]),
        (np.eye(2)[Y] * 2, DataError, ["indicator that holds only 0 and 1"]),
    ],
)
def test_what_is_not_one_hot(y, kind, words):
    with refused(kind, *words):
        classifier(one_hot=True).fit(X, y)


@pytest.mark.parametrize("make", [classifier, regressor])
def test_a_column_is_ravelled_with_a_warning_that_points_here(make):
    with pytest.warns(DataConversionWarning, match="column-vector y") as caught:
        model = make().fit(X, Y[:, None])
    assert caught[0].filename == __file__
    assert model.predict(X).shape == (12,)


def test_an_indicator_that_may_be_one_hot_warns_here():
    with pytest.warns(UserWarning, match="exactly one label.*use one_hot=True") as caught:
        classifier().fit(X, np.eye(2)[Y])
    assert caught[0].filename == __file__
