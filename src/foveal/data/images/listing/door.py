"""The one door to pictures in files: what was given is looked at, and listed by the function that knows its kind."""

import os
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from foveal.core.errors import DataError, DataTypeError, ParameterError
from foveal.core.files import as_path
from foveal.core.rules import shown
from foveal.data.images.listing.class_folders import list_class_folders
from foveal.data.images.listing.lists import list_files, list_pictures
from foveal.data.images.listing.names import is_picture, printable
from foveal.data.images.listing.patterns import read_names
from foveal.data.images.listing.table_files import OTHER_TABLES, TABLES, is_frame
from foveal.data.images.listing.tables import list_table
from foveal.data.images.listing.tar_paths import is_tar
from foveal.data.images.listing.tars import list_tars
from foveal.data.images.listing.walk import kind_of, neighbours
from foveal.data.images.records import Listing, Told, silent

Path_ = str | os.PathLike[str]


def open_listing(
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
    root: Path_ | None = None,
    labelled: bool = True,
    told: Told = silent,
) -> Listing:
    """List the pictures of a folder, a table, tars or a list of files, with what is known of each; none is opened.

    Parameters
    ----------
    given : path, list of paths or DataFrame
        A folder of class folders, perhaps within train, valid and test (`list_class_folders`); a table (`list_table`);
        tars, a folder of them or "part-{000..009}.tar" (`list_tars`); a list of files (`list_files`), or one file.
    y : array, optional
        Labels or targets of a list of files.
    pattern : str, optional
        How labels stand in names of files (`compile_pattern`), instead of class folders or a column.
    path, label, labels, target, split, group : str, optional
        Columns of a table (`list_table`). `label` is also the field of KEY.json in tars.
    root : path, optional
        The folder that paths of a list or a table are relative to.
    labelled : bool
        False for pictures to predict: a folder is searched for all pictures, a table needs paths only.
    told : function
        Is given what was found and left out, a sentence at a time.

    Raises
    ------
    DataError
        If there is nothing, or not what its kind must have.
    ParameterError
        If a parameter does not belong to what is given.
    ResourceError
        If something cannot be read.
    """
    columns = {"path": path, "label": label, "labels": labels, "target": target, "split": split, "group": group}
    single = isinstance(given, str | bytes | os.PathLike)
    folder = single and kind_of(Path(os.fsdecode(given))) == "a folder"
    wanted = labelled and pattern is None
    if is_frame(given) or (single and _ending(given) in TABLES and not folder):
        _refuse({"y": y}, "a table")
        listing = list_table(
            given, path=path, label=label, labels=labels, target=target, split=split, group=group, root=root,
            labelled=wanted, told=told,
        )  # fmt: skip
    elif is_tar(given):
        _refuse({"y": y, "root": root, **columns, "label": None}, "tars")
        listing = list_tars(given, label=label, labelled=wanted, told=told)
    elif folder:
        _refuse({"y": y, "root": root, **columns}, "a folder")
        listing = list_class_folders(given, told=told) if wanted else list_pictures(given, told=told)
    else:
        _refuse(columns, "a list of files")
        listing = list_files(_files(given, single), y, root=root, told=told)
    if pattern is not None:
        _refuse({"y": y, "label": label, "labels": labels, "target": target}, "a pattern")
        return read_names(listing, pattern, told=told)
    if labelled and listing.y is None:
        raise DataError("a list of files has no labels; give y=, one a file, or pattern='{label}_{}.jpg'")
    return listing


def _ending(given: Path_ | bytes) -> str:
    return os.fsdecode(given).rpartition(".")[2].lower()


def _files(given: Any, single: bool) -> Iterable[Path_]:
    """Give a list of files, or a single file as a list."""
    if not single:
        if isinstance(given, Iterable) and not isinstance(given, dict):
            return given
        raise DataTypeError(f"pictures come as a folder, a table or a list of files, got {shown(given)}")
    path = as_path(given)
    if not os.path.lexists(path):
        raise DataError(f"{printable(str(path))}: there is no such folder or file{neighbours(path.absolute())}")
    if not is_picture(path.name):
        way = "; save it as CSV" if _ending(given) in OTHER_TABLES else ""
        raise DataError(f"{printable(str(path))}: expected a folder, a table or a picture, found another file{way}")
    return [path]


def _refuse(parameters: dict[str, Any], what: str) -> None:
    for name, value in parameters.items():
        if value is not None:
            raise ParameterError(f"{name}= does not go with {what}, got {shown(value)}; leave it out")
