"""Frames decoded on all cores, each video from its beginning to its end, once."""

import threading
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import groupby
from queue import SimpleQueue
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from foveal.data.clips.frames import FrameReader, frames_of
from foveal.data.clips.timeline import Timeline
from foveal.data.images.reading.pool import Outcome, cores, digest_of
from foveal.data.images.reading.rule import InputRule
from foveal.data.images.reading.sums import sums_of
from foveal.data.images.records import BadPicture, Place

Write = Callable[[int, NDArray[Any]], None]
#: Frames of which it is told together what became of them.
_AT_ONCE = 32


class Frames(Sequence[Place]):
    """The frames that are wanted of some videos, in the order of the videos and of the frames: a place for each.

    videos, timelines : of each video.
    of, numbers : (F,) the video of each frame, and its number there.
    """

    def __init__(
        self, videos: Sequence[Place], timelines: Sequence[Timeline], of: NDArray[np.intp], numbers: NDArray[np.intp]
    ) -> None:
        self.videos, self.timelines, self.of, self.numbers = videos, timelines, of, numbers

    def __len__(self) -> int:
        return len(self.of)

    @overload
    def __getitem__(self, row: int) -> Place: ...

    @overload
    def __getitem__(self, row: slice) -> list[Place]: ...

    def __getitem__(self, row: int | slice) -> Place | list[Place]:
        if isinstance(row, slice):
            return [self.videos[video] for video in self.of[row].tolist()]
        return self.videos[int(self.of[row])]


def decoded(frames: Frames, rule: InputRule, rows: Sequence[int], write: Write) -> Generator[list[Outcome], None, None]:
    """Decode ascending rows of `frames` by the rule of a frame, and give each to `write`, from several threads.

    Yields what became of some; of a video that breaks off the rest are bad. An `OSError` of `write` is raised here. One
    who leaves waits for the frames that are being decoded, and no more.
    """
    left, found = threading.Event(), SimpleQueue[list[Outcome] | Future[None]]()

    def work(video: int, wanted: list[int]) -> None:
        for outcomes in _of_video(frames, video, wanted, rule, write):
            found.put(outcomes)
            if left.is_set():
                return

    with ThreadPoolExecutor(cores(), thread_name_prefix="foveal-decode") as pool:
        try:
            tasks = [(video, list(wanted)) for video, wanted in groupby(rows, lambda row: int(frames.of[row]))]
            for video, wanted in tasks:
                pool.submit(work, video, wanted).add_done_callback(found.put)
            under_way = len(tasks)
            while under_way:
                some = found.get()
                if isinstance(some, Future):
                    some.result()
                    under_way -= 1
                else:
                    yield some
        finally:
            left.set()
            pool.shutdown(wait=True, cancel_futures=True)


def _of_video(frames: Frames, video: int, rows: list[int], rule: InputRule, write: Write) -> Iterator[list[Outcome]]:
    """Decode some rows of one video."""
    outcomes: list[Outcome] = []
    numbers = frames.numbers[rows].tolist()
    some = frames_of(frames.videos[video], frames.timelines[video], numbers)
    reader = FrameReader(rule)
    for row in rows:
        try:
            pixels = reader.row(next(some)[1])
        except BadPicture as bad:
            yield [*outcomes, *(Outcome(lost, b"", bad.reason) for lost in rows[rows.index(row) :])]
            return
        write(row, pixels)
        outcomes.append(Outcome(row, digest_of(pixels), "", sums_of(pixels)))
        if len(outcomes) == _AT_ONCE:
            yield outcomes
            outcomes = []
    yield outcomes


class EachTime:
    """An array (F, H, W, C) whose frames are decoded when they are asked for, on all cores."""

    def __init__(self, frames: Frames, rule: InputRule, shape: tuple[int, ...]) -> None:
        self.frames, self.rule, self.dtype = frames, rule, np.dtype(np.uint8)
        self.shape, self.ndim = (len(frames), *shape), 1 + len(shape)

    def __len__(self) -> int:
        return len(self.frames)

    def __getitem__(self, rows: Any) -> NDArray[Any]:
        """Decode one frame, a slice of them, or some by ascending number; raises `BadPicture` for a damaged video."""
        numbers = np.arange(len(self))[rows]
        wanted = np.atleast_1d(numbers)
        out = np.empty((len(wanted), *self.shape[1:]), self.dtype)
        place = {row: at for at, row in enumerate(wanted.tolist())}

        def write(row: int, pixels: NDArray[Any]) -> None:
            out[place[row]] = pixels

        for outcomes in decoded(self.frames, self.rule, wanted.tolist(), write):
            bad = next((outcome for outcome in outcomes if outcome.reason), None)
            if bad is not None:
                raise BadPicture(f"{bad.reason}; mend it, or leave it out", self.frames[bad.row].name)
        return out if numbers.ndim else out[0]
