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
    unit = 255.0 if X.dtype == np.uint8 else 1.0
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
