"""Some rows of a listing, and its labels as words."""

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from foveal.data.images.records import Listing


def only(listing: Listing, rows: NDArray[np.intp]) -> Listing:
    """Give some rows of a listing."""
    columns = {name: getattr(listing, name) for name in ("y", "split", "groups")}
    chosen = {name: column[rows] for name, column in columns.items() if column is not None}
    return replace(listing, places=tuple(listing.places[row] for row in rows), **chosen)


def words(listing: Listing) -> NDArray[Any] | None:
    """Give labels by their names; several labels, and targets, as they are."""
    y = listing.y
    if y is None or listing.class_names is None or y.ndim == 2:
        return y
    found: NDArray[Any] = np.array(listing.class_names)[y]
    return found
