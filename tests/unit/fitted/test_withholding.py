import numpy as np
import pytest

from foveal import CNNClassifier, CNNRegressor
from foveal.core.errors import ParameterError
from foveal.data.named import load_dataset

from .calibrated_models import classes, indicator, labels, masks, of_places, rows, values


def test_unsure_answers_are_masked_and_the_others_are_as_they_were():
    model = classes(n_epochs=10).calibrate(*rows(400, seed=1))
    X, y = rows(2000, seed=2)
    found = model.predict(X, unsure=0.1)
    given = ~np.ma.getmaskarray(found)
    np.testing.assert_array_equal(found.data, model.predict(X))
    assert 0.05 < given.mean() < 1
    assert (found.data != y)[given].mean() <= 0.1
    assert model.predict_proba(X)[given].max(1).min() >= model.predict_proba(X)[~given].max(1).max()


def test_labels_are_withheld_row_by_row():
    X, y = rows(400, seed=1)
    model = labels(n_epochs=30).calibrate(X, indicator(y))
    mask = np.ma.getmaskarray(model.predict(X, unsure=0.1))
    assert mask.shape == (400, 2)
    assert (mask[:, 0] == mask[:, 1]).all()
    assert 0 < mask.mean() < 1


@pytest.mark.parametrize("estimator", [CNNClassifier, CNNRegressor])
def test_rows_that_are_like_none_are_refused_of_any_kind(estimator):
    data, small = load_dataset("digits"), {"in_channels_list": (None, 8), "out_channels": 8, "random_state": 0}
    X, y = data.X_train, data.y_train.astype(float if estimator is CNNRegressor else int)
    model = estimator(n_epochs=4, **small).fit(X[:700], y[:700]).calibrate(X[700:], y[700:])
    new = data.X_test
    noise = np.random.default_rng(0).permutation(new.ravel()).reshape(new.shape)
    refused = [np.ma.getmaskarray(model.predict(rows, outliers=0.05)).mean() for rows in (new, noise)]
    assert refused[0] < 0.12
    assert refused[1] > 2 * refused[0]
    assert model.outlier_scores(noise).mean() > model.outlier_scores(new).mean()


def test_both_reasons_withhold():
    X, y = rows(300, seed=1)
    model = classes(n_epochs=10).calibrate(X, y)
    masked = [np.ma.getmaskarray(model.predict(X, **how)) for how in ({"unsure": 0.1}, {"outliers": 0.1})]
    both = np.ma.getmaskarray(model.predict(X, unsure=0.1, outliers=0.1))
    np.testing.assert_array_equal(both, masked[0] | masked[1])


def test_what_has_no_such_answers_says_so():
    X, y = rows(60, seed=1)
    model = values().calibrate(X, y * 1.0)
    with pytest.raises(ParameterError, match=r"unsure=0.1 withholds answers of one class or several labels a row, and"):
        model.predict(X, unsure=0.1)
    model = masks().calibrate(X, of_places(X))
    for pictures in (X, [X[0]]):
        with pytest.raises(ParameterError, match=r"unsure=0\.1 withholds"):
            model.predict(pictures, unsure=0.1)
        with pytest.raises(ParameterError, match=r"outliers=0.1 is for models that answer a row as a whole"):
            model.predict(pictures, outliers=0.1)
    with pytest.raises(ParameterError, match="outlier_scores needs a calibrated model"):
        classes().outlier_scores(X)
