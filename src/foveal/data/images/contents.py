"""What a folder, a table or tars of pictures hold: told by names and headers, before anything is decoded."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from foveal.core.errors import DataError
from foveal.data.images.cache.headers import read_headers
from foveal.data.images.cache.keys import files_digest
from foveal.data.images.listing.door import open_listing
from foveal.data.images.listing.splits import Parts, PartsError, parts_of
from foveal.data.images.progress import Progress
from foveal.data.images.reading.infer import infer_rule
from foveal.data.images.records import Bad, Header, Listing

#: Parameters of `open_images` by which files are found; the others that --read sets say how they are read.
_FOUND_BY = ("pattern", "path", "label", "labels", "target", "split", "group")
_READ_BY = ("size", "resize", "colour", "background", "depth", "store_size")


@dataclass(frozen=True)
class Contents:
    """What pictures are there.

    pictures : how many files have a picture's name, bad ones with them.
    parts : pictures in each part, by "train", "valid" and "test"; "train" alone where nothing is split.
    classes : the same of each class; empty where there are targets, or nothing is known.
    groups : how many groups they are of, None where nothing is said.
    formats, modes, bits : pictures by format, by mode (L, RGB ...) and by bits of a channel.
    sizes : pictures by (width, height), as they are seen.
    frames : pictures of several frames, of which the first is read.
    bad : files that are no pictures, as far as their headers tell.
    wrong : why they cannot be trained on as they are; empty where they can.
    said : how they would be read.
    """

    pictures: int
    parts: Mapping[str, int]
    classes: Mapping[str, Mapping[str, int]]
    groups: int | None
    formats: Mapping[str, int]
    modes: Mapping[str, int]
    bits: Mapping[int, int]
    sizes: Mapping[tuple[int, int], int]
    frames: int
    bad: tuple[Bad, ...]
    wrong: str
    said: tuple[str, ...]


def contents_of(source: Any, reading: Mapping[str, Any], progress: Progress) -> Contents:
    """Look at what a source of pictures holds; `reading` are parameters of `open_images`.

    Raises `DataError` where there are no pictures, and what `open_listing` raises of its parameters.
    """
    listing, wrong = listed(source, {name: reading[name] for name in _FOUND_BY if name in reading}, progress)
    files = files_digest(listing.places) if reading.get("cache", True) else None
    headers, bad = read_headers(listing.places, files, progress)
    good = [header for header in headers if header is not None]
    parts = parts_of(listing)
    said: tuple[str, ...] = ()
    learnt_from = [header for row in parts.train if (header := headers[row]) is not None]
    if learnt_from:
        try:
            said = tuple(infer_rule(learnt_from, **{name: reading[name] for name in _READ_BY if name in reading})[1])
        except DataError as error:
            wrong = wrong or str(error)
    return Contents(
        pictures=len(listing.places),
        parts={part: len(rows) for part, rows in parts._asdict().items() if len(rows)},
        classes=_classes(listing, parts),
        groups=None if listing.groups is None else len(np.unique(listing.groups)),
        formats=_counted(header.format for header in good),
        modes=_counted(_mode(header) for header in good),
        bits=_counted(header.bits for header in good),
        sizes=_counted((header.width, header.height) for header in good),
        frames=sum(header.frames > 1 for header in good),
        bad=tuple(bad),
        wrong=wrong,
        said=said,
    )


def listed(source: Any, how: Mapping[str, Any], progress: Progress) -> tuple[Listing, str]:
    """List pictures with what is known of them; where that fails all that are there, and say why it failed.

    Raises `DataError` where there are none.
    """
    try:
        return open_listing(source, **how, told=progress.say), ""
    except PartsError as error:
        return error.listing, str(error)
    except DataError as error:
        try:
            return open_listing(source, labelled=False), str(error)
        except DataError:
            raise error from None


def _classes(listing: Listing, parts: Parts) -> dict[str, dict[str, int]]:
    if listing.y is None or listing.class_names is None:
        return {}
    names, y = listing.class_names, listing.y
    counts = {
        part: (y[rows] != 0).sum(axis=0) if y.ndim == 2 else np.bincount(y[rows], minlength=len(names))
        for part, rows in parts._asdict().items()
        if len(rows)
    }
    return {name: {part: int(of[number]) for part, of in counts.items()} for number, name in enumerate(names)}


def _counted(values: Any) -> dict[Any, int]:
    """Count values, the most frequent first, of equals the first by name."""
    return dict(sorted(Counter(values).items(), key=lambda item: (-item[1], item[0])))


def _mode(header: Header) -> str:
    return f"{header.channels} channels" if header.mode == "channels" else header.mode
