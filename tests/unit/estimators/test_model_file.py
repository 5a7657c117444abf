"""The model file: what goes in comes out, and nothing else is read."""

import json
import pickle
import struct

import numpy as np
import pandas as pd
import pytest
import safetensors.torch
import torch
from torch import nn

import foveal
from foveal import CNN, CNNClassifier, CNNRegressor
from foveal.core.errors import ModelFileError, ParameterError, ResourceError
from foveal.core.tensor_files import _digest
from foveal.fitted.describe import check_savable

SMALL = {"in_channels_list": (None, 4), "out_channels": 4, "in_features_list": (None, 8), "n_epochs": 1}


@pytest.fixture
def X():
    return np.random.default_rng(0).normal(size=(24, 3, 6, 5)).astype(np.float32)


CASES = {
    "strings": (CNNClassifier, {}, np.array(["cat", "dog", "eel"])[np.arange(24) % 3]),
    "integers": (CNNClassifier, {"class_weight": {7: 2.0, 9: 1.0}}, np.array([7, 9])[np.arange(24) % 2]),
    "booleans": (CNNClassifier, {}, np.arange(24) % 2 == 0),
    "mixed": (CNNClassifier, {}, np.array(["a", 3, True], dtype=object)[np.arange(24) % 3]),
    "one-hot": (CNNClassifier, {"one_hot": True}, np.eye(3, dtype=int)[np.arange(24) % 3]),
    "labels": (CNN, {"loss": "binary_cross_entropy"}, np.random.default_rng(1).integers(2, size=(24, 3))),
    "values": (CNNRegressor, {"precision": "float64"}, np.arange(24.0)),
    "targets": (CNN, {"loss": "huber"}, np.arange(48.0).reshape(24, 2)),
}


@pytest.mark.parametrize("case", CASES)
def test_a_saved_model_predicts_the_same_bits(case, X, tmp_path):
    cls, parameters, y = CASES[case]
    model = cls(**SMALL, **parameters, random_state=3).fit(X, y)
    model.save(tmp_path / "m.safetensors")
    again = foveal.load(tmp_path / "m.safetensors")
    assert type(again) is cls
    predicted = model.predict(X)
    assert again.predict(X).dtype == predicted.dtype
    np.testing.assert_array_equal(again.predict(X), predicted)
    assert again.get_params() | {"in_channels_list": 0, "in_features_list": 0} == model.get_params() | {
        "in_channels_list": 0,
        "in_features_list": 0,
    }
    assert again.history_["train_loss"] == model.history_["train_loss"]
    assert again.partial_fit(X, y).history_["epoch"] == [1, 2]  # it goes on
    assert [type(c) for c in getattr(again, "classes_", [])] == [type(c) for c in getattr(model, "classes_", [])]


def test_feature_names_are_kept(tmp_path):
    frame = pd.DataFrame(np.random.default_rng(0).normal(size=(20, 4)), columns=list("abcd"))
    CNNClassifier(**SMALL).fit(frame, np.arange(20) % 2).save(tmp_path / "m")
    model = foveal.load(tmp_path / "m")
    assert list(model.feature_names_in_) == list("abcd")
    with pytest.raises(ValueError, match="feature names should match"):
        model.predict(frame[["b", "a", "c", "d"]])


@pytest.mark.parametrize(
    ("parameters", "name"),
    [
        ({"net": nn.Flatten()}, "net"),
        ({"loss": nn.functional.cross_entropy}, "loss"),
        ({"optimizer": torch.optim.SGD}, "optimizer"),
        ({"activation": nn.ReLU}, "activation"),
        ({"random_state": np.random.RandomState(0)}, "random_state"),
    ],
)
def test_what_no_file_can_hold_is_refused_by_name(parameters, name, tmp_path):
    with pytest.raises(ParameterError, match=f"^{name}=.*holds names and numbers only"):
        check_savable(CNNClassifier(**parameters).get_params())


def test_labels_that_no_file_can_hold_are_refused(X, tmp_path):
    y = np.empty(24, object)
    y[:] = [(i % 2, "a") for i in range(24)]
    model = CNNClassifier(**SMALL).fit(X, y)
    assert model.predict(X)[0] in {(0, "a"), (1, "a")}
    with pytest.raises(ParameterError, match=r"label \(0, 'a'\) in y cannot be saved"):
        model.save(tmp_path / "m")
    assert not (tmp_path / "m").exists()


def test_an_unfitted_model_is_not_saved(tmp_path):
    with pytest.raises(ValueError, match="not fitted yet"):
        CNNClassifier().save(tmp_path / "m")


def test_a_folder_that_is_not_there(X, tmp_path):
    model = CNNClassifier(**SMALL).fit(X, np.arange(24) % 2)
    with pytest.raises(ResourceError, match="choose another folder"):
        model.save(tmp_path / "no" / "m")


