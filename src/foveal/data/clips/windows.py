"""Which frames of a video make which row."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from foveal.data.clips.rule import Windows
from foveal.data.clips.timeline import Timeline

#: Seconds by which a frame may be late: time stamps are rounded, to 1/1000 s in .mkv.
_LATE = 1e-3


class Cut(NamedTuple):
    """The rows of one video or of a span of it.

    numbers : (N, T) the frames of each row.
    starts, stops : (N,) seconds at which its first frame is shown, and the last of them ends.
    """

    numbers: NDArray[np.intp]
    starts: NDArray[np.float64]
    stops: NDArray[np.float64]


def cut(timeline: Timeline, windows: Windows, span: tuple[float, float] = (np.nan, np.nan)) -> Cut:
    """Cut a video into rows, in order; `span` are seconds that they lie in, NaN for an open end. Perhaps there is none.

    Rows are as `foveal.data.clips.rule` says: frames by number, or by time where there is a rate. Within a span they
    begin at its first frame. What is left at the end and is shorter than a row is in none.

    >>> from foveal.data.images.records import Header
    >>> timeline = Timeline(Header("mp4", 8, 8, 3, 8, "RGB"), np.arange(10) / 10, None, np.zeros(1, int))
    >>> cut(timeline, Windows(3, 2, 4)).numbers.tolist()
    [[0, 2, 4], [4, 6, 8]]
    >>> cut(timeline, Windows(3, 1, 3, rate=5.0), (0.2, np.nan)).numbers.tolist()
    [[2, 4, 6]]
    """
    shown = frames_shown(timeline, windows.rate, span)
    count = max(0, (len(shown) - windows.span) // windows.stride + 1)
    places = np.arange(count)[:, None] * windows.stride + np.arange(windows.frames) * windows.every
    numbers = shown[places]
    each = 1 / windows.rate if windows.rate else step_of(timeline)
    return Cut(numbers, timeline.times[numbers[:, 0]], timeline.times[numbers[:, -1]] + each)


def frames_shown(timeline: Timeline, rate: float | None, span: tuple[float, float]) -> NDArray[np.intp]:
    """List the frames within a span of seconds, all of them or, with a rate, those that are shown at even times."""
    times, (start, stop) = timeline.times, (0.0 if np.isnan(span[0]) else span[0], span[1])
    end = times[-1] + step_of(timeline)
    stop = end if np.isnan(stop) else min(stop, end)
    if rate is None:
        return np.flatnonzero((times >= start - _LATE) & (times < stop - _LATE))
    ticks = start + np.arange(max(0, int(np.ceil((stop - start - _LATE) * rate)))) / rate
    return np.searchsorted(times, ticks + _LATE, "right") - 1


def step_of(timeline: Timeline) -> float:
    """Give the usual time from frame to frame in seconds: the median."""
    return float(np.median(np.diff(timeline.times))) if len(timeline.times) > 1 else 0.0


def unevenness(timeline: Timeline) -> float:
    """Tell how many times as long as usual the longest time between two frames is.

    >>> from foveal.data.images.records import Header
    >>> unevenness(Timeline(Header("mp4", 8, 8, 3, 8, "RGB"), np.array([0, 0.1, 0.2, 0.6]), None, np.zeros(1, int)))
    4.0
    """
    usual = step_of(timeline)
    return round(float(np.diff(timeline.times).max()) / usual, 6) if usual > 0 else 1.0
