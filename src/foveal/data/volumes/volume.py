"""A volume that was read: its numbers, where they lie, and the way back to the file's own grid."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from foveal.data.volumes.geometry import Turn, code_of

Array = NDArray[Any]


class Way(NamedTuple):
    """How voxels came from the file's grid to theirs, so that answers go back.

    turn : axes that changed places. shape : voxels after that. ratios : how many times as far apart they are then.
    resampled : voxels after that. What is cut off or filled up is evenly so.
    """

    turn: Turn
    shape: tuple[int, ...]
    ratios: tuple[float, ...]
    resampled: tuple[int, ...]


@dataclass(frozen=True)
class Origin:
    """The grid of the file that a volume came from.

    kind : "nifti", "dicom", "tiff" or "npy". shape : its three axes, in its own order. dropped : the axis of one voxel
    that a single slice does not have. header : numbers of a NIfTI header that say the geometry.
    """

    kind: str
    shape: tuple[int, int, int]
    affine: Array
    oriented: bool
    dropped: int | None
    header: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, repr=False, eq=False)
class Volume:
    r"""Numbers (D, H, W, C), or (H, W, C) of a single slice, and where they lie: what `foveal.open_volume` gives.

    values : (\*S, C). Where the file knows directions the axes grow, by the rule's code, to the right, to the front and
        to the head (RAS+); else they are as in the file: frames, rows, columns.
    affine : (4, 4), from (i, j, k, 1) to millimetres in RAS+ of the middle of a voxel. The axis that a slice has not
        has the index 0; it stands at `dropped`.
    spacing : distance of neighbours along each axis of the values, in millimetres.
    oriented : whether the file knows directions; if not, `affine` says distances only.
    name : the file's or folder's name as it was given.
    said : what people should know of it.
    origin, way : the file's own grid and how the values came from there; `write_like` goes back.

    An array is made of it by `numpy.asarray(volume)`.
    """

    values: Array
    affine: Array
    spacing: tuple[float, ...]
    oriented: bool
    name: str
    origin: Origin
    way: Way
    dropped: int | None = None
    said: tuple[str, ...] = ()

    @property
    def shape(self) -> tuple[int, ...]:
        r"""Shape (\*S, C)."""
        return self.values.shape

    @property
    def code(self) -> str | None:
        """The directions in which the three axes of `affine` grow, such as "RAS"; None where they are not known."""
        return code_of(self.affine) if self.oriented else None

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Array:
        return np.array(self.values, dtype, copy=copy)

    def __repr__(self) -> str:
        mm = " x ".join(f"{d:.3g}" for d in self.spacing)
        return f"Volume({self.name!r}, shape {self.shape}, {mm} mm, axes {self.code or 'as stored'})"
