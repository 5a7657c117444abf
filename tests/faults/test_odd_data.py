"""X that looks odd and is fine: the values count, not their container, order, byte order or dtype."""

import numpy as np
import pandas as pd
import pytest
import torch

from .small import classes, classifier, images, regressor, values

X = images().astype(np.float32)
Y = classes()
WHOLE = np.round(X * 20).astype(np.int16)
T = torch.from_numpy(X)
NEGATIVE = torch._neg_view(torch.from_numpy(-X))

SAME = {
    "lists": X.tolist(),
    "tuples of lists": tuple(map(list, X.tolist())),
    "a list of arrays": list(X),
    "a list of tensors": list(T),
    "objects": X.astype(object),
    "float64": X.astype(np.float64),
    "longdouble": X.astype(np.longdouble),
    "Fortran's order": np.asfortranarray(X),
    "big-endian": X.astype(">f4"),
    "big-endian float64": X.astype(">f8"),
    "negative strides": X[::-1, ::-1, ::-1].copy()[::-1, ::-1, ::-1],
    "a record array": X.view(np.recarray),
    "a mask that masks nothing": np.ma.array(X),
    "a tensor": T,
    "a tensor with a gradient": T.clone().requires_grad_(),
    "a parameter": torch.nn.Parameter(T.clone()),
    "a tensor in another order": T.transpose(1, 2).contiguous().transpose(1, 2),
    "a negated view": NEGATIVE,
}


@pytest.mark.parametrize("case", SAME)
def test_the_same_values_give_the_same_model(case):
    expected = classifier().fit(X, Y)
    model = classifier().fit(SAME[case], Y)
    np.testing.assert_array_equal(model.predict_proba(SAME[case]), expected.predict_proba(X))
    assert model.score(SAME[case], Y) == expected.score(X, Y)


@pytest.mark.parametrize("mode", ["r", "r+", "c"])
def test_a_memory_map_is_not_changed_and_gives_the_same_model(mode, tmp_path):
    np.save(tmp_path / "x.npy", X)
    mapped = np.load(tmp_path / "x.npy", mmap_mode=mode)
    model = classifier().fit(mapped, Y)
    np.testing.assert_array_equal(model.predict_proba(mapped), classifier().fit(X, Y).predict_proba(X))
    np.testing.assert_array_equal(np.load(tmp_path / "x.npy"), X)


LESS = {
    "float16": X.astype(np.float16),
    "a half tensor": T.half(),
    "bfloat16": T.bfloat16(),
    "float8": T.to(torch.float8_e4m3fn),
}


@pytest.mark.parametrize("case", LESS)
def test_lower_precision_is_taken_as_the_values_it_holds(case):
    less = LESS[case]
    values = torch.as_tensor(less).float().numpy()
    expected = classifier().fit(values, Y).predict_proba(values)
    np.testing.assert_array_equal(classifier().fit(less, Y).predict_proba(less), expected)


@pytest.mark.parametrize("dtype", [np.int8, np.int16, np.int64, ">i2", np.float64, object])
def test_whole_numbers_are_numbers(dtype):
    expected = classifier().fit(WHOLE.astype(np.float32), Y).predict_proba(WHOLE)
    given = WHOLE.astype(dtype)
    np.testing.assert_array_equal(classifier().fit(given, Y).predict_proba(given), expected)


def test_booleans_are_zero_and_one():
    expected = classifier().fit((X > 0).astype(float), Y).predict_proba(X > 0)
    np.testing.assert_array_equal(classifier().fit(X > 0, Y).predict_proba(X > 0), expected)


def test_uint8_and_float_of_the_same_values_predict_alike():
    """Only uint8 is divided by 255, and standardisation takes the factor out again."""
    pixels = np.random.default_rng(0).integers(0, 256, size=(12, 4, 4), dtype=np.uint8)
    model = classifier().fit(pixels, Y)
    assert model.net_.input.scale == 255
    np.testing.assert_allclose(model.predict_proba(pixels.astype(float)), model.predict_proba(pixels), rtol=1e-5)
    other = classifier().fit(pixels.astype(float), Y)
    assert other.net_.input.scale == 1
    np.testing.assert_allclose(other.predict_proba(pixels), model.predict_proba(pixels), rtol=1e-4)


def test_a_frame_of_several_numeric_dtypes():
    frame = pd.DataFrame(X[:, 0], columns=list("abcd"))
    frame = frame.assign(b=np.arange(12), c=Y > 0, d=pd.array(Y, dtype="Int64"))
    model = classifier().fit(frame, Y)
    assert model.feature_names_in_.tolist() == list("abcd")
    floats = pd.DataFrame(frame.to_numpy(float), columns=list("abcd"))
    np.testing.assert_array_equal(classifier().fit(floats, Y).predict_proba(floats), model.predict_proba(frame))


EXTREME = {
    "constant": np.ones_like(X),
    "zero": np.zeros_like(X),
    "one value everywhere, without memory": np.broadcast_to(np.float32(1), X.shape),
    "one image for all, without memory": np.broadcast_to(X[:1], X.shape),
    "denormal": X.astype(float) * 1e-310,
    "denormal in float32": X * np.float32(1e-40),
    "large": X * np.float32(1e36),
    "far from zero": X.astype(float) + 1e12,
    "far from zero in float32": X + np.float32(1e8),
    "the ends of int64": np.array([[-(2**63), 2**63 - 1]] * 12),
    "the end of uint64": np.full((12, 3), 2**64 - 1, np.uint64),
    "Python's big integers": [[10**30, 1]] * 6 + [[1, 2]] * 6,
    "one outlier": np.where(np.arange(192).reshape(12, 4, 4) == 77, 1e30, X),
    "one pixel": X[:, :1, :1],
    "one column": X[:, 0, :1],
}


@pytest.mark.filterwarnings("ignore:float32 can hardly tell:UserWarning", "ignore:the columns of X vary:UserWarning")
@pytest.mark.parametrize("case", EXTREME)
def test_extreme_values_give_a_finite_step(case):
    data = EXTREME[case]
    model = classifier(n_epochs=2).fit(data, Y)
    assert np.isfinite(model.history_["train_loss"]).all()
    assert np.isfinite(model.predict_proba(data)).all()
    values_model = regressor(n_epochs=2).fit(data, values())
    assert np.isfinite(values_model.predict(data)).all()


@pytest.mark.parametrize("change", [lambda t: t * 1e37, lambda t: t + 1e12, lambda t: np.ones(12), lambda t: t * 1e-30])
def test_extreme_targets_give_finite_predictions_in_their_units(change):
    targets = change(values())
    predicted = regressor(n_epochs=2).fit(X, targets).predict(X)
    assert np.isfinite(predicted).all()
    spread = max(np.ptp(targets), 1.0 if np.ptp(targets) == 0 else 0.0)
    assert np.abs(predicted - targets.mean()).max() < 10 * spread
