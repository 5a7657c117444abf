"""Names of classes that a file holds beside y, held against it."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from foveal.core.errors import DataError
from foveal.core.rules import shown

#: The key of an .npz file, and the name of an .npy file, that holds them.
CLASS_NAMES = "class_names"


def names_for(path: Path, names: NDArray[Any], ys: Sequence[NDArray[Any] | None]) -> tuple[str, ...] | None:
    """Give the names of the classes 0, 1, 2 ..., or of the 0/1 columns, of each y; None where y needs none.

    That is so where it holds names itself, or values. Raises `DataError` where a class has no name, or one has two.

    >>> names_for(Path("two.npz"), np.array(["cat", "dog"]), [np.array([0, 1, 1]), None])
    ('cat', 'dog')
    """
    if names.ndim != 1 or names.dtype.kind not in "US":
        raise DataError(
            f"{path}: {CLASS_NAMES} must hold the names of the classes 0, 1, 2 ..., (K,) strings, got {names.dtype} of "
            f"shape {names.shape}; write np.array(['cat', 'dog']), or leave it out"
        )
    found = tuple(name.decode("utf-8", "replace") if isinstance(name, bytes) else name for name in names.tolist())
    twice = next((name for number, name in enumerate(found) if name in found[:number]), None)
    if twice is not None:
        raise DataError(f"{path}: {CLASS_NAMES} has {twice!r} for two classes; give one of them another name")
    if any(y is not None and not _are_classes(y) for y in ys):
        return None
    for y in ys:
        _check_each_has_one(path, found, y)
    return found


def _are_classes(y: NDArray[Any]) -> bool:
    return y.dtype.kind in "iub" and y.ndim in (1, 2)


def _check_each_has_one(path: Path, names: tuple[str, ...], y: NDArray[Any] | None) -> None:
    if y is None:
        return
    if y.ndim == 2 and y.shape[1] > 1:
        if y.shape[1] != len(names):
            raise DataError(
                f"{path}: {CLASS_NAMES} has {len(names)} names, and y {y.shape[1]} columns; give each column a name, "
                f"or leave {CLASS_NAMES} out"
            )
        return
    strange = [label for label in np.unique(y).tolist() if not 0 <= label < len(names)]
    if strange:
        raise DataError(
            f"{path}: {CLASS_NAMES} names the classes 0 to {len(names) - 1}, and y holds {shown(strange, 40)}; number "
            f"the classes from 0 in the order of their names, or leave {CLASS_NAMES} out"
        )
