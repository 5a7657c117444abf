"""Whether a mask lies over its volume: the same voxels, at the same places of the body."""

from dataclasses import replace
from itertools import product

import numpy as np

from foveal.data.images.records import BadPicture
from foveal.data.volumes.geometry import STAY, spacing_of, turn_to, turned_affine, turned_shape
from foveal.data.volumes.stored import Array, Stored

#: A mask lies over its volume where no corner is farther away than this share of the smallest distance of voxels.
_APART = 0.1


def over_volume(mask: Stored, volume: Stored, orient: str) -> Stored:
    """Give a mask as it lies over its volume, both turned to `orient`; raise `BadPicture` where it does not.

    Where files know directions these decide: a mask may be stored in another order of axes. One that knows none, as
    TIFF and .npy, takes the geometry of its volume, where that is stored in the same order.
    """
    if mask.channels != 1:
        raise BadPicture(f"has {mask.channels} channels, and a mask has one; take out the one with the labels")
    if mask.oriented != volume.oriented and not (volume.kind == mask.kind == "nifti"):
        knows = "knows directions, and its volume does not" if mask.oriented else "knows no directions, and its volume"
        raise BadPicture(f"{knows}{'' if mask.oriented else ' does'}; write it with the geometry of its volume")
    if not (mask.oriented and volume.oriented):
        _check_shapes(mask.shape, volume.shape)
        return replace(mask, affine=volume.affine, oriented=volume.oriented, dropped=volume.dropped)
    (shape, affine), (wanted, grid) = _turned(mask, orient), _turned(volume, orient)
    _check_shapes(shape, wanted)
    apart = _farthest(affine, grid, shape)
    if apart > _APART * min(spacing_of(grid)):
        raise BadPicture(
            f"lies elsewhere than its volume: a corner is {apart:.3g} mm away; resample it onto the grid of its volume"
        )
    return mask


def _turned(stored: Stored, orient: str) -> tuple[tuple[int, ...], Array]:
    turn = STAY if orient == "as_stored" else turn_to(stored.affine, orient)
    return turned_shape(stored.shape, turn), turned_affine(stored.affine, turn, stored.shape)


def _check_shapes(mask: tuple[int, ...], volume: tuple[int, ...]) -> None:
    if mask != volume:
        sizes = [" x ".join(map(str, shape)) for shape in (mask, volume)]
        raise BadPicture(f"is a mask of {sizes[0]} voxels, and its volume has {sizes[1]}; resample it onto that grid")


def _farthest(mask: Array, volume: Array, shape: tuple[int, ...]) -> float:
    """Give the largest distance of a corner from where the other matrix has it, in millimetres."""
    corners = np.array([(*corner, 1) for corner in product(*((0, n - 1) for n in shape))])
    return float(np.linalg.norm((corners @ (mask - volume).T)[:, :3], axis=1).max())
