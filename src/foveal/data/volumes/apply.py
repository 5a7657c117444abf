"""A rule applied to a volume in a file: the axes turned, the grid changed, numbers windowed, the size made one."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from foveal.data.images.records import BadPicture
from foveal.data.volumes.damage import damage_told
from foveal.data.volumes.geometry import (
    STAY,
    spacing_of,
    stretched,
    turn_to,
    turned,
    turned_affine,
    turned_shape,
)
from foveal.data.volumes.resample import fitted, new_size, resampled, starts_of
from foveal.data.volumes.rule import VolumeRule
from foveal.data.volumes.stored import Stored, check_room
from foveal.data.volumes.volume import Origin, Volume, Way

Array = NDArray[Any]
#: A distance that differs by less than this share is the same.
_SAME = 1e-4


class Grid(NamedTuple):
    """The grid that a rule gives a volume, known from its header: the way, the sizes of three axes, the matrix."""

    way: Way
    sizes: tuple[int, ...]
    affine: Array
    dropped: int | None


def grid_of(stored: Stored, rule: VolumeRule) -> Grid:
    """Find out the grid without reading a voxel; raises `BadPicture` where the rule has another number of axes."""
    orient, spacing, _, size = rule
    turn = turn_to(stored.affine, orient["to"]) if stored.oriented and orient["to"] != "as_stored" else STAY
    shape = turned_shape(stored.shape, turn)
    affine = turned_affine(stored.affine, turn, stored.shape)
    dropped = None if stored.dropped is None else turn.axes.index(stored.dropped)
    ratios: tuple[float, ...] = (1.0, 1.0, 1.0)
    resized = shape
    if spacing["mm"] is not None:
        wanted = _three(spacing["mm"], dropped, shape, None)
        old = spacing_of(affine)
        pairs = zip(wanted, old, strict=True)
        ratios = tuple(1.0 if w is None or abs(w / o - 1) < _SAME else w / o for w, o in pairs)
        resized = tuple(n if r == 1 else new_size(n, r) for n, r in zip(shape, ratios, strict=True))
        check_room(resized, stored.channels)
    sizes = resized if size["to"] is None else tuple(n or 1 for n in _three(size["to"], dropped, shape, 1))
    first = starts_of(resized, sizes)
    # Voxel n of the new grid lies at (n + first + 1/2) ratio - 1/2 of the old one.
    affine = stretched(affine, ratios, tuple((f + 0.5) * r - 0.5 for f, r in zip(first, ratios, strict=True)))
    return Grid(Way(turn, shape, ratios, resized), sizes, affine, dropped)


def at_least(stored: Stored, rule: VolumeRule) -> VolumeRule:
    """Give a rule whose size is so large that nothing of a volume is cut off; raises what `grid_of` raises."""
    if rule[3]["to"] is None:
        return rule
    grid = grid_of(stored, rule)
    sizes = [max(pair) for pair in zip(grid.sizes, grid.way.resampled, strict=True)]
    return (*rule[:3], {**rule[3], "to": [n for axis, n in enumerate(sizes) if axis != grid.dropped]})


def _three(values: Any, dropped: int | None, shape: tuple[int, ...], filler: Any) -> tuple[Any, ...]:
    """Give a number for each of three axes: a slice's rule has two, and the axis that it has not gets `filler`."""
    if dropped is None and len(values) == 3:
        return tuple(values)
    if dropped is not None and len(values) == 2:
        return (*values[:dropped], filler, *values[dropped:])
    what = "is a single slice" if dropped is not None else f"has three axes ({' x '.join(map(str, shape))})"
    raise BadPicture(f"{what}, and the rule is for {'slices' if len(values) == 2 else 'three axes'}; keep them apart")


def by_rule(stored: Stored, rule: VolumeRule, name: str, *, labels: bool = False) -> Volume:
    """Read a volume by a rule; raises `BadPicture` with the reason.

    With `labels` it is a mask: voxels are copied and never mixed, there is no window, and what is added is 0.
    """
    grid = grid_of(stored, rule)
    with damage_told():
        values = np.asarray(stored.load())
    check_finite(values)
    values = values.astype(values.dtype.newbyteorder("="), copy=False)
    if labels:
        values = whole_numbers(values)
    values = resampled(turned(values, grid.way.turn), grid.way.ratios, grid.way.resampled, labels=labels)
    if not labels:
        values = intensities(values, rule[2])
    values = fitted(values, grid.sizes, 0 if labels else rule[3]["fill"])
    if rule[3]["to"] is not None and not labels and values.shape[-1] != rule[3]["channels"]:
        raise BadPicture(f"has {values.shape[-1]} channels, and the rule is for {rule[3]['channels']}")
    kept = [axis for axis in range(3) if axis != grid.dropped]
    spacing = spacing_of(grid.affine)
    return Volume(
        np.ascontiguousarray(values if grid.dropped is None else values.squeeze(grid.dropped)),
        grid.affine,
        tuple(spacing[axis] for axis in kept),
        stored.oriented,
        name,
        Origin(stored.kind, stored.shape, stored.affine, stored.oriented, stored.dropped, stored.header),
        grid.way,
        grid.dropped,
        stored.said,
    )


def check_finite(values: Array) -> None:
    """Refuse voxels that are no numbers: after a grid is changed they would have spread."""
    if values.dtype.kind == "f" and not np.isfinite(values).all():
        wrong = int((~np.isfinite(values)).sum())
        raise BadPicture(f"holds {wrong:,} voxels that are NaN or infinite; put a number there")


def whole_numbers(values: Array) -> Array:
    """Give labels as integers; masks are often kept as floating-point numbers."""
    if values.dtype.kind in "iub":
        return values
    found = values.astype(np.int64)
    if (found != values).any():
        raise BadPicture("is no mask: its voxels are not whole numbers")
    return found


def intensities(values: Array, step: Any) -> Array:
    """Do the step "window" or "intensity": (..., C) to float32.

    A window is that of DICOM PS3.3, C.11.2.1.2.1, "linear", with the output 0 to 1:
    y = (x - (c - 1/2)) / (w - 1) + 1/2, cut off at 0 and 1; for w = 1 it is 0 up to c - 1/2, above it 1.

    >>> x = np.array([-200.0, -160, 40, 239, 300])
    >>> intensities(x, {"step": "window", "centre": 40, "width": 400}).astype(float).round(4).tolist()
    [0.0, 0.0, 0.5013, 1.0, 1.0]
    """
    found: Array = _unit(values, step)
    return found


def _unit(values: Array, step: Any) -> Any:
    if step["step"] == "window":
        c, w = step["centre"] - 0.5, step["width"] - 1
        if w == 0:
            return np.where(values > c, np.float32(1), np.float32(0))
        return np.clip((values.astype(np.float64) - c) / w + 0.5, 0, 1).astype(np.float32)
    if step["how"] == "as_is":
        return values.astype(np.float32)
    low, high = np.percentile(values, (step["low"], step["high"]))
    if not high > low:
        return np.zeros(values.shape, np.float32)
    return np.clip((values.astype(np.float64) - low) / (high - low), 0, 1).astype(np.float32)
