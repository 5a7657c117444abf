"""Which sort of files a path leads to: told by the first one that is known, in the order of names."""

import os
from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any

from foveal.core.errors import FovealError
from foveal.data.clips.sort import VIDEOS
from foveal.data.images.listing.names import PICTURES, is_hidden
from foveal.data.images.listing.table_columns import find_columns
from foveal.data.images.listing.table_files import TABLES, read_table
from foveal.data.sounds.listing import is_sound

#: Settings that only one sort of files has; all others are of pictures.
OWN = {
    "videos": ("clip_frames", "every", "stride", "rate", "difference", "start", "stop"),
    "volumes": ("orient", "spacing", "window", "intensity"),
    "sounds": ("seconds", "hop", "mels", "log"),
}
#: Settings that make volumes of a folder whose files may also be pictures: TIFF and .npy.
_OF_VOLUMES = ("orient", "spacing", "intensity")
#: Files that are looked at for one that is known, by their names; and of other names by their first bytes.
_LOOKED_AT, _LOOKED_INTO = 10_000, 50


def sort_of_files(source: str, reading: Mapping[str, Any]) -> str:
    """Tell whether a path is "videos", "volumes" or "sounds"; "" where it may be pictures, or nothing.

    A folder is what its first file is, in the order of names, and a table what its first path leads to. TIFF and .npy
    are volumes where the first one has several pages, or four axes, or where `reading` has a setting of volumes.
    """
    path = Path(source)
    deep = any(name in reading for name in _OF_VOLUMES)
    if path.is_dir():
        return next(filter(None, islice(_sorts(path, deep), _LOOKED_AT)), "").replace("pictures", "")
    if path.suffix[1:].lower() in TABLES and path.is_file():
        return _of_table(path, deep).replace("pictures", "")
    return "videos" if VIDEOS.has(path.name) and path.is_file() else ""


def sort_of_file(path: str, *, deep: bool = False) -> str:
    """Tell the sort of one file by its name, and where that leaves it open by its header; "" where nobody knows.

    >>> [sort_of_file(name) for name in ("a.mp4", "a.WAV", "a.nii.gz", "a.png", "a.txt")]
    ['videos', 'sounds', 'volumes', 'pictures', '']
    """
    from foveal.data.volumes.formats import is_volume, seems_stack  # which loads torch

    name = path.rpartition("/")[2]
    if VIDEOS.has(name):
        return "videos"
    if is_sound(name):
        return "sounds"
    if PICTURES.has(name):
        return "volumes" if is_volume(name) and (deep or seems_stack(path)) else "pictures"
    return "volumes" if is_volume(name) else ""


def _sorts(folder: Path, deep: bool) -> Iterator[str]:
    """Give for each file, in the order of names, what sort it is; nothing where it is none."""
    from foveal.data.volumes.dicom.series import seems_dicom  # which loads torch

    looks = 0
    for root, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not is_hidden(name))
        for name in sorted(name for name in files if not is_hidden(name)):
            found = sort_of_file(f"{root}/{name}", deep=deep)
            if not found and looks < _LOOKED_INTO:
                looks += 1
                found = "volumes" if seems_dicom(f"{root}/{name}") else ""
            yield found


def _of_table(path: Path, deep: bool) -> str:
    """Tell the sort of a table's first path; what is wrong with the table is told where it is read."""
    try:
        table = read_table(path)
        paths = table.column(find_columns(table, labelled=False).path)
    except FovealError:
        return ""
    first = str(paths[0]).strip() if len(paths) else ""
    return sort_of_file(os.path.join(path.parent, first), deep=deep)  # noqa: PTH118  (a path of another system too)


def whose(setting: str) -> str:
    """Say which sort of files a setting is for.

    >>> whose("spacing"), whose("colour")
    ('volumes', 'pictures')
    """
    return next((sort for sort, names in OWN.items() if setting in names), "pictures")
