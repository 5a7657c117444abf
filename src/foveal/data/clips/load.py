"""`foveal.open_clips`: videos become windows of frames to learn from; bad files are told before anything is trained."""

import os
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from foveal.core.rules import check, choice
from foveal.data.clips.assembling import clips_of
from foveal.data.clips.clips import Clips
from foveal.data.clips.listing import list_videos
from foveal.data.clips.opening import pyav
from foveal.data.clips.rule import check_clip_rule, make_clip_rule
from foveal.data.images.cache.kept import bytes_of
from foveal.data.images.progress import SILENT, Progress
from foveal.data.images.reading.infer import infer_rule
from foveal.data.images.reading.rule import InputRule
from foveal.data.images.records import Header, silent


def open_clips(
    source: Any,
    *,
    clip_frames: int = 16,
    every: int = 2,
    stride: int | None = None,
    rate: float | None = None,
    size: int | Sequence[int] = 64,
    resize: str = "pad",
    colour: str = "auto",
    background: str | Sequence[int] = "white",
    difference: bool = False,
    input_rule: Sequence[Mapping[str, Any]] | None = None,
    y: Any = None,
    pattern: str | re.Pattern[str] | None = None,
    path: str | None = None,
    label: str | None = None,
    labels: str | Sequence[str] | None = None,
    target: str | Sequence[str] | None = None,
    split: str | None = None,
    group: str | None = None,
    start: str | None = None,
    stop: str | None = None,
    root: str | os.PathLike[str] | None = None,
    on_bad: str = "stop",
    cache: bool = True,
    cache_limit: int | str = "20GB",
    progress: Progress = SILENT,
) -> Clips:
    """Open videos in files as windows of frames to learn from, an array-like (N, T, H, W, C) of uint8 with `y`.

    Every frame that is in a window is decoded once, on all cores, into a file in the user's cache (`$FOVEAL_CACHE`,
    else `~/.cache/foveal`); the next time it is mapped, and nothing is decoded. Rows are all windows of all videos, in
    the order of the listing and of time. An epoch shows each of them once, in an order that is a function of seed and
    epoch, as of any rows. Rows of one video are of one group.

    Parameters
    ----------
    source : path, list of paths or table
        A folder of class folders, perhaps within train, valid and test; a table of paths and labels (.csv, .tsv,
        .parquet or a DataFrame), perhaps with the seconds at which a row starts and stops; a list of files.
    clip_frames : int
        Frames of a window, T.
    every : int
        Frames from one of a window to the next.
    stride : int, optional
        Frames from the beginning of a window to that of the next; else clip_frames * every, so that none is in two.
    rate : float, optional
        Frames a second, by which `every` and `stride` count: each is the one that is shown at that time, whatever the
        rate of a video is, and if it varies. Without, they count the frames as they are in the file.
    size, resize, colour, background
        The rule from frame to picture, `make_rule`; a frame is padded, not cut, where nothing else is said. The colour
        is chosen from the training videos: grey where all of them are.
    difference : bool
        Give the change from frame to frame instead, T - 1 frames, `foveal.data.clips.rule`.
    input_rule : steps, optional
        A whole rule in place of all of these, as other `Clips` or a fitted model have it.
    y, pattern
        Labels of a list of files; how labels stand in file names, such as "{label}_{}.mp4".
    path, label, labels, target, split, group, start, stop
        Names of a table's columns, where they are not the usual ones.
    root : path, optional
        The folder that relative paths begin in.
    on_bad : str
        "stop": files that are no videos, or too short, are an error that lists them. "skip": they are left out.
    cache, cache_limit
        Whether to keep decoded frames on disk, and up to which size, bytes or "20GB". Beyond it, and without, they are
        kept in memory if they take a quarter of what is free at most, else decoded each time they are read.

    Raises
    ------
    DataError
        If there is no video, or files are bad, or the labels are.
    ResourceError
        If PyAV is missing, files cannot be read, or the disk is full.

    Examples
    --------
    >>> import av, numpy, tempfile
    >>> from pathlib import Path
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     for name, rise in (("brighter", 8), ("darker", -8)):
    ...         Path(folder, name).mkdir()
    ...         with av.open(Path(folder, name, "1.mp4"), "w") as file:
    ...             stream = file.add_stream("mpeg4", 25, width=32, height=32, pix_fmt="yuv420p")
    ...             for time in range(25):
    ...                 frame = numpy.full((32, 32, 3), 128 + rise * (time - 12), numpy.uint8)
    ...                 file.mux(stream.encode(av.VideoFrame.from_ndarray(frame, "rgb24")))
    ...             file.mux(stream.encode())
    ...     clips = open_clips(folder, clip_frames=4, every=3, size=16, cache=False)
    >>> clips.shape, clips.y.tolist(), clips.starts[:2].tolist()
    ((4, 4, 16, 16, 3), ['brighter', 'brighter', 'darker', 'darker'], [0.0, 0.48])
    """
    check("on_bad", on_bad, choice("stop", "skip"))
    limit = bytes_of(cache_limit, "cache_limit") if cache else None
    pyav()
    whole = None if input_rule is None else check_clip_rule(tuple(input_rule))

    def rule_of(headers: Sequence[Header], say: Callable[[str], None]) -> InputRule:
        if whole is not None:
            return whole
        frames, said = infer_rule(
            headers, size=size, resize=resize, colour=colour, background=background, depth="uint8"
        )
        say("; ".join(said))
        return make_clip_rule(frames, clip_frames, every, stride, rate, difference=difference)

    rule_of([Header("mp4", 8, 8, 3, 8, "RGB")], silent)  # what is wrong is told before a file is opened
    listing = list_videos(
        source, y=y, pattern=pattern, path=path, label=label, labels=labels, target=target, split=split, group=group,
        start=start, stop=stop, root=root, told=progress.say,
    )  # fmt: skip
    return clips_of(listing, rule_of, on_bad=on_bad, limit=limit, progress=progress)
