"""The headers of many volumes: those that cannot be read, or not by a rule, are listed before any voxel is read."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from foveal.core.errors import DataError
from foveal.data.images.listing.chosen import only
from foveal.data.images.listing.splits import check_parts
from foveal.data.images.progress import Progress
from foveal.data.images.records import Bad, BadPicture, Listing
from foveal.data.volumes.apply import grid_of
from foveal.data.volumes.formats import stored_of
from foveal.data.volumes.rule import VolumeRule
from foveal.data.volumes.stored import Stored

#: Things that headers lack which are said.
_SAID = 10


def read_stored(listing: Listing, progress: Progress) -> tuple[list[Stored | None], list[Bad]]:
    """Read all headers; None stands for a volume that cannot be read."""
    headers, bad = list[Stored | None](), list[Bad]()
    for done, place in enumerate(listing.places, 1):
        try:
            headers.append(stored_of(place.path))
        except BadPicture as wrong:
            headers.append(None)
            bad.append(Bad(place, wrong.reason))
        progress.show("headers", done - len(bad), len(bad), len(listing.places))
    return headers, bad


def remarks(headers: Sequence[Stored | None]) -> list[str]:
    """Say what headers lack, each thing once with how often."""
    sentences = [sentence for header in headers if header is not None for sentence in header.said]
    return [f"{sentences.count(one):,} x {one}" for one in dict.fromkeys(sentences)][:_SAID]


def learnt_from(listing: Listing, headers: Sequence[Stored | None]) -> list[Stored]:
    """Give the headers of what is to learn from; raises `DataError` where there are none."""
    parts = ["train"] * len(headers) if listing.split is None else listing.split.tolist()
    found = [header for header, part in zip(headers, parts, strict=True) if header is not None and part == "train"]
    if not found:
        raise DataError(f"{listing.root}: no volume to learn from can be read")
    return found


def unsuited(listing: Listing, headers: Sequence[Stored | None], rule: VolumeRule, known: set[Any]) -> list[Bad]:
    """List volumes that the rule cannot read, as their headers tell."""
    bad = []
    for place, header in zip(listing.places, headers, strict=True):
        if header is None or place in known:
            continue
        try:
            grid_of(header, rule)
            if header.channels != rule[3]["channels"]:
                raise BadPicture(f"has {header.channels} channels, and the rule is for {rule[3]['channels']}")
        except BadPicture as wrong:
            bad.append(Bad(place, wrong.reason))
    return bad


def without(listing: Listing, bad: Sequence[Bad]) -> Listing:
    """Leave out what is bad; raises `DataError` where nothing is left, or not what parts must have."""
    if not bad:
        return listing
    wrong = {one.place for one in bad}
    rows = np.array([row for row, place in enumerate(listing.places) if place not in wrong], int)
    if not len(rows):
        raise DataError(f"{listing.root}: no file is a volume that can be read")
    return check_parts(only(listing, rows))