@pytest.fixture
def file(X, tmp_path):
    path = tmp_path / "m.safetensors"
    CNNClassifier(**SMALL, random_state=0).fit(X, np.arange(24) % 2).save(path)
    return path


def rewritten(file, change):
    """Write the file again with a changed description."""
    raw = file.read_bytes()
    (length,) = struct.unpack("<Q", raw[:8])
    header = json.loads(raw[8 : 8 + length])
    description = json.loads(header["__metadata__"]["description"])
    change(header, description)
    metadata = header.pop("__metadata__") | {"description": json.dumps(description)}
    content = safetensors.torch.load(raw)
    metadata["sha256"] = _digest(metadata["description"], content)  # as one who forges a file would
    file.write_bytes(safetensors.torch.save(content, metadata))
    return file


CHANGES = {
    "another format": (lambda h, d: h["__metadata__"].update(format="x"), "not a foveal model"),
    "a newer version": (lambda h, d: d.update(version=99), "install a newer foveal"),
    "an estimator of their own": (lambda h, d: d.update(estimator="os.system"), "damaged"),
    "an unknown network": (lambda h, d: d["settings"].update(net="os.system"), "net must be"),
    "an unknown parameter": (lambda h, d: d["settings"].update(hook="os.system"), "unknown parameter"),
    "wrong sizes": (lambda h, d: d["settings"].update(out_channels=5), "does not fit the network"),
    "absurd sizes": (lambda h, d: d["settings"].update(out_channels=10**12), "damaged"),
    "absurd input": (lambda h, d: d["form"][0].update(shape=[3, 2**40, 5]), "shape"),
    "no classes": (lambda h, d: d["problem"]["classes"].update(labels=[]), "damaged"),
    "an unknown layout": (lambda h, d: d.update(layout="XYZ"), "layout"),
}


@pytest.mark.parametrize("case", CHANGES)
def test_a_changed_description_is_refused(case, file):
    change, words = CHANGES[case]
    with pytest.raises(ModelFileError, match=words):
        foveal.load(rewritten(file, change))


@pytest.mark.parametrize("content", [b"", b"x", b"\x80\x04N.", b"PK\x03\x04" + b"\0" * 90, struct.pack("<Q", 2**60)])
def test_another_file_is_refused(content, tmp_path):
    (tmp_path / "m").write_bytes(content)
    with pytest.raises(ModelFileError, match="is not a foveal model"):
        foveal.load(tmp_path / "m")


def test_the_file_holds_what_was_fitted_whatever_was_set_since(X, tmp_path):
    model = CNNClassifier(**SMALL, random_state=0).fit(X, np.arange(24) % 2)
    expected = model.predict_proba(X)
    model.set_params(out_channels=7, batch_size=-1, net=nn.Flatten(), device="cuda", one_hot=True)
    np.testing.assert_array_equal(model.predict_proba(X), expected)
    model.save(tmp_path / "m")
    again = foveal.load(tmp_path / "m")
    assert again.out_channels == 4
    np.testing.assert_array_equal(again.predict_proba(X), expected)


@pytest.mark.skipif(torch.cuda.is_available(), reason="needs a machine without the device that trained")
@pytest.mark.parametrize("parameters", [{"device": "cuda"}, {"device": "cuda", "precision": "bfloat16"}])
def test_a_model_trained_on_another_device_predicts_here(parameters, X, tmp_path):
    path = tmp_path / "m"
    model = CNNClassifier(**SMALL, random_state=0).fit(X, np.arange(24) % 2)
    model.fitted_.settings.update(parameters)  # as if it had been trained there
    model.save(path)
    again = foveal.load(path)
    assert again.device == "cuda"
    np.testing.assert_allclose(again.predict_proba(X), model.predict_proba(X), atol=0.02)


def test_a_missing_file_is_said_to_be_missing(tmp_path):
    with pytest.raises(ModelFileError, match="No such file"):
        foveal.load(tmp_path / "m")


def test_a_cut_file_is_refused_wherever_it_is_cut(file):
    whole = file.read_bytes()
    for length in np.linspace(0, len(whole) - 1, 40, dtype=int):
        file.write_bytes(whole[:length])
        with pytest.raises(ModelFileError):
            foveal.load(file)


def test_a_fitted_model_survives_pickle_and_set_params(X):
    model = CNNClassifier(**SMALL, random_state=0).fit(X, np.arange(24) % 2)
    expected = model.predict_proba(X)
    again = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(again.predict_proba(X), expected)
    again.set_params(out_channels=7, batch_size=3, loss="hinge")
    np.testing.assert_array_equal(again.predict_proba(X), expected)
    model.partial_fit(X, np.arange(24) % 2)
    with pytest.warns(UserWarning, match="cannot follow changes of out_channels"):
        again.set_params(loss="cross_entropy", batch_size=100).partial_fit(X, np.arange(24) % 2)
    np.testing.assert_array_equal(again.predict_proba(X), model.predict_proba(X))
