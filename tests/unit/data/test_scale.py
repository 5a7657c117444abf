"""How X is standardised, from the data to predictions, files and checkpoints: channels, and the columns of tables."""

import copy
import json
import warnings

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.datasets import load_digits, load_iris, load_wine
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from foveal import CNN, CNNClassifier, CNNRegressor, load
from foveal.core.errors import DataError, ModelFileError
from foveal.core.headers import read_header
from foveal.core.tensor_files import encode, read_tensors
from foveal.data.scale import learn_scale
from foveal.fitting.checkpointing import Keeper
from foveal.kernels.library import load as load_kernels
from foveal.layers import Standardize

RNG = np.random.default_rng(0)
SMALL = {"in_channels_list": (None, 4), "out_channels": 4, "in_features_list": (None, 8), "random_state": 0}
SCALES = np.array([1e-6, 1.0, 1e4, 3.0, 1e9, 50.0])
TABLE = RNG.normal(size=(80, 6)) * SCALES + SCALES * [0, 5, 1, 0, 2, -9]
Y = (TABLE[:, 0] > 0).astype(int) + (TABLE[:, 1] > 5)
FRAME = pd.DataFrame(TABLE, columns=list("abcdef"))


FRAMES = {
    "strings for names": FRAME,
    "numbers for names": FRAME.set_axis(range(6), axis=1),
    "an index of its own": FRAME.set_index(np.arange(80)[::-1] * 3),
    "float32": FRAME.astype("float32"),
    "several dtypes": FRAME.assign(b=np.arange(80), d=Y > 0),
    "whole numbers": pd.DataFrame({"a": Y > 0, "b": Y.astype("uint8"), "c": np.arange(80) ** 3}),
    "pixels and a mark": pd.DataFrame(np.c_[RNG.integers(0, 250, (80, 2)), np.arange(80) % 2].astype(np.uint8)),
    "two columns": FRAME[["c", "b"]],
}


@pytest.mark.parametrize("case", FRAMES)
@pytest.mark.parametrize("valid_size", [0, 0.25])
def test_columns_of_a_table_are_standardised_one_by_one(case, valid_size):
    frame = FRAMES[case]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model = CNNClassifier(n_epochs=1, valid_size=valid_size, shuffle=False, **SMALL).fit(frame, np.arange(80) % 2)
    rows = np.arange(80)
    if valid_size:  # the last quarter of each class
        rows = rows[:60]
    first, values = model.net_.input, frame.to_numpy(float)
    assert first.mean.shape == first.deviation.shape == (1, frame.shape[1])
    out = first(torch.from_numpy(values[rows])[:, None])
    np.testing.assert_allclose(out[:, 0].mean(dim=0), 0, atol=1e-4)
    np.testing.assert_allclose(out[:, 0].std(dim=0, correction=0), 1, rtol=1e-4)


def test_a_frame_is_learnt_as_after_a_standard_scaler():
    X, y = load_wine(return_X_y=True, as_frame=True)
    X["measured_at"] = 1.7e9 + np.random.default_rng(0).normal(size=len(X)) * 1e6
    model = CNNClassifier(n_epochs=30, random_state=0)
    rows = np.random.default_rng(1).permutation(len(X))
    train, test = rows[:120], rows[120:]
    both = model, make_pipeline(StandardScaler(), CNNClassifier(n_epochs=30, random_state=0))
    scores = [m.fit(X.iloc[train], y.iloc[train]).score(X.iloc[test], y.iloc[test]) for m in both]
    assert min(scores) > 0.85
    assert abs(scores[0] - scores[1]) < 0.1


ARRAYS = {
    "an array": FRAME.to_numpy(),
    "a tensor": torch.from_numpy(TABLE),
    "lists": TABLE.tolist(),
    "wine": load_wine().data[:80],
    "an array of objects": TABLE.astype(object),
    "a column of seconds": np.c_[RNG.normal(size=(80, 3)), 1.7e9 + 1e6 * RNG.normal(size=80)],
    "income and age": np.c_[RNG.normal(50_000, 20_000, 80), RNG.normal(40, 12, 80)],
}


