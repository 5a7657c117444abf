"""The rule that suits volumes whose headers are known: what is not said is chosen from them, and told."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from foveal.core.errors import DataError, ParameterError
from foveal.core.rules import shown
from foveal.data.volumes.apply import grid_of
from foveal.data.volumes.geometry import spacing_of
from foveal.data.volumes.rule import VolumeRule, make_volume_rule
from foveal.data.volumes.stored import Stored

#: The longest side that is chosen where sizes differ; more is for whoever asks for it.
_SIDE = 128


def infer_volume_rule(
    headers: Sequence[Stored],
    *,
    size: Sequence[int] | None = None,
    orient: str = "RAS",
    spacing: Sequence[float] | None = None,
    window: Sequence[float] | None = None,
    intensity: str = "as_is",
    varying: bool = False,
) -> tuple[VolumeRule, list[str]]:
    """Give a rule and what was chosen: the channels, and a size where none is asked for (with `varying` none is).

    The size is that of all; where they differ, the median of each axis, at most 128. Raises `DataError` where some have
    other channels, or another number of axes.
    """
    channels = Counter(header.channels for header in headers)
    flat = Counter(header.dropped is not None for header in headers)
    if len(channels) > 1 or len(flat) > 1:
        kinds = sorted(channels) if len(channels) > 1 else ["slices", "volumes"]
        raise DataError(f"the volumes differ: {' and '.join(map(str, kinds))} channels or axes; keep them apart")
    rule = make_volume_rule(
        channels=next(iter(channels)), size=size, orient=orient, spacing=spacing, window=window, intensity=intensity
    )
    _check_axes({"size": size, "spacing": spacing}, 2 if next(iter(flat)) else 3)
    said = _of_directions(headers, orient) + _of_distances(headers, spacing)
    if size is not None or varying:
        return rule, said
    sizes = np.array([_sizes(header, rule) for header in headers])
    chosen = [int(n) for n in np.minimum(np.median(sizes, axis=0), _SIDE)]
    same = (sizes == sizes[0]).all()
    chosen = [int(n) for n in sizes[0]] if same and sizes.max() <= _SIDE else chosen
    why = "that of all" if same and sizes.max() <= _SIDE else "the median of each axis, at most 128"
    return (*rule[:3], {**rule[3], "to": chosen}), [*said, f"size={shown(tuple(chosen))}: {why}"]


def _check_axes(given: Mapping[str, Sequence[Any] | None], axes: int) -> None:
    """Refuse a setting of as many numbers as slices have for volumes, and the other way round."""
    for name, values in given.items():
        if values is not None and len(values) != axes:
            what = "volumes, which have three axes" if axes == 3 else "single slices, which have two axes"
            raise ParameterError(f"{name} must have {axes} numbers, got {shown(values)}: the files are {what}")


def _sizes(header: Stored, rule: VolumeRule) -> list[int]:
    grid = grid_of(header, rule)
    return [n for axis, n in enumerate(grid.sizes) if axis != grid.dropped]


def _of_directions(headers: Sequence[Stored], orient: str) -> list[str]:
    unknown = sum(not header.oriented for header in headers)
    if not unknown or orient == "as_stored":
        return []
    return [f"{unknown:,} of {len(headers):,} volumes know no directions: their axes stay as they are in the file"]


def _of_distances(headers: Sequence[Stored], spacing: Any) -> list[str]:
    if spacing is not None:
        return []
    found = np.array([sorted(spacing_of(header.affine)) for header in headers])
    low, high = found.min(axis=0), found.max(axis=0)
    if (high <= 1.01 * low).all():
        return []
    ranges = ", ".join(f"{a:.3g} to {b:.3g}" for a, b in zip(low, high, strict=True))
    return [f"distances of voxels differ ({ranges} mm): spacing=(...) puts all on one grid"]
