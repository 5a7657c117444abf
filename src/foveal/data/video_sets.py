"""Folders and tables of videos as a data set: what trains, validates and tests."""

import os
from collections.abc import Mapping
from inspect import signature
from itertools import islice
from pathlib import Path
from typing import Any

from foveal.core.errors import DataError, FovealError, ParameterError
from foveal.data.clips.rule import is_of_clips
from foveal.data.clips.sort import VIDEOS
from foveal.data.dataset import Dataset
from foveal.data.images.listing.names import PICTURES, is_hidden
from foveal.data.images.listing.table_columns import find_columns
from foveal.data.images.listing.table_files import read_table
from foveal.data.images.progress import Progress
from foveal.data.picture_sets import parts_of_dataset

#: Parameters of `open_clips` that `open_images` does not have.
CLIPS_ONLY = ("clip_frames", "every", "stride", "rate", "difference", "start", "stop")
#: Files that are looked at for one that is a video or a picture, by their names.
_LOOKED_AT = 10_000


def is_of_videos(source: str) -> bool:
    """Tell whether a path is videos: a video, a folder whose first picture or video is one, or a table of them."""
    path = Path(source)
    if path.is_dir():
        return next(filter(None, islice(_sorts(path), _LOOKED_AT)), "") == VIDEOS.word
    if path.suffix.lower() in (".csv", ".tsv", ".parquet") and path.is_file():
        return _is_table(path)
    return VIDEOS.has(path.name) and path.is_file()


def _sorts(folder: Path) -> Any:
    """Give for each file, in the order of names, what sort it is; nothing where it is neither."""
    for _, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not is_hidden(name))
        for name in sorted(files):
            known = [sort.word for sort in (PICTURES, VIDEOS) if sort.has(name) and not is_hidden(name)]
            yield known[0] if known else ""


def _is_table(path: Path) -> bool:
    """Tell whether the first path of a table is a video's; what is wrong with it is told where it is read."""
    try:
        table = read_table(path)
        paths = table.column(find_columns(table, labelled=False).path)
    except FovealError:
        return False
    return bool(len(paths)) and VIDEOS.has(str(paths[0]).strip())


def clips_dataset(source: str, reading: Mapping[str, Any], progress: Progress) -> Dataset:
    """Open videos, and give the parts that their split names; without one all are to learn from."""
    from foveal.data.clips.load import open_clips  # which loads torch

    if reading.get("input_rule") and not is_of_clips(tuple(reading["input_rule"])):
        raise DataError(f"{source} holds videos, and the model has learnt from pictures; give pictures")
    strange = next((name for name in reading if name not in signature(open_clips).parameters), None)
    if strange is not None:
        raise ParameterError(f"{strange}= says how pictures are read, and {source} holds videos; leave it out")
    if "input_rule" not in reading:
        progress.say(f"{source}: videos; --read clip_frames=, every=, size= ... say how they are cut into rows")
    given = {name: value for name, value in reading.items() if name not in CLIPS_ONLY or "input_rule" not in reading}
    return parts_of_dataset(source, open_clips(source, **given, progress=progress))