@pytest.mark.parametrize("case", ARRAYS)
@pytest.mark.parametrize("call", ["fit", "partial_fit"])
def test_an_array_that_is_taken_as_a_table_is_said_to_once_and_learns_as_the_frame(case, call):
    X, model, frames = ARRAYS[case], CNNClassifier(n_epochs=1, **SMALL), CNNClassifier(n_epochs=1, **SMALL)
    with pytest.warns(UserWarning, match="so X is taken as a table.*say layout='NL'") as caught:
        model.fit(X, Y) if call == "fit" else model.partial_fit(X, Y, classes=[0, 1, 2])
    assert len(caught) == 1
    frame = pd.DataFrame(np.asarray(X, float))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model.predict(X)
        frames.fit(frame, Y) if call == "fit" else frames.partial_fit(frame, Y, classes=[0, 1, 2])
        assert (model.predict_proba(X) == frames.predict_proba(frame)).all()
        model.partial_fit(X, Y)  # the scale is fixed
        assert CNNClassifier(n_epochs=1, layout="NL", **SMALL).fit(X, Y).net_.input.mean.shape == (1,)


@pytest.mark.parametrize("kind", [np.asarray, pd.DataFrame], ids=["array", "frame"])
@pytest.mark.parametrize("case", ["digits", "iris", "noise"])
def test_columns_that_are_alike_are_one_channel(case, kind):
    X = {"digits": load_digits, "iris": load_iris}[case]().data if case != "noise" else RNG.normal(size=(150, 6))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model = CNNClassifier(n_epochs=1, **SMALL).fit(kind(X), np.arange(len(X)) % 2)
    assert model.net_.input.mean.shape == (1,)


@pytest.mark.parametrize("make", [CNN, CNNClassifier])
@pytest.mark.parametrize("dtype", [np.float64, np.int64, np.float32])
@pytest.mark.parametrize("shape", [(8,), (6, 6), (3, 6, 6), (6, 6, 3)])
def test_what_float32_cannot_tell_apart_is_said(make, shape, dtype):
    X = (1.6e9 + 300 * RNG.normal(size=(40, *shape))).astype(dtype)
    with pytest.warns(UserWarning, match=r"float32 can hardly tell the values of .*subtract the offset") as caught:
        make(n_epochs=1, **SMALL).fit(X, np.arange(40) % 2)
    assert len(caught) == 1
    way = "before X becomes float32" if dtype == np.float32 else "or use precision='float64'"
    assert str(caught[0].message).endswith(way)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        make(n_epochs=1, precision="float64", **SMALL).fit(X, np.arange(40) % 2)
        make(n_epochs=1, **SMALL).fit((X - X.mean()).astype(dtype), np.arange(40) % 2)


def test_the_column_is_named():
    frame = FRAME.assign(measured_at=1.7e9 + RNG.normal(size=80), count=5e8 + RNG.normal(size=80))
    with pytest.warns(UserWarning, match=r"of column 'measured_at' of X \(and of 1 more\) apart: they are 1.7e\+09"):
        CNNRegressor(n_epochs=1, **SMALL).fit(frame, TABLE[:, 1])
    with pytest.warns(UserWarning, match="of channel 1 of X apart"):
        learn_scale(
            np.stack([RNG.normal(size=(9, 4)), 1e9 + RNG.normal(size=(9, 4))], axis=-1), np.arange(9), np.float32
        )


