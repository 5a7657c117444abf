"""The one door to pictures in files: what was given is looked at, and listed by the function that knows its kind."""

import os
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from foveal.core.errors import DataError, DataTypeError, ParameterError
from foveal.core.files import as_path
from foveal.core.rules import shown
from foveal.data.images.class_folders import list_class_folders
from foveal.data.images.lists import list_files, list_pictures
from foveal.data.images.names import is_picture, printable
from foveal.data.images.patterns import read_names
from foveal.data.images.records import Listing, Told, silent
from foveal.data.images.walk import neighbours


def open_listing(
    given: Any,
    *,
    y: Any = None,
    pattern: str | re.Pattern[str] | None = None,
    root: str | os.PathLike[str] | None = None,
    labelled: bool = True,
    told: Told = silent,
) -> Listing:
    """List the pictures of a folder or a list of files, with what is known of each; no picture is opened.

    Parameters
    ----------
    given : path or list of paths
        A folder of class folders, perhaps within train, valid and test (`list_class_folders`); a list of files
        (`list_files`), or one file.
    y : array, optional
        Labels or targets of a list of files.
    pattern : str, optional
        How labels stand in names of files (`compile_pattern`), for a folder or a list.
    root : path, optional
        The folder that paths of a list are relative to.
    labelled : bool
        Without labels a folder is searched for all pictures: to predict.
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
    single = isinstance(given, str | bytes | os.PathLike)
    if single and Path(os.fsdecode(given)).is_dir():
        _refuse({"y": y, "root": root}, "a folder")
        listing = list_pictures(given, told=told) if pattern or not labelled else list_class_folders(given, told=told)
    else:
        listing = list_files(_files(given, single), y, root=root, told=told)
    if pattern is not None:
        _refuse({"y": y}, "a pattern")
        return read_names(listing, pattern, told=told)
    if labelled and listing.y is None:
        raise DataError("a list of files has no labels; give y=, one a file, or pattern='{label}_{}.jpg'")
    return listing


def _files(given: Any, single: bool) -> Iterable[str | os.PathLike[str]]:
    """Give a list of files, or a single file as a list."""
    if not single:
        if isinstance(given, Iterable) and not isinstance(given, dict):
            return given
        raise DataTypeError(f"pictures come as a folder, a table or a list of files, got {shown(given)}")
    path = as_path(given)
    if not os.path.lexists(path):
        raise DataError(f"{printable(str(path))}: there is no such folder or file{neighbours(path.absolute())}")
    if not is_picture(path.name):
        raise DataError(f"{printable(str(path))}: expected a folder, a table or a picture, found another file")
    return [path]


def _refuse(parameters: dict[str, Any], what: str) -> None:
    for name, value in parameters.items():
        if value is not None:
            raise ParameterError(f"{name}= does not go with {what}, got {shown(value)}; leave it out")
