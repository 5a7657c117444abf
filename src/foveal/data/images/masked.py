"""Masks in files beside pictures: held against them, decoded by their rule, and refused where they say nothing."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from foveal.core.errors import DataError
from foveal.data.images.cache.headers import read_headers
from foveal.data.images.cache.kept import Kept, keep
from foveal.data.images.cache.keys import known_by
from foveal.data.images.cache.own_sizes import Ragged, is_own, keep_own
from foveal.data.images.cache.store import Work
from foveal.data.images.label_choice import Asked, after_reading, before_reading
from foveal.data.images.progress import Progress
from foveal.data.images.reading.mask_rule import mask_rule
from foveal.data.images.reading.nearest import inside
from foveal.data.images.reading.rule import InputRule, dtype_of, step_of
from foveal.data.images.records import Bad, Header, Place

#: Labels are looked at in so many rows at once, and so many are classes at most.
_AT_ONCE, MOST = 64, 255


class Masks(NamedTuple):
    """Masks (N, H, W), the step of the rule that they were read by, names of classes, and bad ones by row."""

    y: Any
    step: dict[str, Any]
    names: tuple[str, ...] | None
    bad: dict[int, Bad]


def check_sizes(
    pictures: Sequence[Header | None], masks: Sequence[Place | None], cached: bool, progress: Progress
) -> tuple[list[Header | None], dict[int, Bad]]:
    """Read the headers of masks, and hold their sizes against those of their pictures; give what is wrong by row."""
    there = [row for row, place in enumerate(masks) if place is not None]
    places = [place for place in masks if place is not None]
    headers, wrong = read_headers(places, known_by(places).digest if cached else None, progress)
    reasons = {bad.place: bad for bad in wrong}
    found: list[Header | None] = [None] * len(masks)
    bad = {row: reasons[place] for row, place in zip(there, places, strict=True) if place in reasons}
    for row, header in zip(there, headers, strict=True):
        found[row], picture, place = header, pictures[row], masks[row]
        if header is not None and picture is not None and place is not None:
            sizes = [(each.width, each.height) for each in (header, picture)]
            if sizes[0] != sizes[1]:
                turned = "; its picture is turned by EXIF, perhaps" if sizes[0] == sizes[1][::-1] else ""
                words = [f"{width} x {height}" for width, height in sizes]
                bad[row] = Bad(place, f"is a mask of {words[0]} pixels, and its picture has {words[1]}{turned}")
    return found, bad


def open_masks(
    masks: Sequence[Place | None],
    headers: Sequence[Header | None],
    wanted: NDArray[np.intp],
    rule: InputRule,
    asked: Asked,
    limit: int,
    progress: Progress,
    *,
    cached: bool,
) -> Masks:
    """Decode the masks of the rows that are wanted, and find what their labels mean.

    A second time where labels become others: that is known only once all have been seen.
    """
    known = before_reading(asked)
    root = f"masks in {Path(next(place.path for place in masks if place is not None)).parent}"
    places = tuple(place or Place("", "") for place in masks)
    files = known_by(places) if cached else None
    deep = not known.step["colours"] and any(h is not None and h.bits > 8 for h in headers)

    def read(step: dict[str, Any], rows: NDArray[np.intp], depth: str) -> Kept:
        work = Work(root, places, rows, mask_rule(rule, step, depth=depth), None if files is None else files.each)
        digest = None if files is None else files.digest
        if is_own(rule):
            return keep_own(work, digest, headers, limit, progress)
        return keep(work, digest, limit, progress)

    depth = "uint16" if deep and not known.step["numbers"] else "uint8"
    kept = read(known.step, wanted, depth)
    bad = _by_row(kept.bad, places)
    first = mask_rule(rule, known.step, depth=depth)
    fill, top = step_of(first, "resize").get("fill", [None])[0], int(np.iinfo(dtype_of(first)).max)
    rows = np.array([row for row in wanted.tolist() if row not in bad], int)
    padding = _padding(rule, headers, rows)
    held = _labels_of(kept.X, rows, None if fill is None else fill, padding)
    labels = sorted(set().union(*held.values())) if held else []
    chosen = after_reading(known, asked, labels, top=top, padded=any(padding.values()))
    if chosen.said:
        progress.say(f"masks: {chosen.said}")
    if chosen.step["numbers"] != known.step["numbers"]:
        kept = read(chosen.step, rows, "uint8")
        renumbered = dict(chosen.step["numbers"])
        held = {row: {renumbered[label] for label in its} for row, its in held.items()}
    ignored = chosen.step["ignored"]
    bad |= odd_masks(held, places, ignored, asked, chosen.names)
    check_few({row: its for row, its in held.items() if row not in bad}, ignored)
    return Masks(_flat(kept.X), chosen.step, chosen.names, bad)


def check_few(held: dict[int, set[int]], ignored: int | None) -> None:
    """Refuse more labels than there may be classes."""
    classes = set().union(*held.values()) - {ignored}
    if len(classes) > MOST:
        raise DataError(
            f"masks hold {len(classes):,} different labels: numbers of objects, perhaps; a class for each pixel is "
            "wanted, and foveal.boundary_classes makes such masks of objects"
        )


def _flat(X: Any) -> Any:
    if isinstance(X, Ragged):
        return X.flat()
    return X[..., 0] if isinstance(X, np.ndarray) else Flat(X)


def _by_row(bad: Sequence[Bad], places: Sequence[Place]) -> dict[int, Bad]:
    rows = {place: row for row, place in enumerate(places)}
    return {rows[wrong.place]: wrong for wrong in bad}


def _padding(rule: InputRule, headers: Sequence[Header | None], rows: NDArray[np.intp]) -> dict[int, int]:
    """Count the pixels beside the picture in each row."""
    how = step_of(rule, "resize")
    if how["how"] != "pad":
        return dict.fromkeys(rows.tolist(), 0)
    size, found = tuple(how["size"]), {}
    for row in rows.tolist():
        header = headers[row]
        assert header is not None  # noqa: S101  (rows without one are bad)
        areas = inside(header.height, header.width, size, how["how"])
        found[row] = size[0] * size[1] - (areas[0].stop - areas[0].start) * (areas[1].stop - areas[1].start)
    return found


def _labels_of(X: Any, rows: NDArray[np.intp], fill: int | None, padding: dict[int, int]) -> dict[int, set[int]]:
    """Give the labels of each row, without those of the padding."""
    held = {}
    for first in range(0, len(rows), _AT_ONCE):
        some = rows[first : first + _AT_ONCE]
        for row, mask in zip(some.tolist(), X[some], strict=True):
            labels, counts = np.unique(mask, return_counts=True)
            real = counts > np.where(labels == fill, padding[row], 0) if fill is not None else counts > 0
            held[row] = set(labels[real].tolist())
    return held


def odd_masks(
    held: dict[int, set[int]], places: Sequence[Place], ignored: int | None, asked: Asked, names: Any
) -> dict[int, Bad]:
    """Find masks that say nothing, and those with a label that has no name."""
    bad = {}
    known = None if asked.class_names is None or names is None else len(names)
    for row, labels in held.items():
        strange = [label for label in labels - {ignored} if known is not None and label >= known]
        if strange:
            reason = f"has the label {min(strange)}, which is not among the {known} classes, {', '.join(names[:10])}"
            bad[row] = Bad(places[row], reason)
        elif not labels - {ignored}:
            bad[row] = Bad(places[row], f"says nothing: each pixel has the label {ignored}, which does not count")
    return bad


class Flat:
    """Masks (N, H, W) of an array (N, H, W, 1) whose rows are decoded each time they are read."""

    def __init__(self, X: Any) -> None:
        self.X, self.dtype, self.shape, self.ndim = X, X.dtype, X.shape[:-1], X.ndim - 1

    def __len__(self) -> int:
        return len(self.X)

    def __getitem__(self, rows: Any) -> NDArray[Any]:
        """Decode a row, or some."""
        return np.asarray(self.X[rows])[..., 0]

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        """Decode all."""
        return np.asarray(self[:], dtype)
