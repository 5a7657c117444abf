"""Volumes to be predicted one after the other, of which some may be none: these are rows of zeros, and told."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from foveal.core.errors import DataError
from foveal.data.images.listing.names import printable
from foveal.data.images.listing.walk import kind_of, neighbours
from foveal.data.images.records import BadPicture, Place, Told, silent
from foveal.data.volumes.dicom.series import files_in, seems_dicom
from foveal.data.volumes.formats import is_volume
from foveal.data.volumes.listing import list_volumes
from foveal.data.volumes.on_the_fly import read_row
from foveal.data.volumes.rule import VolumeRule, volume_shape


class VolumeAttempts:
    r"""An array (N, \*S, C) that is read in slices; `problems` says why a row is none, as for pictures."""

    def __init__(self, places: Sequence[Place], rule: VolumeRule) -> None:
        shape = volume_shape(rule)
        if shape is None:
            raise DataError("the model's rule leaves sizes as they are: it answers one volume at a time")
        self.places, self.rule, self.dtype = places, rule, np.dtype(np.float32)
        self.shape = (len(places), *shape)
        self.ndim = len(self.shape)
        self.problems: dict[int, str] = {}

    def __len__(self) -> int:
        return len(self.places)

    def __getitem__(self, rows: slice) -> NDArray[Any]:
        """Read a slice of rows."""
        first, stop, _ = rows.indices(len(self))
        found = np.zeros((max(0, stop - first), *self.shape[1:]), self.dtype)
        for row in range(first, stop):
            try:
                found[row - first] = read_row(self.places[row], self.rule)
            except BadPicture as bad:
                self.problems[row] = bad.reason
        return found


def volumes_at(path: Path, *, slices: bool, name: str = "INPUT", told: Told = silent) -> tuple[Place, ...]:
    """List the volumes that a path leads to: a file, a folder of the slices of a series, all in another, or a table's.

    With `slices` each DICOM file of a folder is one. Raises `DataError` where there are none.
    """
    kind, shown = kind_of(path), printable(str(path))
    if kind == "nothing":
        raise DataError(f"{name}: there is no file or folder {shown}{neighbours(path.absolute())}")
    if kind == "a folder" and (slices or not files_in(str(path))):
        return list_volumes(path, labelled=False, slices=slices, told=told).places
    if path.suffix.lower() in (".csv", ".tsv", ".parquet"):
        return list_volumes(path, labelled=False, told=told).places
    return (Place(os.fspath(path), shown),)


def is_one(path: Path) -> bool:
    """Tell whether a path is one volume; of .npy files those of five axes are rows, (N, D, H, W, C)."""
    if path.suffix.lower() != ".npy":
        return is_volume(path.name) or seems_dicom(str(path))
    try:
        return len(np.load(path, mmap_mode="r", allow_pickle=False).shape) <= 4
    except (OSError, ValueError, EOFError):
        return False
