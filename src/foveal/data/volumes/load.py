"""`foveal.open_volumes`: volumes in files become rows to learn from; bad ones are told before anything is trained."""

import os
import re
from collections.abc import Callable, Mapping, Sequence
from hashlib import blake2b
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from foveal.core.errors import DataError, ParameterError
from foveal.core.free_memory import available_memory, shown_size
from foveal.core.rules import check, choice
from foveal.data.images.cache.kept import SHARE
from foveal.data.images.duplicates import groups_with_duplicates, numbers_of
from foveal.data.images.label_choice import Asked
from foveal.data.images.listing.chosen import words
from foveal.data.images.listing.splits import check_parts
from foveal.data.images.pictures import Pictures
from foveal.data.images.progress import SILENT, Progress
from foveal.data.images.records import Bad, BadPicture, Listing
from foveal.data.images.refusing import refuse
from foveal.data.volumes.headers import learnt_from, read_stored, remarks, unsuited, without
from foveal.data.volumes.infer import infer_volume_rule
from foveal.data.volumes.listing import VOLUMES, list_volumes
from foveal.data.volumes.on_the_fly import VolumesOnTheFly, read_row
from foveal.data.volumes.rule import VolumeRule, check_volume_rule, volume_shape
from foveal.data.volumes.with_masks import Wanted, open_with_masks

_DIGEST_BYTES = 16


def open_volumes(
    source: Any,
    *,
    size: Sequence[int] | str | None = None,
    orient: str = "RAS",
    spacing: Sequence[float] | None = None,
    window: Sequence[float] | None = None,
    intensity: str = "as_is",
    input_rule: Sequence[Mapping[str, Any]] | None = None,
    y: Any = None,
    pattern: str | re.Pattern[str] | None = None,
    path: str | None = None,
    label: str | None = None,
    labels: str | Sequence[str] | None = None,
    target: str | Sequence[str] | None = None,
    split: str | None = None,
    group: str | None = None,
    root: str | os.PathLike[str] | None = None,
    masks: Any = None,
    class_names: Any = None,
    ignore: Any = None,
    mask_rule: Mapping[str, Any] | None = None,
    on_bad: str = "stop",
    progress: Progress = SILENT,
) -> Any:
    r"""Open volumes in files as rows to learn from, an array-like (N, D, H, W, C) with `y`; of slices (N, H, W, C).

    All headers are read before any voxel. Rows are float32, kept in memory where they take a quarter of what is free at
    most, else read each time.

    Parameters
    ----------
    source : path, list of paths or table
        A folder of class folders, perhaps within train, valid and test; a table of paths and labels; a list of paths.
        One row is a file, or a folder that directly holds the slices of a DICOM series. DICOM files that lie in a class
        folder itself are a row each.
    size, orient, spacing, window, intensity
        The rule from file to row, as of `open_volume`. Without a size it is chosen from the volumes to learn from.
    input_rule : steps, optional
        A whole rule in their place.
    y, pattern, path, label, labels, target, split, group, root
        As of `open_images`.
    masks : folder, column or list, optional
        A mask for each volume, which `y` then are, (N, D, H, W): paired as those of pictures are, brought to the
        volumes' grid by the nearest voxel. A mask must lie over its volume: the same voxels at the same places. With
        masks also size="own": a list of volumes, each of its own size, and one of masks; `patch=` takes them.
    class_names, ignore, mask_rule
        What labels stand for, as of `open_images`.
    on_bad : str
        "stop": what is no volume is an error that lists all. "skip": it is left out and counted.

    Raises
    ------
    DataError
        If there is no volume, or files are bad, or the labels are.
    ResourceError
        If a package is missing: pip install "foveal[medical]".

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     for name in ("thin", "thick"):
    ...         Path(folder, name).mkdir()
    ...         np.save(Path(folder, name, "1.npy"), np.zeros((3, 4, 5)))
    ...     bones = open_volumes(folder)
    >>> bones.shape, bones.y.tolist()
    ((2, 3, 4, 5, 1), ['thick', 'thin'])
    """
    check("on_bad", on_bad, choice("stop", "skip"))
    asked = Asked(None, class_names, ignore, mask_rule)
    if masks is None and (odd := [name for name, value in asked._asdict().items() if value is not None]):
        raise ParameterError(f"{odd[0]} says what masks hold, and there are none; pass masks=, or leave it out")
    if masks is None and isinstance(size, str):
        raise ParameterError(f"size={size!r} is for volumes with masks; give three sides, or leave size out")
    columns = {"path": path, "label": label, "labels": labels, "target": target, "split": split, "group": group}
    how: dict[str, Any] = {
        "size": None if size == "own" else size,
        "orient": orient,
        "spacing": spacing,
        "window": window,
        "intensity": intensity,
    }
    listing = list_volumes(
        source, y=y, pattern=pattern, columns=columns, root=root, labelled=masks is None, told=progress.say
    )
    if masks is not None:
        wanted = Wanted(size == "own", input_rule, how)
        return open_with_masks(
            source, listing, masks, asked, wanted, on_bad=on_bad, progress=progress, path=path, root=root
        )
    check_parts(listing)
    total = len(listing.places)
    headers, bad = read_stored(listing, progress)
    if input_rule is not None:
        rule = check_volume_rule(tuple(input_rule))
        if volume_shape(rule) is None:
            raise DataError("the input rule leaves sizes as they are, and rows must have one; give it a size")
    else:
        if on_bad == "stop":
            refuse(bad, total, on_bad, progress.say, VOLUMES)
        rule, said = infer_volume_rule(learnt_from(listing, headers), **how)
        progress.say("; ".join([*said, *remarks(headers)]))
    bad += unsuited(listing, headers, rule, {wrong.place for wrong in bad})
    refuse(bad, total, on_bad, progress.say, VOLUMES)
    listing = without(listing, bad)
    X, digests, unread = _kept(listing, rule, progress)
    refuse(unread, total, on_bad, progress.say, VOLUMES)
    return _rows(X, digests, listing, rule, bad, unread, progress.say)


