"""Volumes and masks that fit together, read once: what labels mean is found, and rows are made of them."""

from collections.abc import Sequence
from functools import partial
from hashlib import blake2b
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from foveal.core.errors import DataError
from foveal.core.free_memory import available_memory, shown_size
from foveal.data.images.cache.kept import SHARE
from foveal.data.images.duplicates import groups_with_duplicates, numbers_of
from foveal.data.images.label_choice import Asked, Choice, after_reading, before_reading
from foveal.data.images.listing.chosen import only
from foveal.data.images.listing.mask_pairs import Pairs
from foveal.data.images.listing.splits import check_parts
from foveal.data.images.masked import check_few, odd_masks
from foveal.data.images.own_size import PicturesOfOwnSize
from foveal.data.images.pictures import Pictures, about_rows
from foveal.data.images.progress import Progress
from foveal.data.images.records import Bad, BadPicture, Place
from foveal.data.images.refusing import refuse
from foveal.data.volumes.apply import grid_of
from foveal.data.volumes.formats import stored_of
from foveal.data.volumes.listing import VOLUMES
from foveal.data.volumes.mask_labels import placed, read_labels, read_mask
from foveal.data.volumes.on_the_fly import read_row
from foveal.data.volumes.own_sizes import Late, Stacked, VolumeList
from foveal.data.volumes.rule import VolumeRule
from foveal.data.volumes.stored import Array, Stored

_DIGEST_BYTES = 16


class Read(NamedTuple):
    """What reading once has told of a row: its volume, where that is kept, its labels, their set, and digests."""

    volume: Array | None
    labels: Array | None
    held: set[int]
    digest: bytes


def rows_with_masks(
    pairs: Pairs, good: Sequence[int], rule: VolumeRule, headers: Sequence[Stored | None], asked: Asked, *,
    bad: list[Bad], on_bad: str, progress: Progress,
) -> Pictures | PicturesOfOwnSize:  # fmt: skip
    """Read volumes and masks once, find what labels mean, and make rows of them; what is wrong joins `bad`.

    Rows are in memory where they take a quarter of what is free at most, else read each time.
    """
    known = before_reading(asked)
    found, wrong = _read_once(pairs, good, rule, _fit(headers, good, rule, progress), progress)
    held = {row: one.held for row, one in found.items()}
    labels = sorted(set().union(*held.values())) if held else []
    top = 255 if max(labels, default=0) <= 255 else 65535
    choice = after_reading(known, asked, labels, top=top, padded=rule[3]["to"] is not None)
    if choice.said:
        progress.say(f"masks: {choice.said}")
    named, strange = _renumbered_sets(held, choice)
    places = [mask or place for mask, place in zip(pairs.masks, pairs.listing.places, strict=True)]
    wrong |= {row: Bad(places[row], reason) for row, reason in strange.items()}
    ignored = choice.step["ignored"]
    wrong |= odd_masks(named, places, ignored, asked, choice.names)
    bad = [*(wrong[row] for row in sorted(wrong)), *bad]
    refuse(bad, len(pairs.listing.places), on_bad, progress.say, VOLUMES, masked=True)
    kept = [row for row in good if row not in wrong]
    if not kept:
        raise DataError(f"{pairs.listing.root}: no volume with a mask that can be read")
    check_few({row: named[row] for row in kept}, ignored)
    dtype = np.uint8 if max(set().union(*(named[row] for row in kept)) | {ignored or 0}) <= 255 else np.uint16
    return _assembled(pairs, kept, rule, found, choice, dtype, bad)


def _fit(headers: Sequence[Stored | None], good: Sequence[int], rule: VolumeRule, progress: Progress) -> bool:
    """Tell whether all have room in memory, and say so."""
    values = 0
    for row in good:
        header = headers[row]
        assert header is not None  # noqa: S101  (good rows have one)
        values += int(np.prod(grid_of(header, rule).sizes)) * (header.channels + 1)
    fits = values * 4 <= available_memory(torch.device("cpu")) // SHARE
    where = "in memory" if fits else "not kept: they are read each time, which takes longer"
    progress.say(f"{len(good):,} volumes with masks, {shown_size(values * 4)}, {where}")
    return fits


