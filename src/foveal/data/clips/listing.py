"""The one door to videos in files: what was given is looked at, and listed; none is opened."""

import os
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from foveal.core.errors import DataError, DataTypeError, ParameterError
from foveal.core.files import as_path
from foveal.core.rules import shown
from foveal.data.clips.sort import VIDEOS
from foveal.data.images.listing.class_folders import list_class_folders
from foveal.data.images.listing.lists import list_files, list_pictures
from foveal.data.images.listing.names import printable
from foveal.data.images.listing.patterns import read_names
from foveal.data.images.listing.table_files import TABLES, is_frame
from foveal.data.images.listing.tables import list_table
from foveal.data.images.listing.walk import kind_of, neighbours
from foveal.data.images.records import Listing, Told, silent


def list_videos(
    given: Any,
    *,
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
    labelled: bool = True,
    told: Told = silent,
) -> Listing:
    """List the videos of a folder, a table or a list of files, with what is known of each.

    As `foveal.data.images.listing.door.open_listing` lists pictures, without tars; `start` and `stop` are columns of a
    table, in seconds. Raises what that raises.
    """
    columns = {"path": path, "label": label, "labels": labels, "target": target, "split": split, "group": group,
               "start": start, "stop": stop}  # fmt: skip
    single = isinstance(given, str | bytes | os.PathLike)
    folder = single and kind_of(Path(os.fsdecode(given))) == "a folder"
    wanted = labelled and pattern is None
    if is_frame(given) or (single and os.fsdecode(given).rpartition(".")[2].lower() in TABLES and not folder):
        _refuse({"y": y}, "a table")
        listing = list_table(given, **columns, root=root, sort=VIDEOS, labelled=wanted, told=told)  # type: ignore[arg-type]
    elif folder:
        _refuse({"y": y, "root": root, **columns}, "a folder")
        listed = list_class_folders if wanted else list_pictures
        listing = listed(given, sort=VIDEOS, told=told)
    else:
        _refuse(columns, "a list of files")
        listing = list_files(_files(given, single), y, root=root, sort=VIDEOS, told=told)
    if pattern is not None:
        _refuse({"y": y, "label": label, "labels": labels, "target": target}, "a pattern")
        return read_names(listing, pattern, told=told)
    if labelled and listing.y is None:
        raise DataError("a list of files has no labels; give y=, one a file, or pattern='{label}_{}.mp4'")
    return listing


def _files(given: Any, single: bool) -> Iterable[Any]:
    """Give a list of files, or a single file as a list."""
    if not single:
        if isinstance(given, Iterable) and not isinstance(given, dict):
            return given
        raise DataTypeError(f"videos come as a folder, a table or a list of files, got {shown(given)}")
    path = as_path(given)
    if not os.path.lexists(path):
        raise DataError(f"{printable(str(path))}: there is no such folder or file{neighbours(path.absolute())}")
    return [path]


def _refuse(parameters: dict[str, Any], what: str) -> None:
    for name, value in parameters.items():
        if value is not None:
            raise ParameterError(f"{name}= does not go with {what}, got {shown(value)}; leave it out")
