"""Volumes of a folder, a table or a list: what is one row, and what is known of it."""

import os
import re
from pathlib import Path
from typing import Any

from foveal.core.errors import DataError, ParameterError
from foveal.core.rules import shown
from foveal.data.images.listing.class_folders import sort_by_class
from foveal.data.images.listing.door import open_listing
from foveal.data.images.listing.folder_parts import folder_parts
from foveal.data.images.listing.lists import list_files
from foveal.data.images.listing.names import Sort, in_order, many, printable, some
from foveal.data.images.listing.patterns import read_names
from foveal.data.images.listing.splits import check_parts
from foveal.data.images.listing.table_files import TABLES
from foveal.data.images.listing.tar_paths import is_tar
from foveal.data.images.listing.walk import Found, existing_folder, kind_of, walk
from foveal.data.images.records import Listing, Place, Told, silent
from foveal.data.volumes.dicom.series import seems_dicom
from foveal.data.volumes.formats import is_volume

#: What is listed, in words: endings are asked of `is_volume`.
VOLUMES = Sort("volume", frozenset(), ("nii", "nii.gz", "dcm", "tif", "npy"))


def list_volumes(
    given: Any, *, y: Any = None, pattern: str | re.Pattern[str] | None = None, columns: dict[str, Any] | None = None,
    root: str | os.PathLike[str] | None = None, labelled: bool = True, slices: bool = False, told: Told = silent,
) -> Listing:  # fmt: skip
    r"""List volumes with what is known of each; headers are not read, but for DICOM's mark of files without its ending.

    A row is a file, or a folder that directly holds DICOM files, the slices of a series. In a class folder itself each
    DICOM file is a row of its own: X-rays lie so. `slices` says that everywhere each file is one.

    given : a folder of class folders, perhaps within train, valid and test; a table; a list of paths, of files and of
    folders of slices. `y`, `pattern`, `root`: as of pictures; `columns`: names of a table's columns.

    Raises `DataError` and `ParameterError` as `open_listing` does.
    """
    single = isinstance(given, str | bytes | os.PathLike)
    path = Path(os.fsdecode(given)) if single else None
    columns = {name: value for name, value in (columns or {}).items() if value is not None}
    if is_tar(given):
        raise DataError(f"{shown(given)}: volumes are not read out of tars; unpack them into a folder")
    wanted = labelled and pattern is None
    if path is not None and kind_of(path) == "a folder":
        for name, value in {"y": y, "root": root, **columns}.items():
            if value is not None:
                raise ParameterError(f"{name}= does not go with a folder, got {shown(value)}; leave it out")
        listing = _classes(path, told) if wanted else _all(path, slices, told)
    elif path is not None and path.suffix[1:].lower() not in TABLES and path.exists():
        listing = list_files([path], y, root=root, told=told)
    else:
        listing = open_listing(given, y=y, root=root, labelled=wanted and y is None, told=told, **columns)
    if pattern is not None:
        return read_names(listing, pattern, told=told)
    if labelled and listing.y is None:
        raise DataError("a list of volumes has no labels; give y=, one a volume, or pattern='{label}_{}'")
    return listing


def _classes(folder: Path, told: Told) -> Listing:
    root = existing_folder(folder)
    found = walk(root)
    seen = _rows(root, found, 0)
    depth = 2 if folder_parts(root, seen, silent, VOLUMES) else 1
    ordered = sort_by_class(root, _rows(root, found, depth), told, VOLUMES)
    places = _places(root, ordered.names)
    return check_parts(Listing(root, places, ordered.y, ordered.class_names, ordered.split))


def _all(folder: Path, slices: bool, told: Told) -> Listing:
    root = existing_folder(folder)
    found = walk(root)
    rows = _rows(root, found, None if slices else 0)
    if not rows.files:
        instead = f", but {some(rows.others)}" if rows.others else ""
        raise DataError(f"{printable(root)}: expected volumes (DICOM, .nii, .nii.gz, .tif, .npy), found none{instead}")
    told(f"{printable(root)}: {many(len(rows.files), 'volume')}")
    return Listing(root, _places(root, rows.files))


def _places(root: str, names: list[str]) -> tuple[Place, ...]:
    base = root.rstrip("/")
    return tuple(Place(f"{base}/{name}", printable(name)) for name in names)


def _rows(root: str, found: Found, depth: int | None) -> Found:
    """Take files for rows, and folders of DICOM files for one where they lie below `depth` folders; None: nowhere."""
    files, series, others = list[str](), dict[str, None](), list[str]()
    for name in found.files + found.others:
        dicom = seems_dicom(f"{root}/{name}")
        if dicom and name.rpartition("/")[2].upper().startswith("DICOMDIR"):
            others.append(name)
        elif dicom and depth is not None and name.count("/") > depth:
            series[name.rpartition("/")[0]] = None
        elif dicom or is_volume(name):
            files.append(name)
        else:
            others.append(name)
    within = {name for name in found.folders if name in series}
    return Found(
        in_order([*files, *series]),
        [name for name in found.folders if name not in within],
        in_order(others),
        found.circles,
    )
