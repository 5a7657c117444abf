"""How much answers change where rows are changed."""

import numpy as np
import pytest

from foveal import CNNClassifier, CNNRegressor, CNNSegmenter
from foveal.compare.invariance import measure_invariance
from foveal.core.errors import DataError, ParameterError

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


def test_what_is_asked_for_in_vain(fitted):
    with pytest.raises(ParameterError, match=r"changes must be one of 'shift'.*did you mean 'shift'"):
        measure_invariance(fitted, X, Y, ["shfit"])
    with pytest.raises(ParameterError, match="rows must be an integer of at least 1"):
        measure_invariance(fitted, X, Y, rows=0)
    signals = [RNG.normal(size=(1, n)) for n in range(8, 40)]
    ragged = CNNClassifier(net="fcn", layout="NCL", n_epochs=1, random_state=0).fit(signals, [0, 1] * 16)
    with pytest.raises(DataError, match="rows of one shape"):
        measure_invariance(ragged.fitted_, signals, [0, 1] * 16)
    model = CNNClassifier(n_epochs=1, random_state=0).fit(X[:, 0], Y)
    with pytest.raises(ParameterError, match="'rotation' cannot be measured here: rows have 1 spatial axis"):
        measure_invariance(model.fitted_, X[:, 0], Y, ["rotation"])
