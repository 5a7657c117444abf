"""Where the frames of a DICOM file lie, in its own words: position, direction, distances, and values' scale.

Elements stand in the file itself, or in functional groups (PS3.3, C.7.6.16): those of a frame, else those all share.
"""

from typing import Any, NamedTuple

from foveal.data.images.records import BadPicture

Numbers = tuple[float, ...]


class Places(NamedTuple):
    """What is known of frames; None where nothing is said.

    orientation : of each frame the directions of a row and of a column, six cosines (C.7.6.2.1.1).
    positions : of each frame the middle of its first pixel, in millimetres, LPS+.
    distances : (between rows, between columns), in millimetres.
    depth : from slice to slice, or a slice's thickness.
    scales : (slope, intercept) of each frame, or one for all.
    """

    orientation: tuple[Numbers, ...] | None
    positions: tuple[Numbers, ...] | None
    distances: Numbers | None
    depth: float | None
    scales: tuple[Numbers, ...]


def places_of(dataset: Any, frames: int) -> Places:
    """Read what a data set says; raises `BadPicture` for numbers that are none."""
    groups = _Groups(dataset, frames)
    orientation = groups.each("PlaneOrientationSequence", "ImageOrientationPatient", 6)
    positions = groups.each("PlanePositionSequence", "ImagePositionPatient", 3)
    offsets = numbers(dataset, "GridFrameOffsetVector", frames) if frames > 1 else None
    if positions is not None and orientation is not None and offsets is not None:
        positions = _offset(positions[0], orientation[0], offsets)
    elif positions is not None and len(positions) != frames:
        positions = None  # several frames at one position are times, or nobody knows
    if orientation is not None and positions is not None:
        orientation = orientation if len(orientation) == frames else orientation[:1] * frames
    distances = groups.first("PixelMeasuresSequence", "PixelSpacing", 2)
    for name in ("ImagerPixelSpacing", "NominalScannedPixelSpacing"):
        distances = distances or numbers(dataset, name, 2)
    if distances is not None and not min(distances) > 0:
        distances = None
    depths = (groups.first("PixelMeasuresSequence", name, 1) for name in ("SpacingBetweenSlices", "SliceThickness"))
    depth = next((abs(found[0]) for found in depths if found and found[0]), None)
    return Places(orientation, positions, distances, depth, _scales(dataset, groups))


def _scales(dataset: Any, groups: "_Groups") -> tuple[Numbers, ...]:
    dose = numbers(dataset, "DoseGridScaling", 1)
    if dose is not None:
        return ((dose[0], 0.0),)  # in gray, or relative (C.8.8.3.2)
    slopes = groups.each("PixelValueTransformationSequence", "RescaleSlope", 1)
    intercepts = groups.each("PixelValueTransformationSequence", "RescaleIntercept", 1)
    if slopes is None or intercepts is None:
        return ((1.0, 0.0),)
    count = max(len(slopes), len(intercepts))
    slopes, intercepts = (found if len(found) == count else found[:1] * count for found in (slopes, intercepts))
    return tuple((s[0], i[0]) for s, i in zip(slopes, intercepts, strict=True))


def _offset(first: Numbers, orientation: Numbers, offsets: Numbers) -> tuple[Numbers, ...]:
    """Place the frames of a dose grid along the normal (C.8.8.3.2); where the first is not 0 they are positions."""
    normal = cross(orientation[:3], orientation[3:])
    start = offsets[0]
    return tuple(tuple(p + n * (offset - start) for p, n in zip(first, normal, strict=True)) for offset in offsets)


def cross(a: Numbers, b: Numbers) -> Numbers:
    """Give the vector that stands upright on two.

    >>> cross((1.0, 0.0, 0.0), (0.0, 1.0, 0.0))
    (0.0, 0.0, 1.0)
    """
    return a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]


class _Groups:
    """Functional groups of a data set: by frames, and shared."""

    def __init__(self, dataset: Any, frames: int) -> None:
        self.dataset = dataset
        each = list(dataset.get("PerFrameFunctionalGroupsSequence") or [])
        self.each_frame = each if len(each) == frames else []
        self.shared = next(iter(dataset.get("SharedFunctionalGroupsSequence") or []), None)

    def each(self, sequence: str, name: str, count: int) -> tuple[Numbers, ...] | None:
        """Give the numbers of each frame, or those that all share once; None where a frame lacks them."""
        found = [_inside(frame, sequence, name, count) for frame in self.each_frame]
        if found and None not in found:
            return tuple(numbers for numbers in found if numbers is not None)
        one = self.first(sequence, name, count)
        return None if one is None else (one,)

    def first(self, sequence: str, name: str, count: int) -> Numbers | None:
        """Give the numbers that all frames share, else those of the data set, else those of the first frame."""
        shared = _inside(self.shared, sequence, name, count) or numbers(self.dataset, name, count)
        return shared or (_inside(self.each_frame[0], sequence, name, count) if self.each_frame else None)


def _inside(item: Any, sequence: str, name: str, count: int) -> Numbers | None:
    inner = None if item is None else next(iter(item.get(sequence) or []), None)
    return None if inner is None else numbers(inner, name, count)


def numbers(dataset: Any, name: str, count: int) -> Numbers | None:
    """Give the numbers of an element, None where it is not there or empty; any other count is a `BadPicture`."""
    value = dataset.get(name)
    if value is None or value == "":
        return None
    try:
        found = tuple(float(v) for v in ([value] if isinstance(value, int | float | str) else value))
    except (TypeError, ValueError):
        raise BadPicture(f"has a {name} that is no number") from None
    if not found:
        return None
    if len(found) != count or not all(abs(v) < 1e9 for v in found):
        raise BadPicture(f"has a {name} of {len(found)} numbers, or too large ones; {count} are needed")
    return found
