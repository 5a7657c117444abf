"""`foveal.forecasting_windows`: a series cut into what is known and what follows, split by time."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from foveal.core.errors import DataError, ParameterError
from foveal.core.rules import check, count, number, shown
from foveal.data.convert import as_array, as_numbers

Array = NDArray[Any]


@dataclass(frozen=True, eq=False)
class Windows:
    """Windows of a series: X (N, C, past), what is known, and y (N, future), what follows it, of one channel.

    Three parts follow each other in time, to train, to validate and to test on. No value that a window of one part is
    to forecast is known to a window of the part before. `starts`, those to test on, are the times of y's first values.
    `left_out` windows held a value that is missing.
    """

    X_train: Array
    y_train: Array
    X_valid: Array
    y_valid: Array
    X_test: Array
    y_test: Array
    starts: Array = field(repr=False)
    target: int
    left_out: int

    @property
    def layout(self) -> str:
        """How X is to be read: "NCL"."""
        return "NCL"

    def naive(self, season: int | None = None) -> dict[str, Array]:
        """Forecast the test windows by what everybody can: the last value known, and that of a season before.

            last value: y(t + h) = y(t - 1);   seasonal: y(t + h) = y(t + h - s m), m the least with h < s m

        Shape: (N, future) each. Source: Hyndman and Athanasopoulos 2021, Forecasting, section 5.2. Raises
        `ParameterError` for a season longer than what a window knows.
        """
        future, past = self.y_test.shape[1], self.X_test.shape[2]
        known = self.X_test[:, self.target]
        found = {"last value": np.repeat(known[:, -1:], future, axis=1)}
        if season is None:
            return found
        check("season", season, count(1))
        if season > past:
            raise ParameterError(f"season={season} is longer than what a window knows, past={past}; use a longer past")
        return found | {"seasonal": known[:, past - season + np.arange(future) % season]}

    def errors(self, predicted: Any, season: int | None = None) -> dict[str, float]:
        """Give the mean absolute error on the test windows: of a network's forecasts, and of the naive ones.

        `predicted` is (N, future), or (N,) where one value is forecast.
        """
        forecast = np.asarray(predicted, np.float64)
        forecast = forecast[:, None] if forecast.ndim == 1 else forecast
        if forecast.shape != self.y_test.shape:
            raise DataError(
                f"predicted must have the shape of y_test, {self.y_test.shape}, got {np.shape(predicted)}; "
                "predict X_test"
            )
        return {
            name: float(np.abs(values - self.y_test).mean())
            for name, values in {"forecast": forecast, **self.naive(season)}.items()
        }


def forecasting_windows(
    series: Any,
    *,
    past: int,
    future: int = 1,
    target: int | str = 0,
    step: int = 1,
    gap: int = 0,
    valid: float = 0.1,
    test: float = 0.2,
) -> Windows:
    r"""Cut a series into windows, x(t - past) ... x(t - 1) and y(t) ... y(t + future - 1), and split them by time.

    Parameters
    ----------
    series : array (T,) or (T, C), Series or DataFrame
        Values in even distances of time, the first one first. Missing ones are NaN: windows that hold one are left out.
    past, future : int
        Steps that are known, and that are to be forecast.
    target : int or str
        The channel, or the DataFrame's column, to be forecast; all channels are known.
    step : int
        Windows begin so many steps apart.
    gap : int
        Steps beyond the last known ones of a part that the next part's forecasts begin later.
    valid, test : float
        Share of the time that is held out to validate and to test on: the last part is the test. Windows whose
        forecast reaches into the next part are left out, so that nothing is forecast in two parts.

    Raises
    ------
    DataError
        If the series is no array of numbers, or a part has no window.
    ParameterError
        If there is no such target.

    Examples
    --------
    >>> windows = forecasting_windows(np.arange(20.0), past=3, future=2, valid=0.2, test=0.2)
    >>> windows.X_train.shape, windows.y_train[-1].tolist()
    ((8, 1, 3), [10.0, 11.0])
    >>> windows.X_test[0].tolist(), windows.y_test[0].tolist()
    ([[13.0, 14.0, 15.0]], [16.0, 17.0])
    """
    for name, value in {"past": past, "future": future, "step": step}.items():
        check(name, value, count(1))
    check("gap", gap, count(0))
    for name, share in {"valid": valid, "test": test}.items():
        check(name, share, number(0, 1, high_open=True))
    values, column = _read(series, target)
    n_steps = len(values)
    to_train, to_valid = round(n_steps * (1 - valid - test)), round(n_steps * (1 - test))
    starts = np.arange(past, n_steps - future + 1, step)
    missing = np.concatenate([[0], np.cumsum(~np.isfinite(values).all(axis=1))])
    kept = starts[missing[starts + future] == missing[starts - past]]
    bounds = {"train": (0, to_train), "valid": (to_train + gap, to_valid), "test": (to_valid + gap, n_steps)}
    own = {part: kept[(kept >= first) & (kept + future <= stop)] for part, (first, stop) in bounds.items()}
    empty = [part for part, share in (("train", 1), ("valid", valid), ("test", test)) if share and not len(own[part])]
    if empty:
        raise DataError(
            f"{n_steps} steps leave no window of past={past} and future={future} for the part to {empty[0]} on; give a "
            "longer series, shorter windows or another share"
        )
    parts = {f"X_{part}": _cut(values, at - past, past) for part, at in own.items()}
    parts |= {f"y_{part}": _cut(values[:, [column]], at, future)[:, 0] for part, at in own.items()}
    return Windows(**parts, starts=own["test"], target=column, left_out=len(starts) - len(kept))


def _read(series: Any, target: int | str) -> tuple[Array, int]:
    """Give the series as (T, C) and the number of the channel to forecast."""
    names = [str(name) for name in getattr(series, "columns", ())]
    found = series.to_numpy() if hasattr(series, "iloc") else as_array(series, "series")
    values = as_numbers(np.asarray(found), "series")
    values = values[:, None] if values.ndim == 1 else values
    if values.ndim != 2 or 0 in values.shape:
        raise DataError(f"series must be (T,) or (T, C), the first value first, got shape {np.shape(found)}")
    values = values if values.dtype.kind == "f" else values.astype(np.float64)
    column = names.index(target) if isinstance(target, str) and target in names else target
    if not isinstance(column, int | np.integer) or not 0 <= column < values.shape[1]:
        has: Any = names or list(range(values.shape[1]))
        raise ParameterError(f"target must be a channel of the series, of {shown(has)}, got {target!r}")
    return values, int(column)


def _cut(values: Array, starts: Array, length: int) -> Array:
    """Give windows (N, C, length) that begin at `starts`."""
    places = starts[:, None] + np.arange(length)
    return np.ascontiguousarray(values[places].transpose(0, 2, 1))
