"""A volume in a file as its header tells it, before any voxel is read; what is too large is refused here."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from math import prod
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from foveal.core.free_memory import available_memory, shown_size
from foveal.data.images.records import BadPicture

Array = NDArray[Any]

#: The longest side, the most channels and the most values of all channels that are read.
MOST_SIDE, MOST_CHANNELS, MOST_VALUES = 65_535, 4096, 2**31


@dataclass(frozen=True)
class Stored:
    """A volume as it lies in a file.

    kind : "nifti", "dicom", "tiff" or "npy".
    shape : voxels along the three axes, in the file's order. DICOM's are columns, rows, slices where its geometry is
        known, else frames, rows, columns, as in TIFF and .npy files.
    affine : (4, 4) from the index of a voxel to millimetres, RAS+; of distances only where `oriented` is not true.
    dropped : the axis of one voxel that a single slice does not have.
    load : gives the voxels, (I, J, K, C); raises what its library raises, call it within `damage_told`.
    said : what people should know, in sentences without anything of the header but geometry.
    header : numbers that the same geometry is written back with.
    """

    kind: str
    shape: tuple[int, int, int]
    channels: int
    affine: Array
    oriented: bool
    dropped: int | None
    load: Callable[[], Array]
    said: tuple[str, ...] = ()
    header: Mapping[str, Any] = field(default_factory=dict)


def check_room(shape: tuple[int, ...], channels: int = 1) -> None:
    """Refuse what a header promises before memory is taken for it: 4 bytes for each value, and what is free.

    >>> check_room((60_000, 60_000, 60_000))
    Traceback (most recent call last):
    foveal.data.images.records.BadPicture: has 60000 x 60000 x 60000 voxels, at most 2,147,483,648 values are read; \
cut it, or store it coarser
    """
    sizes = " x ".join(map(str, shape))
    if not shape or min(shape) < 1 or channels < 1:
        raise BadPicture(f"has no voxels: {sizes}, {channels} channels")
    if max(shape) > MOST_SIDE and prod(shape) * channels <= MOST_VALUES:
        raise BadPicture(f"has {sizes} voxels, at most {MOST_SIDE:,} along an axis are read; cut it")
    if channels > MOST_CHANNELS:
        raise BadPicture(f"has {channels:,} channels, at most {MOST_CHANNELS:,} are read; take some out")
    if prod(shape) * channels > MOST_VALUES:
        each = f" of {channels} channels" if channels > 1 else ""
        raise BadPicture(
            f"has {sizes} voxels{each}, at most {MOST_VALUES:,} values are read; cut it, or store it coarser"
        )
    needed, free = prod(shape) * channels * 4, available_memory(torch.device("cpu"))
    if needed > free:
        raise BadPicture(f"would take {shown_size(needed)} of memory, {shown_size(free)} are free; cut it")


def check_affine(affine: Array) -> Array:
    """Give a matrix back by which each voxel has a place of its own; refuse any other."""
    flat = not np.isfinite(affine).all() or not abs(np.linalg.det(affine[:3, :3])) > 1e-12
    if flat or not (np.linalg.norm(affine[:3, :3], axis=0) < 1e6).all():
        raise BadPicture("has a geometry that is none: its axes have no length, or lie in one plane")
    return affine


def plain(distances: tuple[float, float, float]) -> Array:
    """Give the matrix of voxels at known distances whose place and direction nobody knows.

    >>> plain((2.0, 1.0, 1.0)).diagonal().tolist()
    [2.0, 1.0, 1.0, 1.0]
    """
    return np.diag([*distances, 1.0])
