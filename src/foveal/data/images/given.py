"""Pictures to be predicted, as people have them: files, folders, bytes, PIL images, arrays."""

import os
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from foveal.core.errors import DataError, DataTypeError, ShapeError
from foveal.core.files import as_path
from foveal.data.images.listing.lists import list_pictures
from foveal.data.images.listing.names import printable
from foveal.data.images.listing.walk import kind_of, neighbours
from foveal.data.images.on_the_fly import OnTheFly
from foveal.data.images.reading.pool import Given
from foveal.data.images.reading.rule import InputRule, check_rule, dtype_of, shape_of
from foveal.data.images.records import Place
from foveal.data.rows import Rows


def pictures_given(X: Any, rule: InputRule, name: str = "X") -> Rows:
    """Give the rows of X, read by a model's rule.

    X : a file or a folder (all pictures in it and below, `list_pictures`), one picture, a list of such things, or an
        array (N, H, W, C). An array of the shape and dtype that the rule gives is taken as it is; of another size each
        picture is read by the rule.
    """
    rule = check_rule(rule)
    shape, dtype = shape_of(rule), dtype_of(rule)
    if hasattr(X, "ndim") and hasattr(X, "dtype"):
        X = np.asarray(X)
        if X.ndim == 4 and X.shape[1:] == shape and X.dtype == dtype:
            return Rows(X)
        if X.dtype.kind not in "OU" and X.ndim not in (3, 4):
            raise ShapeError(
                f"{name} must hold pictures, (N, H, W, C) or (N, H, W), got shape {X.shape}; a single one goes into "
                "a list"
            )
    pictures = list(_each(X, name)) if _is_single(X) or isinstance(X, Sequence | np.ndarray) else None
    if pictures is None:
        raise DataTypeError(
            f"{name} must be files, a folder, bytes, PIL images or an array (N, H, W, C), got {type(X).__name__}"
        )
    if not pictures:
        raise DataError(f"{name} holds no picture; check how it was read or selected")
    return Rows(OnTheFly(pictures, rule, shape, dtype))


def _is_single(X: Any) -> bool:
    return isinstance(X, str | bytes | bytearray | os.PathLike) or (hasattr(X, "getbands") and hasattr(X, "size"))


def _each(X: Any, name: str) -> Iterator[Given]:
    """Give each picture of what was given; folders give all that is in them."""
    for given in [X] if _is_single(X) else X:
        if isinstance(given, str | os.PathLike):
            path = as_path(given, name)
            kind = kind_of(path)
            if kind == "a folder":
                yield from list_pictures(path).places
            elif kind == "nothing":
                shown = printable(str(path))
                raise DataError(f"{name}: there is no file or folder {shown}{neighbours(path.absolute())}")
            else:
                yield Place(os.fspath(path), printable(str(path)))
        else:
            yield bytes(given) if isinstance(given, bytearray) else given
