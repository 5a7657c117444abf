"""Test-time augmentation: views, and the mean of their probabilities or values."""

import numpy as np
import pytest
import torch

from foveal import CNNClassifier, CNNRegressor
from foveal.core.errors import DataError, ParameterError
from foveal.core.forms import Part, form_of
from foveal.data.rows import Rows
from foveal.fitted import views
from foveal.fitted.measure import measure
from foveal.fitted.predict import answered, predict, rows_together
from foveal.fitted.views import Viewed, mean_of, views_of

X = np.random.default_rng(0).integers(0, 256, (50, 9, 8, 3), dtype=np.uint8)
SMALL = {"in_channels_list": (None, 3), "out_channels": 3, "n_epochs": 2, "batch_size": 16, "random_state": 0}
TTA = {
    "flip": [X, X[:, :, ::-1]],
    "vertical_flip": [X, X[:, ::-1]],
    "shift": [
        X, X[:, [0, *range(8)]], X[:, [*range(1, 9), 8]], X[:, :, [0, *range(7)]], X[:, :, [*range(1, 8), 7]],
    ],
}  # fmt: skip


@pytest.fixture(scope="module")
def classifier():
    return CNNClassifier(**SMALL).fit(X, np.arange(50) % 3)


@pytest.mark.parametrize("name", TTA)
def test_probabilities_are_the_mean_over_the_views(classifier, name):
    expected = np.mean([classifier.predict_proba(view) for view in TTA[name]], axis=0)
    found = classifier.predict_proba(X, tta=name)
    np.testing.assert_allclose(found, expected, atol=1e-6)
    np.testing.assert_allclose(found.sum(1), 1, atol=1e-6)
    np.testing.assert_array_equal(classifier.predict(X, tta=name), expected.argmax(1))


def test_a_list_is_all_combinations(classifier):
    flips = [X, X[:, :, ::-1], X[:, ::-1], X[:, ::-1, ::-1]]
    expected = np.mean([classifier.predict_proba(view) for view in flips], axis=0)
    np.testing.assert_allclose(classifier.predict_proba(X, tta=["flip", "vertical_flip"]), expected, atol=1e-6)
    assert len(views_of(["flip", "flip", "shift"], form_of((3, 9, 8)))) == 10
    assert len(views_of("shift", form_of((1, 5, 5, 5)))) == 7


def test_without_it_the_bits_are_as_before(classifier):
    np.testing.assert_array_equal(classifier.predict_proba(X, tta=None), classifier.predict_proba(X))


def test_labels_values_and_hinge():
    several = CNNClassifier(loss="binary_cross_entropy", **SMALL).fit(X, X[:, 0, 0] > 100)
    means = np.mean([several.predict_proba(view) for view in TTA["flip"]], axis=0)
    np.testing.assert_allclose(several.predict_proba(X, tta="flip"), means, atol=1e-6)
    np.testing.assert_array_equal(several.predict(X, tta="flip"), means > 0.5)
    values = CNNRegressor(**SMALL).fit(X, X[:, 0, 0].astype(float))
    means = np.mean([values.predict(view) for view in TTA["flip"]], axis=0)
    np.testing.assert_allclose(values.predict(X, tta="flip"), means, rtol=1e-6)
    hinge = CNNClassifier(loss="hinge", **SMALL).fit(X, np.arange(50) % 3)
    means = np.mean([hinge.decision_function(view) for view in TTA["flip"]], axis=0)
    np.testing.assert_array_equal(hinge.predict(X, tta="flip"), means.argmax(1))


def test_rows_are_answered_in_pieces_and_named_by_their_number(classifier, monkeypatch):
    whole = classifier.predict_proba(X, tta="flip")
    monkeypatch.setattr("foveal.fitted.predict.rows_at_once", lambda *sizes: 3)
    monkeypatch.setattr(views, "ROWS", 7)
    pieces = [len(part) for part in answered(classifier.fitted_, Rows(X), "flip", 42)]
    assert (pieces, rows_together(classifier.fitted_, Rows(X), "flip")) == ([6, 2], 6)  # whole blocks, from row 42 on
    np.testing.assert_allclose(classifier.predict_proba(X, tta="flip"), whole, atol=1e-6)
    small = X / np.float32(1e3)
    model = CNNClassifier(**SMALL).fit(small, np.arange(50) % 3)
    small[33, 2, 2] = 3e38
    with pytest.raises(DataError, match="row 33 of X gives outputs that are not finite"):
        model.predict(Rows(small), tta="flip")


def test_a_row_is_read_once_not_once_a_view(classifier):
    class Counted(Rows):
        read_rows = 0

        def between(self, first, stop):
            self.read_rows += stop - first
            return super().between(first, stop)

    source = Counted(X)
    np.testing.assert_array_equal(
        np.concatenate([part.numpy() for part in answered(classifier.fitted_, source, "shift")]),
        np.concatenate([part.numpy() for part in answered(classifier.fitted_, Rows(X), "shift")]),
    )
    assert source.read_rows == len(X)


def test_the_functions_of_fitted_models_take_it_too(classifier):
    np.testing.assert_array_equal(predict(classifier.fitted_, X, tta="flip"), classifier.predict(X, tta="flip"))
    y = classifier.predict(X, tta="flip")
    assert measure(classifier.fitted_, X, y, tta="flip").score == 1


@pytest.mark.parametrize("tta", ["flop", 3, [], ["flip", None], True])
def test_other_names_are_refused(classifier, tta):
    with pytest.raises(ParameterError, match="tta must be None, or one or a list of 'flip'"):
        classifier.predict(X, tta=tta)


def test_rows_without_such_an_axis_are_refused():
    with pytest.raises(ParameterError, match=r"tta='vertical_flip' looks at signals, .* rows are \(1, 8\)"):
        views_of("vertical_flip", form_of((1, 8)))
    with pytest.raises(ParameterError, match="use tta=None"):
        views_of("flip", (Part("tokens", (None,), "int64"),))


def test_a_view_is_a_source():
    seen = Viewed(Rows(X), lambda block: block[:, ::-1], 10, 30)
    assert len(seen) == 20
    np.testing.assert_array_equal(seen.read(np.array([3, 5]))[0], X[[13, 15], ::-1])
    np.testing.assert_array_equal(seen.between(1, 4)[0], X[11:14, ::-1])
    np.testing.assert_array_equal(seen.chosen(np.array([4])).between(0, 1)[0], X[14:15, ::-1])
    assert seen.digest() == Rows(X).digest()


def test_the_mean_of_outputs():
    assert torch.equal(mean_of(torch.tensor([[[1.0, 2.0]], [[3.0, 4.0]]])), torch.tensor([[2.0, 3.0]]))
