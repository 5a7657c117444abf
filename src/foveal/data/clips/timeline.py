"""The first pass over videos: when which frame is shown, and what the first looks like. No other frame is decoded."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from foveal.data.clips.opening import opened
from foveal.data.clips.pixel_formats import header_of
from foveal.data.images.reading.pool import cores
from foveal.data.images.records import Bad, BadPicture, Header, Place

#: More frames are refused: two days at 25 a second.
MOST_FRAMES = 5_000_000


class Timeline(NamedTuple):
    """When which frame of a video is shown.

    header : what the first frame is, as it is seen.
    times : (F,) seconds from the first frame, ascending.
    stamps : (F,) the same in the video's own units, by which a frame is found; None where the file has none: then
        frames are counted from the beginning.
    keys : numbers of the frames at which decoding may begin.
    """

    header: Header
    times: NDArray[np.float64]
    stamps: NDArray[np.int64] | None
    keys: NDArray[np.int64]


def scan_videos(
    places: Sequence[Place], told: Callable[[int, int], None] | None = None
) -> tuple[list[Timeline | None], list[Bad]]:
    """Read the timelines of videos: one for each place, None where it is bad, and the bad ones with reasons.

    `told(done, bad)` is called now and then, in the calling thread.
    """
    timelines: list[Timeline | None] = []
    bads: list[Bad] = []
    with ThreadPoolExecutor(cores(), thread_name_prefix="foveal-scan") as pool:
        for found in pool.map(_tried, places):
            timelines.append(None if isinstance(found, Bad) else found)
            bads += [found] if isinstance(found, Bad) else []
            if told is not None:
                told(len(timelines) - len(bads), len(bads))
    return timelines, bads


def _tried(place: Place) -> Timeline | Bad:
    try:
        return timeline_of(place)
    except BadPicture as bad:
        return Bad(place, bad.reason)


def timeline_of(place: Place) -> Timeline:
    """Read when which frame of a video is shown, from its packets; raise `BadPicture`."""
    with opened(place) as (container, stream):
        first = next(container.decode(stream), None)
        if first is None:
            raise BadPicture("has no picture that can be decoded", place.name)
        header = header_of(first, container.format.name)
    with opened(place) as (container, stream):
        packets = list(_packets(container, stream))
        rate, unit, promised = stream.average_rate, stream.time_base, stream.frames
        if promised > len(packets):
            raise BadPicture(f"is cut off: it promises {promised:,} frames, and has {len(packets):,}", place.name)
    return _ordered(header, packets, float(rate or 25), float(unit or 1))


def _packets(container: Any, stream: Any) -> Iterator[tuple[int | None, bool]]:
    """Give the time stamp of each packet that holds a frame, and whether decoding may begin there."""
    is_vp8 = stream.codec_context.name == "vp8"
    for count, packet in enumerate(container.demux(stream)):
        if count > MOST_FRAMES:
            raise BadPicture(f"has more than {MOST_FRAMES:,} frames; cut it into several files")
        if not packet.size:
            continue
        if is_vp8 and not bytes(packet)[0] >> 4 & 1:  # a frame that is never shown: RFC 6386, 9.1
            continue
        yield packet.pts, packet.is_keyframe


def _ordered(header: Header, packets: list[tuple[int | None, bool]], rate: float, unit: float) -> Timeline:
    """Put packets into the order in which they are shown, without those before the first key frame."""
    first = next((place for place, (_, is_key) in enumerate(packets) if is_key), 0)
    packets = packets[first:]
    given = [stamp for stamp, _ in packets if stamp is not None]
    if len(given) < len(packets) or len(set(given)) < len(given):
        return Timeline(header, np.arange(len(packets)) / rate, None, np.zeros(1, np.int64))
    start = given[0] if packets[0][1] else min(given)
    shown = sorted((stamp, is_key) for stamp, is_key in packets if stamp is not None and stamp >= start)
    stamps = np.array([stamp for stamp, _ in shown], np.int64)
    keys = np.flatnonzero([is_key for _, is_key in shown])
    return Timeline(header, (stamps - stamps[0]) * unit, stamps, keys)
