"""Labels of masks of volumes: read as their volumes are, by the nearest voxel, and numbered by the rule of masks."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from foveal.data.images.reading.labels import renumbered
from foveal.data.images.records import BadPicture, Place
from foveal.data.volumes.apply import by_rule
from foveal.data.volumes.formats import stored_of
from foveal.data.volumes.mask_grids import over_volume
from foveal.data.volumes.resample import fitted
from foveal.data.volumes.rule import VolumeRule
from foveal.data.volumes.stored import Array

#: The largest label that a file may hold.
_LARGEST = 65535


def varying(rule: VolumeRule) -> VolumeRule:
    """Give a rule that leaves sizes as they are after the distances are changed."""
    return (*rule[:3], {**rule[3], "to": None})


def read_labels(volume: Place, mask: Place, rule: VolumeRule) -> Array:
    r"""Read the labels of a mask, (\*S), on the grid that the rule gives its volume, but for the size.

    Raises `BadPicture` for what does not lie over its volume, and for labels that are not 0 to 65535.
    """
    stored = over_volume(stored_of(mask.path), stored_of(volume.path), rule[0]["to"])
    values = by_rule(stored, varying(rule), mask.name, labels=True).values[..., 0]
    low, high = int(values.min()), int(values.max())
    if low < 0 or high > _LARGEST:
        raise BadPicture(f"has the label {low if low < 0 else high}, which must be from 0 to {_LARGEST}")
    return values.astype(np.uint8 if high <= np.iinfo(np.uint8).max else np.uint16)


def placed(labels: Array, rule: VolumeRule, step: Mapping[str, Any], dtype: Any) -> Array:
    """Give labels their numbers by a step of masks, cut or filled to the rule's size with what does not count.

    >>> from foveal.data.images.reading.mask_rule import labels_step
    >>> rule = ({}, {}, {}, {"to": [4]})
    >>> placed(np.array([0, 7], np.uint8), rule, labels_step(numbers=[(0, 0), (7, 1)], ignored=255), "uint8").tolist()
    [255, 0, 1, 255]
    """
    found = renumbered(labels, step["numbers"], np.dtype(dtype))
    to = rule[3]["to"]
    if to is None or found.shape == tuple(to):
        return found
    return fitted(found[..., None], tuple(to), step["ignored"] or 0)[..., 0]


def read_mask(volume: Place, mask: Place, rule: VolumeRule, step: Mapping[str, Any], dtype: Any) -> Array:
    """Read a mask as `placed` gives it."""
    return placed(read_labels(volume, mask, rule), rule, step, dtype)
