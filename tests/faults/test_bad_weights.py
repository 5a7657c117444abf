"""Weights of rows and of classes: wrong ones are refused by name, odd ones count by their ratios."""

import numpy as np
import pandas as pd
import pytest
import scipy.sparse
import torch

from foveal.core.errors import DataError, DataTypeError, ParameterError

from .small import classes, classifier, images, refused, regressor, values

X, Y = images(), classes()
ONES = np.ones(12)

BAD = {
    "NaN": (np.where(Y == 1, np.nan, 1), DataError, ["Input sample_weight contains NaN", "row 1"]),
    "infinity": (np.where(Y == 1, np.inf, 1), DataError, ["Input sample_weight contains infinity", "row 1"]),
    "beyond float64's middle": (ONES * 1e300, DataError, ["sample_weight", "too large", "rescale"]),
    "negative": (np.where(Y == 1, -1, 1), DataError, ["sample_weight holds negative values", "row 1", "at least 0"]),
    "too short": (ONES[:5], DataError, ["sample_weight must hold a weight for each row, (12,)", "got shape (5,)"]),
    "two axes": (np.ones((12, 2)), DataError, ["sample_weight must hold a weight for each row", "(12, 2)"]),
    "a column": (np.ones((12, 1)), DataError, ["sample_weight must hold a weight for each row", "(12, 1)"]),
    "a frame": (pd.DataFrame({"w": ONES}), DataError, ["sample_weight must hold a weight for each row", "(12, 1)"]),
    "strings": (["a"] * 12, DataError, ["sample_weight must hold real numbers"]),
    "numbers as text": (["1"] * 12, DataError, ["sample_weight must hold real numbers", "astype(float)"]),
    "class_weight's word": ("balanced", DataTypeError, ["sample_weight must be an array", "'balanced'"]),
    "a dict": ({0: 1.0}, DataTypeError, ["sample_weight must be an array", "{0: 1.0}"]),
    "None for some": ([None] * 12, DataError, ["Input sample_weight contains NaN", "row 0"]),
    "zeros": (ONES * 0, DataError, ["sample_weight is zero for every row"]),
    "zero": (0, DataError, ["sample_weight is zero for every row"]),
    "complex": (ONES + 1j, DataError, ["Complex data not supported", "sample_weight"]),
    "dates": (np.full(12, np.datetime64("2020")), DataError, ["sample_weight must hold real numbers", "datetime64"]),
    "sparse": (scipy.sparse.csr_array(ONES[:, None]), DataTypeError, ["sample_weight is a sparse matrix"]),
    "ragged": ([[1], [1, 2]] * 6, DataError, ["sample_weight is ragged"]),
    "masked": (np.ma.array(ONES, mask=Y > 0), DataError, ["sample_weight is a masked array"]),
}  # fmt: skip


@pytest.mark.usefixtures("no_epoch")
@pytest.mark.parametrize("case", BAD)
def test_wrong_weights_of_rows(case):
    weight, kind, words = BAD[case]
    for model in (classifier(), regressor()):
        with refused(kind, *words):
            model.fit(X, Y, sample_weight=weight)


@pytest.mark.parametrize("case", BAD)
def test_wrong_weights_in_a_score(case):
    weight, kind, words = BAD[case]
    with refused(kind, *words):
        classifier().fit(X, Y).score(X, Y, sample_weight=weight)


@pytest.mark.usefixtures("no_epoch")
def test_weights_that_leave_one_class():
    with refused(DataError, "y has 1 class (1)", "at least 2 classes"):
        classifier().fit(X, Y, sample_weight=Y > 0)


@pytest.mark.parametrize(
    "weight",
    [3, np.float32(2), [1] * 12, ONES * 1e-300, ONES * 1e-310, ONES * 3e38, ONES.astype(object), Y > -1,
     torch.ones(12, requires_grad=True), torch.ones(12).bfloat16(), pd.Series(ONES, index=range(5, 17))],
    ids=str,
)  # fmt: skip
def test_equal_weights_are_none_whatever_they_are(weight):
    plain = classifier(n_epochs=2).fit(X, Y)
    weighted = classifier(n_epochs=2).fit(X, Y, sample_weight=weight)
    np.testing.assert_allclose(weighted.predict_proba(X), plain.predict_proba(X), rtol=1e-4)
    np.testing.assert_allclose(weighted.history_["train_loss"], plain.history_["train_loss"], rtol=1e-5)


@pytest.mark.parametrize(
    "y", [list("ab") * 6, tuple("ab") * 6, pd.Series(list("ab") * 6, index=range(3, 15)), range(12)]
)
def test_rows_of_weight_zero_are_left_out_of_any_y(y):
    weight = np.where(np.arange(12) < 10, 1.0, 0.0)
    part = y.iloc[:10] if hasattr(y, "iloc") else y[:10]
    left_out = classifier().fit(X, y, sample_weight=weight)
    absent = classifier().fit(X[:10], part, sample_weight=weight[:10])
    np.testing.assert_array_equal(left_out.predict_proba(X), absent.predict_proba(X))


@pytest.mark.usefixtures("no_epoch")
@pytest.mark.parametrize(
    ("weight", "words"),
    [
        ({7: 1.0}, ["class_weight names 7", "no class of y: [0, 1]"]),
        ({"0": 1.0}, ["class_weight names '0'", "[0, 1]"]),
        ({0: 0, 1: 0}, ["class_weight is 0 for every class in y"]),
        ({0: -1}, ["class_weight must be", "a weight of at least 0", "{0: -1}"]),
        ({0: float("nan")}, ["class_weight must be", "{0: nan}"]),
        ({0: "a"}, ["class_weight must be", "{0: 'a'}"]),
        ([1, 2], ["class_weight must be", "'balanced'", "a dict", "[1, 2]"]),
        ("balancd", ["class_weight must be", "did you mean 'balanced'?"]),
    ],
)
def test_wrong_weights_of_classes(weight, words):
    with refused(ParameterError, *words):
        classifier(class_weight=weight).fit(X, Y)


@pytest.mark.usefixtures("no_epoch")
def test_weights_of_classes_where_there_are_none():
    with refused(ParameterError, "class_weight='balanced'", "not for regression", "use None"):
        regressor(class_weight="balanced").fit(X, values())
    with refused(ParameterError, "class_weight={0: 2.0}", "not for labels", "use None"):
        classifier(class_weight={0: 2.0}).fit(X, np.array([[0, 1, 1], [1, 1, 0]] * 6))


def test_a_class_of_weight_zero_is_as_good_as_not_there():
    y = np.arange(30) % 3
    model = classifier(class_weight={2: 0}, valid_size=0.5, n_epochs=3).fit(images(30), y)
    assert np.isfinite(model.history_["valid_loss"]).all()
    weighted = classifier(valid_size=0.5, n_epochs=3).fit(images(30), y, sample_weight=np.where(y == 2, 0, 1))
    assert model.classes_.tolist() == [0, 1, 2]
    assert weighted.classes_.tolist() == [0, 1]  # rows of weight 0 are not there, nor are their labels


@pytest.mark.parametrize("scale", [1e-300, 1e300])
def test_only_the_ratio_of_class_weights_counts(scale):
    plain = classifier(class_weight={0: 1, 1: 3}).fit(X, Y)
    scaled = classifier(class_weight={0: scale, 1: 3 * scale}).fit(X, Y)
    np.testing.assert_allclose(scaled.predict_proba(X), plain.predict_proba(X), rtol=1e-5)