@pytest.mark.parametrize("kernels", ["auto", "off"])
@pytest.mark.parametrize("make", [CNNClassifier, CNNRegressor])
def test_kernels_and_pytorch_agree_on_a_table(make, kernels):
    y = Y if make is CNNClassifier else TABLE[:, 1]
    model = make(n_epochs=3, kernels=kernels, do_dropout=False, **SMALL).fit(FRAME, y)
    other = make(n_epochs=3, kernels="off", do_dropout=False, **SMALL).fit(FRAME, y)
    assert model.history_["train_loss"] == pytest.approx(other.history_["train_loss"], rel=1e-4)
    ask = "predict_proba" if make is CNNClassifier else "predict"
    with torch.no_grad():
        plain = model.net_(torch.from_numpy(TABLE)[:, None])
    plain = plain.softmax(dim=1).numpy() if make is CNNClassifier else plain[:, 0].numpy() * y[:72].std()
    for n in (1, 4, 8, 9, 64):
        got = getattr(model, ask)(FRAME.iloc[:n])
        np.testing.assert_allclose(got, getattr(other, ask)(FRAME.iloc[:n]), rtol=1e-3, atol=1e-4)
        if make is CNNClassifier:
            np.testing.assert_allclose(got, plain[:n], atol=1e-5)


@pytest.mark.skipif(load_kernels() is None, reason="there are no compiled kernels")
def test_a_table_runs_on_the_kernels_whole():
    from foveal.kernels.planner import plan

    net = CNNClassifier(n_epochs=1, **SMALL).fit(FRAME, Y).net_
    found = plan(net, (1, 6))
    assert found.whole
    assert found.standardize is net.input
    odd = copy.deepcopy(net)
    odd.input.mean = odd.input.mean[:, :1]  # broadcasts in PyTorch, which then has it to itself
    assert not plan(odd, (1, 6)).whole
    assert not plan(torch.nn.Sequential(Standardize(np.zeros((2, 5)), np.ones((2, 5))), *net[1:]), (2, 6)).whole


def test_a_file_keeps_the_columns_scale(tmp_path):
    model = CNNClassifier(n_epochs=1, **SMALL).fit(FRAME, Y)
    model.save(tmp_path / "m")
    again = load(tmp_path / "m")
    assert again.net_.input.mean.shape == (1, 6)
    assert (again.predict_proba(FRAME) == model.predict_proba(FRAME)).all()
    assert json.loads(read_header(tmp_path / "m").metadata["description"])["version"] == 3
    again.partial_fit(FRAME, Y)
    assert (again.net_.input.mean == model.net_.input.mean).all()


def rewritten(path, change_tensors, change_description=lambda d: None):
    header = read_header(path)
    tensors, description = read_tensors(path, header), json.loads(header.metadata["description"])
    change_tensors(tensors)
    change_description(description)
    path.write_bytes(b"".join(encode("foveal-model", description, tensors)))


def as_version_2(description):
    """Describe a model as files of version 2 did."""
    for name in ("given", "input_rule", "class_names", "kept_epoch"):
        del description[name]
    description["parameters"] = description.pop("settings")
    description["input_shape"] = description.pop("form")[0]["shape"]
    description["version"] = 2


def reshaped(shape, layout="NL"):
    """Give what changes the form of the rows in a description."""
    return lambda d: d.update(layout=layout, form=[{**d["form"][0], "shape": shape}])


@pytest.mark.parametrize("change", [as_version_2, lambda d: None], ids=["2", "3"])
def test_a_file_of_before_has_the_scale_of_channels(change, tmp_path):
    model = CNNClassifier(n_epochs=1, layout="NL", **SMALL).fit(TABLE, Y)
    model.save(tmp_path / "m")
    rewritten(tmp_path / "m", lambda t: None, change)
    assert (load(tmp_path / "m").predict_proba(TABLE) == model.predict_proba(TABLE)).all()


CRAFTED = {
    "fewer columns": (lambda t: t.update({k: t[k][:, :5].clone() for k in SCALE}), None),
    "more columns": (lambda t: t.update({k: torch.ones(1, 7) for k in SCALE}), None),
    "more channels": (lambda t: t.update({k: torch.ones(2, 6) for k in SCALE}), None),
    "one axis": (lambda t: t.update({k: torch.ones(6) for k in SCALE}), None),
    "three axes": (lambda t: t.update({k: torch.ones(1, 6, 1) for k in SCALE}), None),
    "a mean alone": (lambda t: t.update({"input.deviation": torch.ones(1)}), None),
    "another dtype": (lambda t: t.update({"input.mean": torch.ones(1, 6, dtype=torch.float64)}), None),
    "a billion columns in words": (lambda t: None, reshaped([1, 2**24])),
    "a picture": (lambda t: None, reshaped([1, 2, 3], "NHW")),
}
SCALE = ("input.mean", "input.deviation")


