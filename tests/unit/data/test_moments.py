"""Mean and deviation of places, channels and columns, beside NumPy's of the whole."""

import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits, load_iris, load_linnerud, load_wine

from foveal.data import moments
from foveal.data.moments import Moments, moments_of

RNG = np.random.default_rng(0)


@pytest.mark.parametrize("shape", [(50, 7, 1), (50, 9, 3), (20, 4, 5, 2), (9, 3, 2, 4, 3), (1, 6, 2)])
@pytest.mark.parametrize("cache", [1, 40, 2**18])
def test_they_are_numpys(shape, cache, monkeypatch):
    monkeypatch.setattr(moments, "IN_CACHE", cache)
    X, rows = RNG.normal(3, 5, size=shape), np.sort(RNG.permutation(shape[0])[: max(1, shape[0] // 2)])
    places = moments_of(X, rows, 2.0)
    np.testing.assert_allclose(places.mean, (X[rows] / 2).mean(axis=0).ravel())
    np.testing.assert_allclose(places.deviation, (X[rows] / 2).std(axis=0).ravel(), atol=1e-12)
    channels = places.of_channels(shape[-1])
    by_channel = (X[rows] / 2).reshape(-1, shape[-1])
    np.testing.assert_allclose(channels.mean, by_channel.mean(axis=0))
    np.testing.assert_allclose(channels.deviation, by_channel.std(axis=0))


@pytest.mark.parametrize("value", [0.0, 0.1, 1e-30, 1.7e9, -1e30, 255.0])
def test_what_does_not_vary_but_for_rounding_counts_as_one_and_is_not_coarse(value):
    X = np.full((1000, 3, 1), value)
    places = moments_of(X, np.arange(1000), 1.0)
    for found in (places, places.of_channels(1)):
        assert not found.varies.any()
        assert (found.counted(np.float32) == 1).all()
        assert len(found.coarse()) == 0
    assert not places.drowns()


@pytest.mark.parametrize(
    ("offset", "deviation", "coarse"),
    [
        (1.6e9, 1.0, True),
        (1.7e9, 1e6, False),
        (-1e6, 0.1, True),
        (1e6, 10.0, False),
        (1e-3, 1e-10, True),
        (0, 1, False),
    ],
)
def test_what_float32_loses(offset, deviation, coarse):
    """Where it is not said to lose them, float32 is off by a tenth of a deviation at most."""
    X = offset + deviation * RNG.normal(size=(500, 1, 1))
    found = moments_of(X, np.arange(500), 1.0)
    assert (len(found.coarse()) == 1) == coarse
    lost = np.abs(X.astype(np.float32) - X).max() / deviation
    assert lost < 0.1 or coarse


@pytest.mark.parametrize(
    ("load", "drowns"),
    [
        (load_wine, True),
        (load_breast_cancer, True),
        (load_iris, False),
        (load_diabetes, False),
        (load_digits, False),
        (load_linnerud, True),
    ],
)
def test_tables_that_drown_and_others(load, drowns):
    X = load().data[..., None]
    assert moments_of(X, np.arange(len(X)), 1.0).drowns() == drowns


SIGNALS = {
    "noise": RNG.normal(size=(200, 60)),
    "waves": np.sin(RNG.random((200, 1)) * 6 + np.linspace(0, 20, 100)),
    "pixels": RNG.integers(0, 256, size=(200, 64)) * (RNG.random(64) > 0.3),
    "an offset": 1e6 + RNG.normal(size=(200, 60)),
    "silence at the ends": np.pad(RNG.normal(size=(200, 60)), ((0, 0), (20, 20))),
    "a walk": RNG.normal(size=(200, 500)).cumsum(axis=1),
    "one column": RNG.normal(size=(200, 1)),
}


@pytest.mark.parametrize("case", SIGNALS)
def test_signals_do_not_drown(case):
    X = SIGNALS[case][..., None]
    assert not moments_of(X, np.arange(len(X)), 1.0).drowns()


def test_rows_are_merged_in_any_number_of_blocks_without_loss(monkeypatch):
    X = 1e8 + RNG.normal(size=(300, 4, 1))
    whole = moments_of(X, np.arange(300), 1.0)
    monkeypatch.setattr(moments, "IN_CACHE", 4)
    one_by_one = moments_of(X, np.arange(300), 1.0)
    np.testing.assert_allclose(one_by_one.deviation, whole.deviation, rtol=1e-6)
    assert isinstance(whole, Moments)