def _kept(listing: Listing, rule: VolumeRule, progress: Progress) -> tuple[Any, NDArray[np.uint8], list[Bad]]:
    """Read all volumes once, into memory where there is room; give them, digests of their voxels, and bad ones."""
    fly = VolumesOnTheFly(listing.places, rule)
    taken = int(np.prod(fly.shape)) * 4
    fits = taken <= available_memory(torch.device("cpu")) // SHARE
    where = "in memory" if fits else "not kept: they are read each time, which takes longer"
    progress.say(f"{len(fly):,} volumes, {shown_size(taken)}, {where}")
    X = np.zeros(fly.shape, np.float32) if fits else None
    digests, bad = np.zeros((len(fly), _DIGEST_BYTES), np.uint8), list[Bad]()
    for row, place in enumerate(listing.places):
        try:
            values = read_row(place, rule)
        except BadPicture as wrong:
            bad.append(Bad(place, wrong.reason))
            continue
        digests[row] = np.frombuffer(blake2b(values.data, digest_size=_DIGEST_BYTES).digest(), np.uint8)
        if X is not None:
            X[row] = values
        progress.show("reading", row + 1 - len(bad), len(bad), len(fly))
    return (fly if X is None else X), digests, bad


def _rows(
    X: Any, digests: NDArray[np.uint8], listing: Listing, rule: VolumeRule, bad: list[Bad], unread: list[Bad],
    say: Callable[[str], None],
) -> Pictures:  # fmt: skip
    """Make the rows: labels as words, and volumes with the same voxels in one group."""
    numbers = None
    if unread:
        wrong = {one.place for one in unread}
        numbers = np.array([row for row, place in enumerate(listing.places) if place not in wrong], int)
        listing = without(listing, unread)
    same = numbers_of(digests if numbers is None else digests[numbers])
    twice = len(same) - int(same.max()) - 1
    if twice:
        say(f"{twice:,} volumes are there before, with the same voxels; such volumes are never held out apart")
    return Pictures(
        X,
        rule,
        np.array([place.name for place in listing.places], object),
        in_memory=isinstance(X, np.ndarray),
        y=words(listing),
        names=listing.class_names,
        groups=groups_with_duplicates(same, listing.groups),
        split=listing.split,
        skipped=[*bad, *unread],
        duplicates=twice,
        numbers=numbers,
    )
