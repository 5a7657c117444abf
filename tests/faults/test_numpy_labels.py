"""NumPy's and torch's scalars as labels, names and weights: what trains can be saved, and comes back."""

from itertools import cycle, islice

import numpy as np
import pandas as pd
import pytest
import torch

import foveal
from foveal.core.errors import DataError, DataTypeError, ParameterError

from .small import classes, classifier, images

X, Y = images(), classes()
NAMES = np.array(["cat", "dog", "eel"])


def objects(*labels):
    """Repeat labels in an object array, each as it is."""
    return np.fromiter(islice(cycle(labels), 12), object, 12)


def scalar(value, dtype):
    return np.array(value, dtype)[()]


GOOD = {
    "Series.map through an array": (pd.Series(Y).map(lambda i: NAMES[i]).astype(object), str),
    "elements of an array of strings": (objects(*NAMES), str),
    "a list of such": (list(objects(*NAMES)), str),
    "np.bool_": (objects(np.True_, np.False_), bool),
    **{f"np.{t}": (objects(scalar(1, t), scalar(0, t)), int) for t in ("int64", "int8", "uint16", "longlong")},
    **{f"np.{t}": (objects(scalar(1, t), scalar(2, t)), float) for t in ("float32", "float16", "longdouble")},
    "floats": (objects(1.0, 2.0), float),
    "0-d arrays": (objects(np.array(1), np.array(0)), int),
    "0-d arrays of strings": (objects(np.array("a"), np.array("b")), str),
    "0-d tensors": (objects(torch.tensor(1), torch.tensor(0), torch.tensor(1)), int),
    "long doubles": (Y.astype(np.longdouble), float),
    "pandas' integers as objects": (pd.Series(Y, dtype="Int64").astype(object), int),
    "pandas' strings as objects": (pd.Series(NAMES[Y], dtype="string").astype(object), str),
    "categories of NumPy's scalars": (pd.Series(pd.Categorical(objects(*NAMES))), str),
    "a column of objects": (pd.DataFrame({"a": objects(np.int64(3), np.int64(4))}, dtype=object)["a"], int),
    "an Index": (pd.Index(objects(*NAMES), dtype=object), str),
}  # fmt: skip


@pytest.mark.parametrize("case", GOOD)
def test_what_trains_is_saved_and_comes_back(case, tmp_path):
    y, kind = GOOD[case]
    model = classifier(valid_size=0).fit(X, y)
    assert {type(label) for label in model.classes_.tolist()} == {kind}
    assert model.score(X, y) >= 0
    model.save(tmp_path / "m")
    again = foveal.load(tmp_path / "m")
    assert again.classes_.tolist() == model.classes_.tolist()
    assert again.predict(X).tolist() == model.predict(X).tolist()
    again.partial_fit(X, y)


def test_mixed_kinds_keep_their_types(tmp_path):
    model = classifier(valid_size=0).fit(X, objects(np.str_("a"), np.int64(3), "b", 4))
    assert [(type(label), label) for label in model.classes_.tolist()] == [(str, "a"), (int, 3), (str, "b"), (int, 4)]
    model.save(tmp_path / "m")
    assert foveal.load(tmp_path / "m").classes_.tolist() == ["a", 3, "b", 4]


@pytest.mark.parametrize(
    "given", [objects(*NAMES), list(NAMES), set(NAMES), NAMES, pd.Index(NAMES), tuple(NAMES)], ids=type
)
def test_classes_of_partial_fit_may_be_numpys(given, tmp_path):
    model = classifier().partial_fit(X, objects(*NAMES), classes=given)
    model.partial_fit(X, NAMES[Y], classes=list(NAMES))
    model.save(tmp_path / "m")
    assert foveal.load(tmp_path / "m").classes_.tolist() == NAMES.tolist()


@pytest.mark.parametrize(
    "weights",
    [
        {np.int64(0): 2.0},
        {0: np.float32(2.0)},
        {np.int8(0): np.longdouble(2)},
        {np.array(0)[()]: np.int64(2)},
        {0: torch.tensor(2.0).item()},
    ],
)
def test_class_weights_may_be_numpys(weights, tmp_path):
    model = classifier(class_weight=weights).fit(X, Y)
    same = classifier(class_weight={0: 2.0}).fit(X, Y)
    np.testing.assert_array_equal(model.predict_proba(X), same.predict_proba(X))
    model.save(tmp_path / "m")
    assert foveal.load(tmp_path / "m").class_weight == {0: 2.0}


def test_class_weights_of_numpys_strings(tmp_path):
    model = classifier(class_weight={NAMES[0]: 3.0}).fit(X, objects(*NAMES))
    model.save(tmp_path / "m")
    assert foveal.load(tmp_path / "m").class_weight == {"cat": 3.0}


def test_names_of_columns_may_be_numpys(tmp_path):
    table = pd.DataFrame(X.reshape(12, -1)[:, :3], columns=pd.Index(NAMES))
    model = classifier().fit(table, Y)
    model.save(tmp_path / "m")
    again = foveal.load(tmp_path / "m")
    assert again.feature_names_in_.tolist() == NAMES.tolist()
    np.testing.assert_array_equal(again.predict(table), model.predict(table))


BAD = {
    "np.bytes_": (objects(np.bytes_(b"a"), np.bytes_(b"b")), DataTypeError, r"got bytes among objects; .*decode\(\)"),
    "bytes": (objects(b"a", b"b"), DataTypeError, "y must hold labels, got bytes"),
    "pandas' NA": (objects(1, pd.NA), DataError, "NaN or None, first in row 1"),
    "np.float64's NaN": (objects(np.float64(1), np.float64("nan")), DataError, "NaN or None, first in row 1"),
    "a 0-d NaN": (objects(np.array(1.0), np.array(np.nan)), DataError, "NaN or None, first in row 1"),
    "NaT": (objects(pd.Timestamp(0), pd.NaT), DataError, "NaN or None, first in row 1"),
    "continuous scalars": (objects(np.float32(0.25), np.float32(1.5)), DataError, "continuous"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_what_is_no_label_is_refused_before_the_first_epoch(case):
    y, error, message = BAD[case]
    with pytest.raises(error, match=message):
        classifier(valid_size=0).fit(X, y)


@pytest.mark.parametrize("label", [pd.Timestamp(0), np.datetime64("2020-01-01", "ns"), (1, "a")], ids=type)
def test_other_objects_train_and_the_file_says_that_it_cannot_hold_them(label, tmp_path):
    model = classifier(valid_size=0).fit(X, objects(label, 1))
    assert model.predict(X).shape == (12,)
    with pytest.raises(ParameterError, match="cannot be saved: a model file holds labels of type str"):
        model.save(tmp_path / "m")
