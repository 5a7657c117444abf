"""From a listing of videos to clips: timelines, rows, frames decoded once, and what is left out on the way."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from foveal.core.errors import DataError
from foveal.core.free_memory import available_memory
from foveal.data.clips.clips import Clips, Known
from foveal.data.clips.keys import frames_known_by, videos_with_same_frames
from foveal.data.clips.pool import EachTime, Frames, decoded
from foveal.data.clips.rule import clip_shape, frame_rule, windows_of
from foveal.data.clips.sort import VIDEOS
from foveal.data.clips.telling import tell_rates
from foveal.data.clips.timeline import Timeline, scan_videos
from foveal.data.clips.windows import Cut, cut
from foveal.data.groups import joined
from foveal.data.images.cache.kept import SHARE, keep
from foveal.data.images.cache.reader import Reader
from foveal.data.images.cache.store import Work
from foveal.data.images.listing.splits import check_parts
from foveal.data.images.progress import Progress
from foveal.data.images.reading.rule import InputRule, shape_of
from foveal.data.images.records import Bad, Header, Listing, Place
from foveal.data.images.refusing import refuse

Say = Callable[[str], None]
#: How frames come out of videos, for the cache of decoded rows.
VIDEO = Reader(decoded, lambda frames, rule: EachTime(frames, rule, shape_of(rule)))  # type: ignore[arg-type]


def clips_of(
    listing: Listing,
    rule_of: Callable[[Sequence[Header], Say], InputRule],
    *,
    on_bad: str,
    limit: int | None,
    progress: Progress,
) -> Clips:
    """Make clips of a listing; `rule_of` gives the rule for what the training videos are.

    `limit` is that of the cache in bytes, None: nothing is kept there. Raises `DataError` for files that are bad, where
    these are not to be skipped, and where nothing is left.
    """
    check_parts(listing)
    timelines, bad = _scanned(listing, on_bad, progress)
    listing = _kept(listing, [place in timelines for place in listing.places])
    rule = rule_of([timelines[place].header for place in _to_learn_from(listing)], progress.say)
    tell_rates(timelines, windows_of(rule), progress.say)
    spans = np.full((len(listing.places), 2), np.nan) if listing.spans is None else listing.spans
    cuts = [
        cut(timelines[place], windows_of(rule), tuple(span))
        for place, span in zip(listing.places, spans.tolist(), strict=True)
    ]
    short = [_short(place, timelines[place], rule, span)
             for place, span, one in zip(listing.places, spans.tolist(), cuts, strict=True)
             if not len(one.numbers)]  # fmt: skip
    refuse(short, len(listing.places), on_bad, progress.say, VIDEOS, "cut into rows")
    listing, cuts = _kept(listing, [len(one.numbers) > 0 for one in cuts]), [one for one in cuts if len(one.numbers)]
    return _decoded(listing, timelines, cuts, rule, [*bad, *short], on_bad, limit, progress)


def _scanned(listing: Listing, on_bad: str, progress: Progress) -> tuple[dict[Place, Timeline], list[Bad]]:
    videos = list(dict.fromkeys(listing.places))
    found, bad = scan_videos(videos, lambda done, wrong: progress.show("timelines", done, wrong, len(videos)))
    refuse(bad, len(videos), on_bad, progress.say, VIDEOS)
    return {place: one for place, one in zip(videos, found, strict=True) if one is not None}, bad


def _kept(listing: Listing, stay: Sequence[bool]) -> Listing:
    """Give the rows of a listing that stay; some must."""
    rows = np.flatnonzero(stay)
    if not len(rows):
        raise DataError(f"{listing.root}: no file is a video that can be cut into rows")
    if len(rows) == len(listing.places):
        return listing
    columns = {name: getattr(listing, name) for name in ("y", "split", "groups", "spans")}
    chosen = {name: column[rows] for name, column in columns.items() if column is not None}
    return check_parts(replace(listing, places=tuple(listing.places[row] for row in rows), **chosen))


def _to_learn_from(listing: Listing) -> Sequence[Place]:
    if listing.split is None:
        return listing.places
    return [listing.places[row] for row in np.flatnonzero(listing.split == "train")]


def _short(place: Place, timeline: Timeline, rule: InputRule, span: Sequence[float]) -> Bad:
    start, stop = (f"{time:.2f} s" if np.isfinite(time) else end for time, end in zip(span, "^$", strict=True))
    windows = windows_of(rule)
    part = "" if (start, stop) == ("^", "$") else f" from {start.replace('^', '0 s')} to {stop.replace('$', 'the end')}"
    unit = "frames" if windows.rate is None else f"frames of 1/{windows.rate:g} s"
    return Bad(
        place,
        f"is too short{part}: it has {len(timeline.times):,} frames in all, and a row takes {windows.span:,} {unit}; "
        "use a smaller clip_frames= or every=",
    )


def _decoded(
    listing: Listing, timelines: dict[Place, Timeline], cuts: Sequence[Cut], rule: InputRule, bad: list[Bad],
    on_bad: str, limit: int | None, progress: Progress,
) -> Clips:  # fmt: skip
    """Decode each frame that is in a row, once, and put the rows together."""
    videos = list(dict.fromkeys(listing.places))
    number = {place: at for at, place in enumerate(videos)}
    owner = np.array([number[place] for place in listing.places])
    frames, index = _frames(videos, timelines, owner, cuts)
    files = None if limit is None else frames_known_by(frames)
    work = Work(listing.root, frames, np.arange(len(frames)), frame_rule(rule), files and files.each, VIDEO)
    kept = keep(work, files and files.digest, limit or 0, progress)
    broken = list({wrong.place: wrong for wrong in reversed(kept.bad)}.values())[::-1]
    refuse(broken, len(videos), on_bad, progress.say, VIDEOS)
    row = np.repeat(np.arange(len(cuts)), [len(one.numbers) for one in cuts])
    same = videos_with_same_frames(frames, kept.digests)
    sound = np.array([place not in {wrong.place for wrong in broken} for place in videos])
    known = _known(listing, row, cuts, same[owner[row]])
    size = len(row) * int(np.prod(clip_shape(rule)))
    in_memory = isinstance(kept.X, np.ndarray) and size * SHARE <= available_memory(torch.device("cpu"))
    clips = Clips(
        kept.X, index, rule, known, in_memory=in_memory, sums=kept.sums, names=listing.class_names,
        skipped=[*bad, *broken], duplicates=int(sound.sum()) - len(np.unique(same[sound])),
    )  # fmt: skip
    if not broken:
        return clips
    gone = {wrong.place for wrong in broken}
    stay = [place not in gone for place in listing.places]
    _kept(listing, stay)  # raises where none is left, or a part
    left = clips.chosen(np.flatnonzero(np.array(stay)[row]))
    left.about = {**clips.about, "rows": len(left)}
    return left


def _frames(
    videos: Sequence[Place], timelines: dict[Place, Timeline], owner: NDArray[Any], cuts: Sequence[Cut]
) -> tuple[Frames, NDArray[np.intp]]:
    """List the frames that are in a row, and give for each row, (N, T), where its frames stand among them."""
    # A frame is one number, of its video and its place there, so that one sorting does.
    most = max(len(timeline.times) for timeline in timelines.values())
    wanted = np.concatenate([one.numbers + video * most for video, one in zip(owner.tolist(), cuts, strict=True)])
    each, index = np.unique(wanted, return_inverse=True)
    of, numbers = np.divmod(each, most)
    return Frames(videos, [timelines[place] for place in videos], of, numbers), index.reshape(wanted.shape)


def _known(listing: Listing, row: NDArray[Any], cuts: Sequence[Cut], same: NDArray[np.intp]) -> Known:
    names = np.array([place.name for place in listing.places], object)
    y = listing.y
    if y is not None and listing.class_names is not None and y.ndim == 1:
        y = np.array(listing.class_names)[y]
    return Known(
        names[row],
        np.concatenate([one.starts for one in cuts]),
        np.concatenate([one.stops for one in cuts]),
        same if listing.groups is None else joined(same, listing.groups[row]),
        None if y is None else y[row],
        None if listing.split is None else listing.split[row],
    )