def _read_once(
    pairs: Pairs, good: Sequence[int], rule: VolumeRule, keep: bool, progress: Progress
) -> tuple[dict[int, Read], dict[int, Bad]]:
    found, wrong = dict[int, Read](), dict[int, Bad]()
    for row in good:
        place, mask = pairs.listing.places[row], pairs.masks[row]
        assert mask is not None  # noqa: S101  (good rows have one)
        at = place
        try:
            volume = read_row(place, rule)
            digest = blake2b(repr(volume.shape).encode() + volume.data, digest_size=_DIGEST_BYTES).digest()
            at = mask
            labels = read_labels(place, mask, rule)
        except BadPicture as bad:
            wrong[row] = Bad(at, bad.reason)
            continue
        held = set(np.unique(labels).tolist())
        found[row] = Read(volume if keep else None, labels if keep else None, held, digest)
        progress.show("reading", len(found), len(wrong), len(good))
    return found, wrong


def _renumbered_sets(held: dict[int, set[int]], choice: Choice) -> tuple[dict[int, set[int]], dict[int, str]]:
    """Give each row's labels by their numbers, and the reason of those with a label that has none."""
    numbers = dict(choice.step["numbers"])
    if not numbers:
        return held, {}
    known = ", ".join(str(label) for label in list(numbers)[:20])
    strange = {
        row: f"has the label {min(its - set(numbers))}, which is not among those that are known: {known}"
        for row, its in held.items()
        if its - set(numbers)
    }
    return {row: {numbers[v] for v in its if v in numbers} for row, its in held.items() if row not in strange}, strange


def _assembled(
    pairs: Pairs, kept: Sequence[int], rule: VolumeRule, found: dict[int, Read], choice: Choice, dtype: Any,
    bad: Sequence[Bad],
) -> Pictures | PicturesOfOwnSize:  # fmt: skip
    rows: NDArray[np.intp] = np.array(kept)
    listing = check_parts(only(pairs.listing, rows))
    volumes, masks = list[Any](), list[Any]()
    for row in kept:
        place, mask, one = pairs.listing.places[row], pairs.masks[row], found[row]
        assert mask is not None  # noqa: S101  (good rows have one)
        if one.volume is not None and one.labels is not None:
            volumes.append(one.volume)
            masks.append(placed(one.labels, rule, choice.step, dtype))
        else:
            shape = (*grid_sizes(place, rule), rule[3]["channels"])
            volumes.append(Late(partial(read_row, place, rule), shape, np.float32))
            masks.append(Late(partial(read_mask, place, mask, rule, choice.step, dtype), shape[:-1], dtype))
    files = np.array([place.name for place in listing.places], object)
    same = numbers_of(np.array([np.frombuffer(found[row].digest, np.uint8) for row in kept]))
    groups, twice = groups_with_duplicates(same, listing.groups), len(same) - int(same.max()) - 1
    X, y = VolumeList(volumes), VolumeList(masks)
    if rule[3]["to"] is None:
        about = about_rows(len(files), bad, twice, choice.step)
        how: dict[str, Any] = {"mask_rule": choice.step, "names": choice.names, "groups": groups}
        return PicturesOfOwnSize(X, y, rule, files, split=listing.split, skipped=bad, about=about, **how)
    in_memory = isinstance(volumes[0], np.ndarray)
    stacked = [Stacked(parts)[:] if in_memory else Stacked(parts) for parts in (X, y)]
    return Pictures(
        stacked[0], rule, files, in_memory=in_memory, names=choice.names, groups=groups, split=listing.split,
        skipped=bad, duplicates=twice, masks=stacked[1], mask_rule=choice.step,
    )  # fmt: skip


def grid_sizes(place: Place, rule: VolumeRule) -> tuple[int, ...]:
    """Give the sizes that a rule makes of a volume, as its header tells."""
    grid = grid_of(stored_of(place.path), rule)
    return tuple(n for axis, n in enumerate(grid.sizes) if axis != grid.dropped)
