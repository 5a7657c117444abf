"""Volumes that are read each time they are asked for: where memory has no room for all, or to be predicted."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from foveal.core.errors import DataError
from foveal.data.images.records import BadPicture, Place
from foveal.data.volumes.apply import by_rule
from foveal.data.volumes.formats import stored_of
from foveal.data.volumes.rule import VolumeRule, volume_shape
from foveal.data.volumes.stored import Stored
from foveal.data.volumes.volume import Volume

Array = NDArray[Any]
#: Where a volume lies, or one that was opened already.
Given = Place | Volume


def read_row(given: Given, rule: VolumeRule) -> Array:
    r"""Read one volume by a rule: (\*S, C) float32; raises `BadPicture`."""
    if isinstance(given, Volume):
        return by_rule(_reopened(given), rule, given.name).values
    return by_rule(stored_of(given.path), rule, given.name).values


def _reopened(volume: Volume) -> Stored:
    """Take an opened volume as what lies in a file, on the grid that it has."""
    values = volume.values if volume.dropped is None else np.expand_dims(volume.values, volume.dropped)
    i, j, k, channels = values.shape
    kind = volume.origin.kind
    return Stored(kind, (i, j, k), channels, volume.affine, volume.oriented, volume.dropped, lambda: values)


class VolumesOnTheFly:
    r"""An array (N, \*S, C) of float32 whose rows are read when they are asked for."""

    def __init__(self, volumes: Sequence[Given], rule: VolumeRule) -> None:
        shape = volume_shape(rule)
        if shape is None:
            raise DataError("volumes of varying sizes are no array; give size=")
        self.volumes, self.rule, self.dtype = volumes, rule, np.dtype(np.float32)
        self.shape = (len(volumes), *shape)

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return len(self.shape)

    def __len__(self) -> int:
        return len(self.volumes)

    def __getitem__(self, rows: Any) -> Array:
        """Read one row, a slice of rows, or rows by number or mask; raises `DataError` for what is no volume."""
        numbers = np.arange(len(self))[rows]
        wanted = np.atleast_1d(numbers)
        out = np.empty((len(wanted), *self.shape[1:]), self.dtype)
        for at, row in enumerate(wanted.tolist()):
            given = self.volumes[row]
            try:
                out[at] = read_row(given, self.rule)
            except BadPicture as bad:
                raise DataError(f"{given.name} {bad.reason}; mend it, or leave it out") from None
        return out if numbers.ndim else out[0]
