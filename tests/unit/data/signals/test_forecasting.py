from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import foveal
from foveal import CNNRegressor
from foveal.core.errors import DataError, ParameterError
from foveal.data.signals.forecasting import forecasting_windows


@settings(deadline=None, max_examples=40)
@given(st.integers(1, 6), st.integers(1, 6), st.integers(1, 3), st.integers(0, 4))
def test_no_part_forecasts_what_an_earlier_one_has_seen(past, future, step, gap):
    found = forecasting_windows(np.arange(200.0), past=past, future=future, step=step, gap=gap)
    parts = [(getattr(found, f"X_{part}")[:, 0], getattr(found, f"y_{part}")) for part in ("train", "valid", "test")]
    for X, y in parts:
        np.testing.assert_array_equal(y[:, 0], X[:, -1] + 1)  # what follows
        np.testing.assert_array_equal(np.diff(y[:, 0]), step)
    for (X, before), (_, y) in pairwise(parts):
        assert y.min() > max(before.max(), X.max())
    assert found.starts.tolist() == parts[2][1][:, 0].tolist()
    assert parts[1][1].min() >= 140 + gap
    assert parts[2][1].min() >= 160 + gap


def test_windows_with_a_missing_value_are_left_out():
    series = np.arange(100.0)
    series[30] = np.nan
    found = forecasting_windows(series, past=4, future=2)
    assert found.left_out == 6
    assert all(np.isfinite(a).all() for a in (found.X_train, found.y_train, found.X_test, found.y_test))


def test_all_channels_are_known_and_one_is_forecast():
    pd = pytest.importorskip("pandas")
    table = pd.DataFrame({"a": np.arange(50), "b": np.arange(50) * 10})
    found = forecasting_windows(table, past=2, future=1, target="b")
    assert found.X_train[0].tolist() == [[0.0, 1.0], [0.0, 10.0]]
    assert (found.y_train[0].tolist(), found.target) == ([20.0], 1)


def test_naive_forecasts_are_those_of_the_definitions():
    rng = np.random.default_rng(0)
    series = rng.normal(size=120)
    found = forecasting_windows(series, past=8, future=7)
    naive = found.naive(season=3)
    for row, t in enumerate(found.starts):
        assert (naive["last value"][row] == series[t - 1]).all()
        assert naive["seasonal"][row].tolist() == [series[t + h - 3 * (h // 3 + 1)] for h in range(7)]
    errors = found.errors(found.y_test, season=3)
    assert errors["forecast"] == 0
    assert errors["seasonal"] == pytest.approx(np.abs(naive["seasonal"] - found.y_test).mean())


def test_a_periodic_series_is_forecast_better_than_by_its_last_value():
    t = np.arange(400)
    rng = np.random.default_rng(0)
    series = np.sin(t / 12 * 2 * np.pi) + 0.05 * rng.normal(size=len(t))
    found = foveal.forecasting_windows(series, past=24, future=3)
    model = CNNRegressor(net="tcn", layout=found.layout, n_epochs=8, learning_rate=0.01, batch_size=32, random_state=0)
    model.fit(found.X_train, found.y_train, validation=(found.X_valid, found.y_valid))
    errors = found.errors(model.predict(found.X_test), season=12)
    assert errors["forecast"] < 0.4 * errors["last value"]


REFUSED = {
    "season": (lambda: forecasting_windows(np.arange(99.0), past=4).naive(5), ParameterError, "season=5 is longer"),
    "target": (
        lambda: forecasting_windows(np.arange(99.0), past=4, target="a"),
        ParameterError,
        r"target must be .*\[0\]",
    ),
    "short": (lambda: forecasting_windows(np.arange(9.0), past=8, future=2), DataError, "9 steps leave no window"),
    "axes": (lambda: forecasting_windows(np.zeros((9, 2, 2)), past=1), DataError, r"series must be \(T,\) or \(T, C\)"),
    "past": (
        lambda: forecasting_windows(np.arange(9.0), past=0),
        ParameterError,
        "past must be an integer of at least 1",
    ),
    "shape": (
        lambda: forecasting_windows(np.arange(99.0), past=4).errors([1.0]),
        DataError,
        r"predicted must have the shape of y_test",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_wrong_is_told(case):
    call, error, message = REFUSED[case]
    with pytest.raises(error, match=message):
        call()
