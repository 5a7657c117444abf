"""A fitted model that is given something bad is what it was: it predicts, and learns, as if nothing had happened."""

import numpy as np
import pandas as pd
import pytest
import torch

from foveal.core.errors import DataError, DataTypeError, DivergedError, FovealError, ParameterError, ShapeError

from .small import classes, classifier, cnn, images, refused, regressor, unharmed, values

X, Y, T = images(), classes(), values()
NAN = np.full_like(X, np.nan)

FITS = {
    "NaN": lambda m: m.fit(NAN, Y),
    "other columns and NaN": lambda m: m.fit(np.full((12, 7), np.nan), Y),
    "another shape, one class": lambda m: m.fit(images(12, (3, 5, 5)), np.zeros(12)),
    "names of columns, y too short": lambda m: m.fit(pd.DataFrame(np.ones((12, 3)), columns=list("abc")), Y[:5]),
    "no y": lambda m: m.fit(X, None),
    "a wrong parameter": lambda m: m.set_params(batch_size=0).fit(X, Y),
    "a wrong size": lambda m: m.set_params(in_features_list=(7, 3)).fit(X, Y),
    "absurd sizes": lambda m: m.set_params(out_channels=10**9).fit(X, Y),
    "no such device": lambda m: m.set_params(device="cuda:99").fit(X, Y),
    "weights of zero": lambda m: m.fit(X, Y, sample_weight=np.zeros(12)),
    "divergence": lambda m: m.set_params(optimizer="sgd", learning_rate=1e20, n_epochs=3).fit(X, Y),
}


@pytest.mark.parametrize("case", FITS)
@pytest.mark.parametrize("shape", [(4,), (4, 4)])
def test_a_bad_second_fit(case, shape):
    given = images(12, shape)
    model = classifier().fit(given, Y)
    with unharmed(model, given):
        with pytest.raises(FovealError):
            FITS[case](model)
        model.set_params(**classifier().get_params())


def test_the_names_of_columns_survive_a_bad_fit():
    frame = pd.DataFrame(X[:, 0], columns=list("abcd"))
    model = classifier().fit(frame, Y)
    with unharmed(model, frame), pytest.raises(DataError):
        model.fit(NAN, Y)
    assert model.feature_names_in_.tolist() == list("abcd")
    assert not hasattr(model.fit(X[:, 0], Y), "feature_names_in_")


def test_classes_do_not_survive_a_fit_to_values():
    model = cnn().fit(X, Y)
    assert model.classes_.tolist() == [0, 1]
    assert not hasattr(model.set_params(loss="mse").fit(X, T), "classes_")


