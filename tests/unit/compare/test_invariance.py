"""How much answers change where rows are changed."""

import numpy as np
import pytest

from foveal import CNNClassifier, CNNRegressor, CNNSegmenter, TextClassifier
from foveal.compare.invariance import measure_invariance
from foveal.core.errors import ParameterError

RNG = np.random.default_rng(0)


@pytest.fixture(autouse=True)
def _few_draws(monkeypatch):
    monkeypatch.setattr("foveal.compare.invariance.DRAWS", 20)


X = RNG.normal(scale=0.05, size=(80, 16, 16)).astype(np.float32)
Y = np.arange(80) % 2
X[Y == 1, 6:10, 6:10] += 1  # a spot in the middle, or none


@pytest.fixture(scope="module")
def fitted():
    return CNNClassifier(n_epochs=8, batch_size=16, learning_rate=0.01, random_state=0).fit(X, Y).fitted_


def test_curves_begin_and_end_where_their_amounts_do(fitted):
    found = measure_invariance(fitted, X, Y)
    assert found.score == 1
    assert not found.left_out
    for curve in found.curves:
        place = curve.amounts.index(0)
        assert curve.amounts == sorted(curve.amounts)
        assert curve.scores[place] == 1
        assert curve.agreement[place] == 1
        assert curve.area_interval.low <= curve.area <= curve.area_interval.high
        assert min(curve.scores) <= curve.area <= max(curve.scores)
    covered = next(curve for curve in found.curves if curve.name == "occlusion")
    assert covered.scores[-1] < 1


def test_the_same_seed_measures_the_same_and_rows_are_drawn(fitted):
    one, two, other = (measure_invariance(fitted, X, Y, ["noise"], rows=30, seed=seed) for seed in (0, 0, 1))
    assert one == two
    assert (one.rows, one.of_rows) == (30, 80)
    assert one.curves != other.curves or one.score == other.score == 1


def test_values_have_no_agreement_and_signals_no_rotation():
    signals = RNG.normal(size=(60, 24)).astype(np.float32)
    model = CNNRegressor(net="fcn", layout="NL", n_epochs=1, random_state=0).fit(signals, signals[:, 3])
    found = measure_invariance(model.fitted_, signals, signals[:, 3], rows=20)
    assert {"rotation", "shift down"} == set(found.left_out)
    assert all(curve.agreement is None for curve in found.curves)


def test_labels_of_places_stay_where_they_are():
    model = CNNSegmenter(net="unet(depth=1, width=2)", n_epochs=1, random_state=0).fit(X, (X > 0.5).astype(int))
    found = measure_invariance(model.fitted_, X, (X > 0.5).astype(int), rows=10)
    assert [curve.name for curve in found.curves] == ["brightness", "contrast", "noise", "blur", "occlusion"]


def test_signals_of_any_length_are_changed_one_by_one():
    signals = [RNG.normal(size=(1, n)).astype(np.float32) for n in range(8, 40)]
    y = np.array([0, 1] * 16)
    for signal in signals[1::2]:
        signal[0, 3:6] += 3
    model = CNNClassifier(net="fcn", layout="NCL", n_epochs=5, random_state=0).fit(signals, y)
    found = measure_invariance(model.fitted_, signals, y, ["shift", "jitter", "noise"])
    assert found.score == model.score(signals, y)
    for curve in found.curves:
        assert curve.scores[curve.amounts.index(0)] == found.score
    jitter = found.curves[1]
    assert jitter.amounts == [0.0, 1.0, 2.0]


def test_texts_lose_words():
    texts = [f"{'good' if i % 2 else 'bad'} day {i}" for i in range(60)]
    how = {"n_epochs": 20, "learning_rate": 0.02, "batch_size": 10, "net": "kim(vector=8,maps=8)"}
    model = TextClassifier(**how, random_state=0).fit(texts, np.arange(60) % 2)
    found = measure_invariance(model.fitted_, texts, np.arange(60) % 2)
    assert [curve.name for curve in found.curves] == ["word drop", "typos"]
    assert not found.left_out
    assert found.score == 1
    drop = found.curves[0]
    assert (drop.scores[0], drop.agreement[0]) == (1, 1)
    assert drop.scores[-1] < 0.95
    with pytest.raises(ParameterError, match="'shift' cannot be measured here: rows are texts"):
        measure_invariance(model.fitted_, texts, np.arange(60) % 2, ["shift"])


def test_what_is_asked_for_in_vain(fitted):
    with pytest.raises(ParameterError, match=r"changes must be one of 'shift'.*did you mean 'shift'"):
        measure_invariance(fitted, X, Y, ["shfit"])
    with pytest.raises(ParameterError, match="rows must be an integer of at least 1"):
        measure_invariance(fitted, X, Y, rows=0)
    model = CNNClassifier(n_epochs=1, random_state=0).fit(X[:, 0], Y)
    with pytest.raises(ParameterError, match="'word drop' cannot be measured here: rows have 2 spatial axes, and this"):
        measure_invariance(fitted, X, Y, ["word drop"])
    with pytest.raises(ParameterError, match="'rotation' cannot be measured here: rows have 1 spatial axis"):
        measure_invariance(model.fitted_, X[:, 0], Y, ["rotation"])
