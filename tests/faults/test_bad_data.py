"""X that cannot be learnt from: refused before the first epoch, by name, with a way out."""

import numpy as np
import pandas as pd
import pytest
import scipy.sparse
import torch

from foveal.core.errors import DataError, DataTypeError, ParameterError, ShapeError

from .small import classes, classifier, images, refused, regressor

X, Y = images(), classes()


def with_value(value, dtype=np.float64):
    """Put a value into row 5."""
    spoilt = X.astype(dtype)
    spoilt[5, 1, 1] = value
    return spoilt


def frame(**columns):
    return pd.DataFrame(X[:, 0], columns=list("abcd")).assign(**columns)


def masked():
    return np.ma.array(X, mask=X > 1)


def of_objects(value):
    spoilt = X.astype(object)
    spoilt[5, 1, 1] = value
    return spoilt


def one_array_a_row():
    rows = np.empty(12, object)
    rows[:] = list(X)
    return rows


BAD = {
    "NaN": (lambda: with_value(np.nan), DataError, ["Input X contains NaN", "row 5", "drop or impute"]),
    "infinity": (lambda: with_value(np.inf), DataError, ["Input X contains infinity", "row 5", "rescale"]),
    "minus infinity": (lambda: with_value(-np.inf), DataError, ["infinity", "row 5"]),
    "beyond float32": (lambda: with_value(1e39), DataError, ["too large for dtype('float32')", "row 5", "rescale"]),
    "nearly float32's end": (lambda: with_value(3e38), DataError, ["too large", "row 5"]),
    "longdouble": (lambda: with_value(np.longdouble("1e400"), np.longdouble), DataError, ["too large", "row 5"]),
    "NaN in float16": (lambda: with_value(np.nan, np.float16), DataError, ["NaN", "row 5"]),
    "NaN in a tensor": (lambda: torch.from_numpy(with_value(np.nan)), DataError, ["NaN", "row 5"]),
    "NaN in a frame": (lambda: frame(b=[1.0] * 11 + [np.nan]), DataError, ["NaN", "row 11"]),
    "pandas' NA": (lambda: frame(b=pd.array([1, None] * 6, dtype="Int64")), DataError, ["NaN", "row 1"]),
    "None among objects": (lambda: of_objects(None), DataError, ["NaN", "row 5"]),
    "no rows": (lambda: X[:0], DataError, ["X is empty", "0 sample(s)", "(0, 4, 4)"]),
    "no columns": (lambda: X[:, 0, :0], DataError, ["X is empty", "0 feature(s)", "(12, 0)"]),
    "an axis of none": (lambda: X[:, :, :0], DataError, ["X is empty", "(12, 4, 0)"]),
    "None": (lambda: None, DataTypeError, ["X must be an array", "got None"]),
    "a number": (lambda: 5, DataTypeError, ["X must be an array", "got 5"]),
    "a word": (lambda: "abc", DataTypeError, ["X must be an array", "got 'abc'"]),
    "a dict": (lambda: {"a": 1}, DataTypeError, ["X must be an array", "{'a': 1}"]),
    "a set": (lambda: {1, 2}, DataTypeError, ["X must be an array"]),
    "a generator": (lambda: (row for row in X), DataTypeError, ["X must be an array"]),
    "a scalar array": (lambda: np.array(3.0), DataTypeError, ["X must be an array"]),
    "one axis": (lambda: X[:, 0, 0], ShapeError, ["2 to 5 axes", "got 1: (12,)", "Reshape your data", "X[None]"]),
    "a Series": (lambda: frame()["a"], ShapeError, ["2 to 5 axes", "Reshape your data"]),
    "six axes": (lambda: X[:, None, None, None], ShapeError, ["2 to 5 axes", "(12, 1, 1, 1, 4, 4)"]),
    "strings": (lambda: np.array([["a", "b"]] * 12), DataError, ["X must hold real numbers", "<U1", "encode"]),
    "numbers as text": (lambda: X.astype(str), DataError, ["X must hold real numbers", "astype(float)"]),
    "a string among objects": (lambda: of_objects("cat"), DataError, ["X must hold real numbers", "'cat'"]),
    "a dict among objects": (lambda: of_objects({}), DataTypeError, ["X must hold real numbers", "'dict'"]),
    "strings in a frame": (lambda: frame(s="x"), DataError, ["column 's' of X must hold real numbers", "'x'"]),
    "dates in a frame": (lambda: frame(t=pd.Timestamp("2020-01-01")), DataError, ["column 't' of X", "datetime64"]),
    "categories": (lambda: frame(c=pd.Categorical(list("abc") * 4)), DataError, ["column 'c' of X", "'a'"]),
    "complex": (lambda: X + 1j, DataError, ["Complex data not supported", "X must hold real numbers", "np.abs"]),
    "a complex tensor": (lambda: torch.from_numpy(X + 1j), DataError, ["Complex data not supported"]),
    "dates": (lambda: np.full((12, 3), np.datetime64("2020")), DataError, ["X must hold real numbers", "datetime64"]),
    "a structure": (lambda: np.zeros((12, 3), [("a", float)]), DataError, ["X must hold real numbers"]),
    "sparse": (lambda: scipy.sparse.csr_matrix(X[:, 0]), DataTypeError, ["X is a sparse matrix", "X.toarray()"]),
    "a sparse array": (lambda: scipy.sparse.coo_array(X[:, 0]), DataTypeError, ["X is a sparse matrix", "X.toarray()"]),
    "a sparse frame": (
        lambda: pd.DataFrame.sparse.from_spmatrix(scipy.sparse.csr_matrix(X[:, 0])), DataTypeError, ["dense data"],
    ),
    "a sparse tensor": (lambda: torch.from_numpy(X).to_sparse(), DataTypeError, ["X cannot be made an array", "dense"]),
    "a tensor without memory": (lambda: torch.zeros(12, 4, 4, device="meta"), DataTypeError, ["X cannot be made"]),
    "tensors with gradients in a list": (
        lambda: list(torch.from_numpy(X).requires_grad_()), DataTypeError, ["X cannot be made an array", "detach()"],
    ),
    "ragged": (lambda: [[1, 2], [1]] * 6, DataError, ["X is ragged", "pad, crop or resize"]),
    "ragged images": (lambda: [np.zeros((4, 4)), np.zeros((4, 5))] * 6, DataError, ["X is ragged"]),
    "an array of arrays": (one_array_a_row, DataError, ["X holds 12 arrays", "np.stack(X)"]),
    "masked": (masked, DataError, ["X is a masked array", "X.filled(0)"]),
}  # fmt: skip


