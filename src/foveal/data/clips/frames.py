"""The frames of a video, by number, and the rows that they become."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from foveal.data.clips.opening import opened, pyav
from foveal.data.clips.pixel_formats import mode_of, turns_of
from foveal.data.clips.planes import planes_of, row_of_planes
from foveal.data.clips.timeline import Timeline
from foveal.data.images.reading.formats import check_size
from foveal.data.images.reading.pixels import Array, Pixels
from foveal.data.images.reading.rule import InputRule, step_of
from foveal.data.images.reading.steps import applied
from foveal.data.images.records import BadPicture, Place

#: Containers with an index of their frames, FFmpeg's names: in others seeking lands somewhere near.
_INDEXED = ("mov", "matroska", "avi")
_FORMATS = {"L": "gray", "RGB": "rgb24", "RGBA": "rgba"}


class FrameReader:
    """What makes rows of the frames of one video by the rule of a frame; it keeps what converting one has set up.

    Frames of luma and chroma of 8 bits go the short way, `planes`. All others, of more bits, of red, green and blue,
    with opacity or a palette, become pixels of 8 bits by FFmpeg's converter in its exact arithmetic, and then go
    through the steps of a picture.
    """

    def __init__(self, rule: InputRule) -> None:
        reformatter = pyav().video.reformatter
        self.rule, self._reformatter, flags = rule, reformatter.VideoReformatter(), reformatter.Interpolation
        self._how = flags.BILINEAR | flags.ACCURATE_RND | flags.FULL_CHR_H_INT | flags.BITEXACT

    def row(self, frame: Any) -> Array:
        """Make the row of a frame, (H, W, C)."""
        check_size(frame.width, frame.height, 4)
        if step_of(self.rule, "colour")["to"] in ("RGB", "L") and (planes := planes_of(frame)) is not None:
            return row_of_planes(planes, frame, self.rule)
        return applied(self._pixels(frame), self.rule)

    def _pixels(self, frame: Any) -> Pixels:
        mode = mode_of(frame.format)
        made = self._reformatter.reformat(frame, format=_FORMATS[mode], interpolation=self._how, threads=1)
        values = made.to_ndarray()
        return Pixels(np.rot90(values.reshape(*values.shape[:2], -1), turns_of(frame)), mode)


def frames_of(place: Place, timeline: Timeline, numbers: Sequence[int]) -> Iterator[tuple[int, Any]]:
    """Decode the frames of some ascending numbers, at least one, each with its number.

    Decoding begins at the last key frame before the first of them. Raises `BadPicture` where a frame cannot be read.
    """
    done, what = 0, "is cut off"
    try:
        with opened(place) as (container, stream):
            for number, frame in _numbered(container, stream, timeline, numbers[0]):
                if number < numbers[done]:
                    continue
                if number > numbers[done] or frame.is_corrupt:
                    what = "is damaged"
                    break
                yield number, frame
                done += 1
                if done == len(numbers):
                    return
    except BadPicture as bad:
        raise BadPicture(f"{bad.reason}, {_at(timeline, numbers[done])}", place.name) from bad
    raise BadPicture(f"{what}, {_at(timeline, numbers[done])}", place.name)


def _numbered(container: Any, stream: Any, timeline: Timeline, first: int) -> Iterator[tuple[int, Any]]:
    """Decode from the key frame at or before `first`, and number the frames by their time stamps, or by counting."""
    stamps = timeline.stamps
    if stamps is None:
        yield from enumerate(container.decode(stream))
        return
    key = timeline.keys[np.searchsorted(timeline.keys, first, "right") - 1]
    if key > 0 and container.format.name.partition(",")[0] in _INDEXED:
        container.seek(int(stamps[key]), stream=stream, backward=True)
    number = {stamp: place for place, stamp in enumerate(stamps.tolist())}
    for frame in container.decode(stream):
        if frame.pts in number:  # others stand before the first key frame
            yield number[frame.pts], frame


def _at(timeline: Timeline, number: int) -> str:
    return f"at frame {number:,} of {len(timeline.times):,}, {timeline.times[number]:.2f} s"
