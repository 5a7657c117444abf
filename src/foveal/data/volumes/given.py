"""Volumes to be predicted, as people have them: files, folders, opened ones, arrays."""

import os
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from foveal.core.errors import DataError, DataTypeError, ShapeError
from foveal.core.files import as_path
from foveal.data.rows import Rows
from foveal.data.volumes.attempts import volumes_at
from foveal.data.volumes.on_the_fly import Given, VolumesOnTheFly
from foveal.data.volumes.rule import check_volume_rule, volume_shape
from foveal.data.volumes.volume import Volume


def volumes_given(X: Any, rule: Any, name: str = "X") -> Rows:
    r"""Give the rows of X, read by a model's rule of volumes.

    X : a file; a folder of the slices of a series; another folder (all volumes in it and below); a `Volume`; a list of
        such things; or an array (N, \*S, C) of the shape that the rule gives, which is taken as it is. Where the rule
        is for slices, each DICOM file of a folder is a row.
    """
    rule = check_volume_rule(rule)
    shape = volume_shape(rule)
    if shape is None:
        raise DataError("the model's rule leaves sizes as they are: it answers one volume at a time")
    if hasattr(X, "ndim") and hasattr(X, "dtype"):
        X = np.asarray(X)
        if X.dtype.kind not in "OU":
            if X.shape[1:] != shape:
                raise ShapeError(
                    f"{name} must hold rows of shape {shape}, as the model's rule makes them, got shape {X.shape}; "
                    "give the files, or what open_volume gives"
                )
            return Rows(X if X.dtype == np.float32 else X.astype(np.float32))
    single = isinstance(X, str | bytes | os.PathLike | Volume)
    if not single and not isinstance(X, Sequence | np.ndarray):
        raise DataTypeError(f"{name} must be files, a folder, volumes or an array (N, *S, C), got {type(X).__name__}")
    volumes = list(_each([X] if single else X, len(shape) == 3, name))
    if not volumes:
        raise DataError(f"{name} holds no volume; check how it was read or selected")
    return Rows(VolumesOnTheFly(volumes, rule))


def _each(given: Any, slices: bool, name: str) -> Iterator[Given]:
    for one in given:
        if isinstance(one, Volume):
            yield one
        elif isinstance(one, str | bytes | os.PathLike):
            yield from volumes_at(as_path(os.fsdecode(one), name), slices=slices, name=name)
        else:
            raise DataTypeError(f"{name} must hold paths or volumes, got {type(one).__name__}")