@pytest.mark.usefixtures("no_epoch")
@pytest.mark.parametrize("case", BAD)
@pytest.mark.parametrize("make", [classifier, regressor])
def test_what_cannot_be_learnt_from(case, make):
    data, kind, words = BAD[case]
    with refused(kind, *words):
        make().fit(data(), Y)


@pytest.mark.usefixtures("no_epoch")
def test_float64_has_its_limit_too():
    with refused(DataError, "too large for dtype('float64')", "row 5"):
        classifier(precision="float64").fit(with_value(1e200), Y)


@pytest.mark.usefixtures("no_epoch")
def test_a_frame_whose_columns_have_no_proper_names():
    with pytest.raises(DataTypeError, match="all input features have string names"):
        classifier().fit(frame().set_axis([1, "a", "b", "c"], axis=1), Y)
    with pytest.raises(DataError, match="Expected unique column names, got:\n- 'a' 2 times"):
        classifier().fit(frame().set_axis(list("aabc"), axis=1), Y)


@pytest.mark.usefixtures("no_epoch")
def test_a_memory_map_is_searched_for_nan_too(tmp_path):
    np.save(tmp_path / "x.npy", with_value(np.nan))
    with refused(DataError, "Input X contains NaN", "row 5"):
        classifier().fit(np.load(tmp_path / "x.npy", mmap_mode="r"), Y)


@pytest.mark.usefixtures("no_epoch")
@pytest.mark.parametrize(("layout", "shape"), [("NCHW", (12, 4, 4)), ("NL", (12, 4, 4)), ("NCDHW", (12, 1, 4, 4))])
def test_a_layout_of_other_axes(layout, shape):
    with refused(ParameterError, f"layout='{layout}' names {len(layout)} axes", str(shape), "use one of"):
        classifier(layout=layout).fit(np.zeros(shape), Y)
