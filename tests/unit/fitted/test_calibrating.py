import copy
import pickle
import warnings

import numpy as np
import pytest

import foveal
from foveal import CNNClassifier
from foveal.core.errors import DataError, ModelFileError, ParameterError
from foveal.core.headers import description_of, read_header
from foveal.core.tensor_files import encode, read_tensors
from foveal.fitted.saving import FORMAT

from .calibrated_models import SMALL, classes, indicator, labels, masks, of_places, rows, values


def test_probabilities_change_and_answers_do_not():
    model, (X, y) = classes(), rows(200, seed=1)
    before, answers = model.predict_proba(X), model.predict(X)
    outputs = model.decision_function(X)
    assert model.calibrate(X, y) is model
    (hot,) = model.calibration_.temperature
    scaled = np.exp(outputs / hot)
    np.testing.assert_allclose(model.predict_proba(X), scaled / scaled.sum(1, keepdims=True), rtol=1e-4)
    assert not np.allclose(model.predict_proba(X), before, atol=1e-4)
    np.testing.assert_array_equal(model.predict(X), answers)
    assert (model.calibration_.rows, model.calibration_.chose) == (200, False)


def test_fit_calibrates_on_the_rows_that_it_holds_out():
    model = classes(calibration=True, valid_size=0.5)
    assert model.calibration_.rows == 60
    alike = classes(valid_size=0.5)
    for one, other in zip(model.net_.state_dict().values(), alike.net_.state_dict().values(), strict=True):
        np.testing.assert_array_equal(one, other)  # the training is the same
    X, y = rows(60, seed=2)
    X_train, y_train = rows(120)
    given = CNNClassifier(calibration=True, **SMALL).fit(X_train, y_train, validation=(X, y))
    plain = CNNClassifier(**SMALL).fit(X_train, y_train, validation=(X, y))
    assert given.calibration_ == plain.calibrate(X, y).calibration_


def test_it_says_that_the_rows_chose_the_weights_too():
    assert classes(calibration=True, valid_size=0.5, early_stopping=True).calibration_.chose
    assert "which also chose the weights" in str(classes(calibration=True, valid_size=0.5, monitor="loss").calibration_)


def test_auto_calibrates_where_there_are_rows_and_else_says_nothing():
    with pytest.raises(AttributeError, match=r"not calibrated: model.calibrate\(X, y\), or fit with calibration=True"):
        classes(calibration="auto", valid_size=0).calibration_  # noqa: B018
    assert classes(calibration="auto", valid_size=0.05).fitted_.calibration is None  # 6 rows
    assert classes(calibration="auto", valid_size=0.5, loss="hinge").fitted_.calibration is None
    assert classes(calibration="auto", valid_size=0.5).fitted_.calibration is not None


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"valid_size": 0}, "calibration=True needs rows to validate on, but valid_size is 0"),
        ({"valid_size": 0.05}, "a calibration needs at least 10 rows that the model has not learnt from, got 6"),
        ({"loss": "hinge", "valid_size": 0.5}, "its loss gives no probabilities"),
    ],
)
def test_what_cannot_be_calibrated_is_refused_before_the_first_epoch(settings, message):
    model = CNNClassifier(calibration=True, **SMALL | settings | {"n_epochs": 10**6})
    with pytest.raises((DataError, ParameterError), match=message):
        model.fit(*rows(120))


def test_calibrate_refuses_what_does_not_fit():
    model, (X, y) = classes(), rows(30)
    with pytest.raises(DataError, match="at least 10 rows"):
        model.calibrate(X[:9], y[:9])
    with pytest.raises(DataError, match="the calibration's y"):
        model.calibrate(X, y[:7])
    with pytest.raises(DataError, match=r"the calibration's y holds the label 9 \(row 3\)"):
        model.calibrate(X, np.where(np.arange(30) == 3, 9, y))
    assert model.fitted_.calibration is None
    with pytest.raises(ParameterError, match=r"sets=0.9 needs a calibrated model, and this one is not; give it rows"):
        model.predict(X, sets=0.9)


def test_other_networks_drop_it_and_say_so():
    model, (X, y) = classes(), rows(60, seed=1)
    model.calibrate(X, y)
    with pytest.warns(UserWarning, match="partial_fit gives other probabilities, so the calibration on 60 rows"):
        model.partial_fit(X, y)
    assert model.fitted_.calibration is None
    model.calibrate(X, y)
    with pytest.warns(UserWarning, match="another net_ gives other probabilities"):
        model.net_ = copy.deepcopy(model.net_)
    assert model.fitted_.calibration is None
    with warnings.catch_warnings(action="error"):
        model.net_ = copy.deepcopy(model.net_)  # nothing is left to drop


MODELS = {
    "classes": (classes, lambda X, y: y), "labels": (labels, lambda X, y: indicator(y)),
    "values": (values, lambda X, y: y * 1.0), "masks": (masks, lambda X, y: of_places(X)),
    "two targets": (lambda: values(2), lambda X, y: np.stack([y, -y], 1) * 1.0),
}  # fmt: skip


@pytest.fixture(scope="module", params=MODELS)
def calibrated(request):
    make, truth = MODELS[request.param]
    X, y = rows(80, seed=1)
    return make().calibrate(X, truth(X, y))


def test_files_and_pickles_keep_it(calibrated, tmp_path):
    X, _ = rows(20, seed=2)
    calibrated.save(tmp_path / "m.safetensors")
    for again in (foveal.load(tmp_path / "m.safetensors"), pickle.loads(pickle.dumps(calibrated))):
        assert again.calibration_ == calibrated.calibration_
        np.testing.assert_array_equal(again.predict(X, sets=0.9), calibrated.predict(X, sets=0.9))
        if not calibrated.fitted_.kind.each_place:
            np.testing.assert_array_equal(again.outlier_scores(X), calibrated.outlier_scores(X))


def forged(path, change):
    """Write a model file again with another calibration."""
    header = read_header(path)
    description = description_of(header, FORMAT, path)
    change(description["calibration"])
    path.write_bytes(b"".join(encode(FORMAT, description, read_tensors(path, header))))


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda c: c["temperature"].append(1.0), "not one of classification with 3 outputs"),
        (lambda c: c["temperature"].clear(), "not one of classification"),
        (lambda c: c.update(cost=None), "not one of classification"),
        (lambda c: c["risks"].append(c["risks"][0]), "not one of classification"),
        (lambda c: c["outliers"].update(size=c["outliers"]["size"] // 2), "features, and its network"),
        (lambda c: c.update(temperature=[float(10**9)]), "calibration.temperature"),
        (lambda c: c.update(more=1), "must have the entries"),
    ],
)  # fmt: skip
def test_forged_calibrations_are_no_models(tmp_path, change, why):
    path = tmp_path / "m.safetensors"
    classes().calibrate(*rows(40, seed=1)).save(path)
    forged(path, lambda c: None)
    assert foveal.load(path).calibration_.rows == 40
    forged(path, change)
    with pytest.raises(ModelFileError, match=why):
        foveal.load(path)
