"""Pictures in files, examined: each is decoded once, whole, on all cores; what stays is a few hundred bytes of it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from foveal.core.errors import DataError
from foveal.data.images.cache.headers import read_headers
from foveal.data.images.cache.keys import files_digest
from foveal.data.images.contents import listed
from foveal.data.images.own_size import infer_own
from foveal.data.images.progress import Progress
from foveal.data.images.reading.decode import decode
from foveal.data.images.reading.pool import decoded
from foveal.data.images.reading.rule import InputRule, dtype_of
from foveal.data.images.records import BadPicture, Header, Listing, Place
from foveal.doctor.subject import Look, Subject
from foveal.doctor.traits import Traits, as_seen

Array = NDArray[Any]

#: What --read and --group may say of pictures that are examined.
TAKEN = ("pattern", "path", "label", "labels", "target", "split", "group", "colour", "background", "depth", "cache",
         "on_bad")  # fmt: skip
_FOUND_BY, _READ_BY = TAKEN[:7], TAKEN[7:10]
_COLOURS = {1: ("grey",), 2: ("grey", "opacity"), 3: ("red", "green", "blue"), 4: ("red", "green", "blue", "opacity")}


def subject_of_pictures(source: str, reading: Mapping[str, Any], progress: Progress) -> Subject:
    """Read all pictures of a folder, a table or tars, whatever is wrong with some of them.

    Raises `DataError` where there are no pictures.
    """
    listing, wrong = listed(source, {name: reading[name] for name in _FOUND_BY if name in reading}, progress)
    files = files_digest(listing.places) if reading.get("cache", True) else None
    headers, bad = read_headers(listing.places, files, progress)
    good = [header for header in headers if header is not None]
    how = {name: reading[name] for name in _READ_BY if name in reading}
    rule = _rule(good, how) if good else ()
    channels = _channels(rule)
    traits = Traits(len(listing.places), len(channels), pictures=True)
    reasons = {wrong_one.place: wrong_one.reason for wrong_one in bad}
    late = _read(listing.places, rule, traits, [n for n, header in enumerate(headers) if header is not None], progress)
    rows = sorted([row for row, place in enumerate(listing.places) if place in reasons] + list(late))
    y, classes = _labels(listing)
    return Subject(
        source=source,
        sort="pictures",
        names=[place.name for place in listing.places],
        part=listing.split,
        y=y,
        classes=classes,
        groups=listing.groups,
        traits=traits,
        look=lambda row: _look(listing.places[row], rule),
        facts=_facts(good),
        bad=[(listing.places[row].name, late.get(row) or reasons[listing.places[row]]) for row in rows],
        bad_rows=rows,
        wrong=wrong,
        places=None if any(place.size is not None for place in listing.places) else [p.path for p in listing.places],
        channels=channels,
        targets=listing.y if y is None else None,
    )


def _rule(headers: Sequence[Header], how: Mapping[str, Any]) -> InputRule:
    """Choose the rule that leaves pictures their sizes; where they are of several kinds they are seen as colours."""
    try:
        return infer_own(headers, **how)[0]
    except DataError:
        return infer_own(headers, **{**how, "colour": "RGB"})[0]


def _channels(rule: InputRule) -> tuple[str, ...]:
    from foveal.data.images.reading.rule import shape_of

    count = shape_of(rule)[2] if rule else 0
    return _COLOURS.get(count, tuple(f"channel {c}" for c in range(count)))


def _read(
    places: Sequence[Place], rule: InputRule, traits: Traits, rows: Sequence[int], progress: Progress
) -> dict[int, str]:
    """Take the traits of pictures; give the rows that turn out to be none, and why."""
    high, done = _white(rule), 0
    bad: dict[int, str] = {}

    def take(row: int, pixels: Array) -> None:
        low, top = (0.0, high) if high else _span(pixels)
        traits.take(row, pixels, as_seen(pixels, low, top))

    for outcomes in decoded(places, rule, rows, take):
        bad |= {outcome.row: outcome.reason for outcome in outcomes if outcome.reason}
        done += len(outcomes)
        progress.show("reading pictures", done - len(bad), len(bad), len(rows))
    return bad


def _white(rule: InputRule) -> float:
    """Give what is white; 0 where nobody knows, of floating-point numbers."""
    return {"uint8": 255.0, "uint16": 65535.0}.get(dtype_of(rule).name, 0.0) if rule else 255.0


def _span(pixels: Array) -> tuple[float, float]:
    known = pixels[np.isfinite(pixels)]
    return (float(known.min()), float(known.max())) if known.size else (0.0, 1.0)


def _look(place: Place, rule: InputRule) -> Look:
    """Decode a picture for the page; one that has gone since is blank."""
    try:
        pixels = decode(place.read(), rule, place.name)
    except (BadPicture, OSError):
        return Look(text="cannot be read")
    low, high = (0.0, _white(rule)) if _white(rule) else _span(pixels)
    return Look(as_seen(pixels, low, high))


def _labels(listing: Listing) -> tuple[Array | None, tuple[str, ...]]:
    if listing.y is None or listing.y.ndim != 1 or listing.class_names is None:
        return None, ()
    return listing.y, tuple(listing.class_names)


def _facts(headers: Sequence[Header]) -> dict[str, str]:
    """Say how large pictures are, and of which kinds."""
    if not headers:
        return {}
    sizes = Counter((header.width, header.height) for header in headers)
    (width, height), times = sizes.most_common(1)[0]
    sides = [side for size in sizes for side in size]
    told = f"{width} x {height}, all"
    if len(sizes) > 1:
        told = (
            f"{len(sizes):,} of them, sides from {min(sides):,} to {max(sides):,}; {width} x {height} most often, "
            f"{times:,} times"
        )
    modes = Counter(f"{h.channels} channels" if h.mode == "channels" else h.mode for h in headers)
    formats, bits = Counter(header.format for header in headers), Counter(header.bits for header in headers)
    found = {"sizes": told, "modes": _counted(modes), "formats": _counted(formats)}
    return found | ({"bits": _counted(bits)} if len(bits) > 1 else {})


def _counted(counter: Counter[Any]) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in counter.most_common())


def relative(path: str, folder: Path) -> str:
    """Give a path as a table in a folder holds it: relative where that leads to it, else whole.

    >>> relative("/data/a.png", Path("/data/clean"))
    '../a.png'
    """
    import os

    try:
        return Path(os.path.relpath(path, folder)).as_posix()
    except ValueError:  # of another drive
        return Path(path).resolve().as_posix()
