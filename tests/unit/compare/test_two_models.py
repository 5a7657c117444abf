from types import SimpleNamespace

import numpy as np
import pytest
from scipy.stats import binomtest

from foveal import CNNClassifier, CNNRegressor, CNNSegmenter
from foveal.compare.two_models import answered_by, versus
from foveal.core.errors import DataError, ParameterError

SMALL = {"in_channels_list": (None, 4), "out_channels": 4, "in_features_list": (None, 8), "learning_rate": 0.01}


def rows(n, seed=0):
    rng = np.random.default_rng(seed)
    X, y = rng.normal(size=(n, 6, 6)).astype("float32"), np.arange(n) % 3
    X[:, :2] += y[:, None, None]
    return X, y


@pytest.fixture(scope="module")
def pair():
    X, y = rows(150)
    return tuple(CNNClassifier(n_epochs=n, random_state=n, **SMALL).fit(X, y) for n in (8, 1))


def held(models, X, y):
    fitted = [model.fitted_ for model in models]
    return versus(*fitted, tuple(answered_by(one, X, y) for one in fitted))


def test_the_difference_of_accuracies_has_an_interval_and_mcnemars_chance(pair):
    X, y = rows(600, seed=1)
    found = held(pair, X, y)
    paired = found.measures["accuracy"]
    assert (paired.first, paired.second) == tuple(model.score(X, y) for model in pair)
    assert paired.difference.value == pytest.approx(paired.first - paired.second)
    right = [model.predict(X) == y for model in pair]
    lead = right[0].astype(float) - right[1]
    half = 1.96 * lead.std() / np.sqrt(600)
    assert paired.interval == pytest.approx((lead.mean() - half, lead.mean() + half), abs=0.01)
    only = [int((a & ~b).sum()) for a, b in (right, right[::-1])]
    assert paired.difference.p == pytest.approx(binomtest(only[0], sum(only)).pvalue)
    assert "A is better than B by" in found.verdict
    assert "more than noise" in found.verdict


def test_probabilities_are_compared_on_the_same_draws(pair):
    X, y = rows(600, seed=1)
    found = held(pair, X, y)
    assert list(found.measures) == ["accuracy", "negative log likelihood", "expected calibration error"]
    paired = found.measures["negative log likelihood"]
    losses = [-np.log(model.predict_proba(X)[np.arange(600), y]) for model in pair]
    assert paired.difference.value == pytest.approx((losses[0] - losses[1]).mean(), rel=1e-4)
    half = 1.96 * (losses[0] - losses[1]).std() / np.sqrt(600)
    assert np.ptp(paired.interval) == pytest.approx(2 * half, rel=0.2)
    for each in found.measures.values():
        assert each.interval[0] <= each.difference.value <= each.interval[1]
    assert found.as_dict()["measures"]["accuracy"]["p"] == found.measures["accuracy"].difference.p


def test_a_model_is_as_good_as_itself(pair):
    found = held((pair[0], pair[0]), *rows(90, seed=1))
    assert found.verdict == "A is as good as B by accuracy"
    assert all(each.interval == (0, 0) for each in found.measures.values())


def test_values_are_compared_by_their_score():
    X, y = rows(150)
    models = [CNNRegressor(n_epochs=n, random_state=0, **SMALL).fit(X, y * 1.0) for n in (6, 1)]
    found = held(models, *rows(200, seed=1))
    assert list(found.measures) == ["R2"]
    low, high = found.measures["R2"].interval
    assert low < found.measures["R2"].difference.value < high


def test_what_cannot_be_compared_is_refused(pair):
    X, y = rows(60, seed=1)
    regressor = CNNRegressor(n_epochs=1, random_state=0, **SMALL).fit(X, y * 1.0)
    with pytest.raises(ParameterError, match="A is for classification, B for regression; compare models of one kind"):
        held((pair[0], regressor), X, y)
    answers = answered_by(pair[0].fitted_, X, y), answered_by(pair[1].fitted_, X[:30], y[:30])
    with pytest.raises(DataError, match="A has answered 60 rows, B 30"):
        versus(pair[0].fitted_, pair[1].fitted_, answers)
    kind = CNNSegmenter()._kind()
    with pytest.raises(ParameterError, match="two models of masks are not compared yet"):
        answered_by(SimpleNamespace(kind=kind), X, y)