PARTIAL = {
    "NaN": (lambda m: m.partial_fit(NAN, Y), DataError, ["Input X contains NaN"]),
    "another shape": (lambda m: m.partial_fit(X[:, :2], Y), ShapeError, ["fit's: (N, 4, 4)", "(12, 2, 4)"]),
    "y too short": (lambda m: m.partial_fit(X, Y[:5]), DataError, ["12 rows and 5 entries"]),
    "no y": (lambda m: m.partial_fit(X, None), DataError, ["requires y to be passed"]),
    "a new label": (lambda m: m.partial_fit(X, Y + 1), DataError, ["the label 2 (row 1)", "[0, 1]", "classes="]),
    "an indicator": (lambda m: m.partial_fit(X, np.eye(2)[Y]), DataError, ["y has two axes", "one class a row"]),
    "other classes": (lambda m: m.partial_fit(X, Y, classes=[0, 2]), ParameterError, ["classes=[0, 2]", "[0, 1]"]),
    "one number as classes": (lambda m: m.partial_fit(X, Y, classes=3), ParameterError, ["classes must be a list"]),
    "unhashable classes": (lambda m: m.partial_fit(X, Y, classes=[[0], [0, 1]]), DataError, ["classes is ragged"]),
    "a wrong parameter": (lambda m: m.set_params(clip_norm=0).partial_fit(X, Y), ParameterError, ["clip_norm must be"]),
    "negative weights": (lambda m: m.partial_fit(X, Y, sample_weight=-np.ones(12)), DataError, ["negative values"]),
    "divergence": (
        lambda m: m.set_params(learning_rate=1e30).partial_fit(X, Y), DivergedError, ["not finite", "learning_rate"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", PARTIAL)
def test_a_bad_partial_fit(case):
    spoil, kind, words = PARTIAL[case]
    model = classifier(optimizer="sgd").partial_fit(X, Y, classes=[0, 1])
    expected = classifier(optimizer="sgd").partial_fit(X, Y, classes=[0, 1]).partial_fit(X, Y).predict_proba(X)
    with unharmed(model, X):
        with refused(kind, *words):
            spoil(model)
        model.set_params(**classifier(optimizer="sgd").get_params())
    np.testing.assert_array_equal(model.partial_fit(X, Y).predict_proba(X), expected)


PREDICT = {
    "NaN": (NAN, DataError, ["Input X contains NaN", "row 0"]),
    "no rows": (X[:0], DataError, ["X is empty", "0 sample(s)"]),
    "None": (None, DataTypeError, ["X must be an array"]),
    "complex": (X + 1j, DataError, ["Complex data not supported"]),
    "ragged": ([[1], [1, 2]], DataError, ["X is ragged"]),
    "masked": (np.ma.array(X, mask=X > 0), DataError, ["X is a masked array"]),
    "smaller images": (X[:, :2], ShapeError, ["(N, 4, 4), layout NHW", "(12, 2, 4)", "resize or crop"]),
    "one image": (X[0], ShapeError, ["(N, 4, 4)", "2 axes: (4, 4)", "X[None]"]),
    "a channel axis": (X[:, None], ShapeError, ["4 axes: (12, 1, 4, 4)", "X.reshape(-1, 4, 4)"]),
    "flattened images": (X.reshape(12, 16), ShapeError, ["2 axes: (12, 16)", "X.reshape(-1, 4, 4)"]),
    "one axis": (X[0, 0], ShapeError, ["1 axis: (4,)"]),
}


@pytest.mark.parametrize("case", PREDICT)
@pytest.mark.parametrize("method", ["predict", "predict_proba"])
def test_a_bad_predict(case, method):
    data, kind, words = PREDICT[case]
    model = classifier().fit(X, Y)
    with unharmed(model, X), refused(kind, *words):
        getattr(model, method)(data)


def test_channels_in_another_place():
    model = classifier().fit(images(12, (3, 5, 6)), Y)
    with refused(ShapeError, "(N, 3, 5, 6), layout NCHW", "got (12, 5, 6, 3)", "put its axes in that order"):
        model.predict(images(12, (5, 6, 3)))
    with refused(ShapeError, "(N, 3, 5, 6), layout NCHW", "got (12, 4, 5, 6)"):
        model.predict(images(12, (4, 5, 6)))


def test_values_far_beyond_those_of_fit_are_an_error_not_nan():
    model = classifier(do_batch_norm=False).fit(X, Y)
    with torch.no_grad():
        model.net_.body.head.weight.mul_(1e10)
    with refused(DataError, "row 2 of X gives outputs that are not finite", "rescale or drop"):
        model.predict_proba(np.where(np.arange(12)[:, None, None] == 2, 1e37, X))


SCORE = {
    "y too short": (lambda m: m.score(X, Y[:1]), DataError, ["12 rows and 1 entries"]),
    "no y": (lambda m: m.score(X, None), DataTypeError, ["y must be an array"]),
    "NaN": (lambda m: m.score(X, np.where(Y, np.nan, 0)), DataError, ["Input y contains NaN", "row 1"]),
    "an indicator": (
        lambda m: m.score(X, np.eye(2)[Y]),
        ShapeError,
        ["y must have the shape of the model's predictions", "(12,)"],
    ),
}


@pytest.mark.parametrize("case", SCORE)
@pytest.mark.parametrize("make", [classifier, regressor])
def test_a_bad_score(case, make):
    spoil, kind, words = SCORE[case]
    model = make().fit(X, Y)
    with unharmed(model, X), refused(kind, *words):
        spoil(model)
