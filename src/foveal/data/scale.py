"""How X is standardised: each channel, or each column of a table; and what is said where its scale costs accuracy."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from foveal.core.rules import shown
from foveal.core.warn import warn_user
from foveal.data.moments import Moments, moments_of
from foveal.data.source import Statistics


def learn_scale(
    X: Any, rows: np.ndarray, dtype: Any, *, by_column: bool | None = False, names: Sequence[Any] | None = None
) -> Statistics:
    r"""Learn the scale of X, (N, \*S, C), from its training rows, and warn where that cannot be good.

    With `by_column` the columns of a table, (N, L, 1), are standardised one by one; None: if they differ by orders of
    magnitude. That must not depend on whether X was a DataFrame, because scikit-learn wants both to give the same
    network. `names` are those of a DataFrame's columns; of an array it is said what it was taken for.
    """
    unit = _unit(X.dtype)
    places = moments_of(X, rows, unit)
    if by_column is None:
        by_column = places.drowns()
        if by_column and names is None:
            _warn_of_table(places)
    found = places if by_column else places.of_channels(X.shape[-1])
    if np.dtype(dtype) == np.float32:
        _warn_of_offsets(X.dtype, found, (names or range(X.shape[1])) if by_column else None)
    scale = found.mean, found.counted(dtype)
    mean, deviation = (values[None] for values in scale) if by_column else scale  # (1, L)
    return Statistics(mean.tolist(), deviation.tolist(), unit)


def scale_of_sums(sums: Sequence[tuple[int, int]], n: int, held: np.dtype[Any], dtype: Any) -> Statistics:
    """Give the scale of n values a channel of which the sum and that of the squares are known, whole numbers both.

    mean = S / n and deviation = sqrt((n Q - S^2) / n^2), each quotient rounded once. `learn_scale` sums in float64 and
    may differ in the last bits.

    >>> scale_of_sums([(510, 130050)], 4, np.dtype(np.uint8), np.float32)
    Statistics(mean=[0.5], deviation=[0.5], scale=255.0)
    """
    unit = int(_unit(held))
    mean = np.array([total / (n * unit) for total, _ in sums])
    squares = np.array([(n * square - total**2) / (n * unit**2) for total, square in sums])
    found = Moments(n, mean, squares)
    if np.dtype(dtype) == np.float32:
        _warn_of_offsets(held, found, None)
    return Statistics(mean.tolist(), found.counted(dtype).tolist(), float(unit))


def _unit(held: np.dtype[Any]) -> float:
    return 255.0 if held == np.uint8 else 1.0


def _warn_of_table(places: Moments) -> None:
    vary = places.deviation[places.varies]
    warn_user(
        f"the columns of X vary by {vary.min():.2g} to {vary.max():.2g}, so X is taken as a table, and each column "
        "standardised by itself; pass a DataFrame, or scale X, and nothing is said; if rows are signals, say "
        "layout='NL'"
    )


def _warn_of_offsets(held: np.dtype[Any], found: Moments, columns: Sequence[Any] | None) -> None:
    coarse = found.coarse()
    if not len(coarse):
        return
    first = int(coarse[0])
    name = f"column {columns[first]!r} of X" if columns is not None else f"channel {first} of X"
    name = "X" if len(found.mean) == 1 else f"{shown(name, 60)[1:-1]}"
    more = f" (and of {len(coarse) - 1} more)" if len(coarse) > 1 else ""
    way = "before X becomes float32" if held == np.float32 else "or use precision='float64'"
    warn_user(
        f"float32 can hardly tell the values of {name}{more} apart: they are {found.mean[first]:.3g} on average and "
        f"vary by {found.deviation[first]:.2g}; subtract the offset, {way}"
    )