@pytest.mark.parametrize("case", CRAFTED)
def test_a_crafted_scale_is_refused(case, tmp_path):
    CNNClassifier(n_epochs=1, **SMALL).fit(FRAME, Y).save(tmp_path / "m")
    change, describe = CRAFTED[case]
    rewritten(tmp_path / "m", change, describe or (lambda d: None))
    with pytest.raises(ModelFileError):
        load(tmp_path / "m")


class StoppedError(Exception):
    """The run is broken off."""


def broken(estimator, X, y, steps):
    """Break a run off after some steps; give the estimator that goes on with it."""
    left = [steps]

    def stop(x, rng):
        left[0] -= 1
        if left[0] < 0:
            raise StoppedError
        return x

    estimator.set_params(augment=stop)
    with pytest.raises(StoppedError):
        estimator.fit(X, y)
    left[0] = 10**9
    return estimator


RUN = {"n_epochs": 3, "batch_size": 20, "checkpoint_every": 1, **SMALL}


@pytest.mark.parametrize(("X", "layout"), [(FRAME, None), (TABLE, "NL")], ids=["table", "signals"])
def test_a_run_on_a_table_goes_on_to_the_same_bits(X, layout, tmp_path):
    straight = CNNClassifier(augment=lambda x, rng: x, layout=layout, **RUN).fit(X, Y)
    model = broken(CNNClassifier(checkpoint=tmp_path, layout=layout, **RUN), X, Y, 5).fit(X, Y)
    assert model.net_.input.mean.shape == ((1, 6) if X is FRAME else (1,))
    assert model.history_["train_loss"] == straight.history_["train_loss"]
    assert (model.predict_proba(X) == straight.predict_proba(X)).all()


def test_a_run_of_before_goes_on_with_the_scale_it_has(tmp_path, monkeypatch):
    """A checkpoint of a table that was standardised as one channel: the frame that goes on is, too."""
    monkeypatch.setattr(Keeper, "by_column", lambda self, new: False)
    straight = CNNClassifier(augment=lambda x, rng: x, **RUN).fit(FRAME, Y)
    model = broken(CNNClassifier(checkpoint=tmp_path, **RUN), FRAME, Y, 5)
    monkeypatch.undo()
    model.fit(FRAME, Y)
    assert model.net_.input.mean.shape == (1,)
    assert (model.predict_proba(FRAME) == straight.predict_proba(FRAME)).all()


def test_another_table_is_another_run(tmp_path):
    model = broken(CNNClassifier(checkpoint=tmp_path, **RUN), FRAME, Y, 5)
    with pytest.raises(DataError, match="learns from other data"):
        model.fit(FRAME.assign(a=FRAME["a"] * 2), Y)


def test_the_bits_of_arrays_are_those_of_before():
    """Statistics of channels as they were computed before there were those of columns: runs and files go on."""
    X, rows, size = RNG.normal(2, 3, size=(300, 5, 4, 3)), np.arange(7, 290), 60
    n, mean, squares = 0, np.zeros(size), np.zeros(size)
    block = X[rows].reshape(-1, size)
    m, block_mean = len(block), block.mean(axis=0)
    delta = block_mean - mean
    centred = block - block_mean
    squares += np.einsum("ij,ij->j", centred, centred) + delta**2 * (n * m / (n + m))
    mean += delta * (m / (n + m))
    each, mean = mean.reshape(-1, 3), mean.reshape(-1, 3).mean(axis=0)
    squares = squares.reshape(-1, 3).sum(axis=0) + m * np.square(each - mean).sum(axis=0)
    assert learn_scale(X, rows, np.float32) == (mean.tolist(), np.sqrt(squares / (m * len(each))).tolist(), 1.0)
