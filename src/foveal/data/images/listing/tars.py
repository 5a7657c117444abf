"""Tars of pictures as a listing: webdataset's rows KEY.jpg and KEY.cls, or class folders within the tar."""

from collections import defaultdict, deque
from pathlib import Path
from typing import Any

import numpy as np

from foveal.core.errors import DataError
from foveal.core.files import as_path
from foveal.core.rules import shown
from foveal.data.images.listing.class_folders import sort_by_class
from foveal.data.images.listing.class_list import are_numbers, class_list, named
from foveal.data.images.listing.labels import as_label, number_classes, shares, tell_case
from foveal.data.images.listing.names import in_order, many, part_of, printable, some
from foveal.data.images.listing.splits import check_parts
from foveal.data.images.listing.table_columns import USUAL
from foveal.data.images.listing.tar_paths import part_folders, tar_paths
from foveal.data.images.listing.tar_shard import Key, Shard, read_shard, row_pictures
from foveal.data.images.listing.walk import Found
from foveal.data.images.records import Listing, Place, Told, silent


def list_tars(given: Any, *, label: str | None = None, labelled: bool = True, told: Told = silent) -> Listing:
    """List the pictures of tars, each with the place of its bytes: they are read where they lie.

    Labels are those of webdataset's rows, KEY.jpg with KEY.cls, or else KEY.json, or else KEY.txt beside it; or the
    folders within the tars, as `list_class_folders` takes them, one folder around all of them not counted. Folders
    come before KEY.txt, which beside class folders is a caption. KEY.json is a label, or has one under `label`
    ("label", "class" ... where it is not given). Where all labels are numbers and a file of names lies beside the tars,
    such as classes.txt, these are the classes. Rows keep the order of the tars; by folders they are sorted. Of a folder
    with the folders train, val and test, of tars each, these are the parts.

    Parameters
    ----------
    given : path or list of paths
        What `tar_paths` takes: one tar, several, a folder of them, "part-{000..009}.tar".
    label : str, optional
        The field of KEY.json that is the label.
    labelled : bool
        Without it all pictures are listed, in the order of the tars.

    Raises
    ------
    DataError
        If there is no picture, if a picture has no label or two, if a tar is packed or not whole, and what
        `list_class_folders` raises.
    ResourceError
        If a tar cannot be read.
    """
    paths = tar_paths(given)
    parts = [] if isinstance(given, list | tuple) else part_folders(as_path(given))
    shards = [read_shard(path, path.parent.name if path.parent in parts else "") for path in paths]
    root = str(parts[0].parent if parts else paths[0] if len(paths) == 1 else paths[0].parent)
    where = printable(root)
    count = sum(len(shard.pictures) for shard in shards)
    if not count:
        others = [name for shard in shards for name in shard.others]
        raise DataError(f"{where}: expected pictures in the tar, found none{f', but {some(others)}' if others else ''}")
    several = len(paths) > 1
    if not labelled:
        told(f"{where}: {many(count, 'picture')} in {many(len(paths), 'tar')}")
        return Listing(root, tuple(_place(shard, name, several) for shard in shards for name in shard.pictures))
    extension = _extension(shards, label)
    if extension:
        return _by_rows(root, shards, extension, label, told)
    return _by_folders(root, shards, told)


def _place(shard: Shard, name: str, several: bool) -> Place:
    shown_name = "/".join(filter(None, (shard.part, shard.path.name if several else "", name)))
    return Place(str(shard.path), printable(shown_name), *shard.pictures[name])


def _extension(shards: list[Shard], label: str | None) -> str:
    """Tell by the first tar with pictures what labels stand in; an empty string means folders."""
    shard = next(shard for shard in shards if shard.pictures)
    rows = row_pictures(shard) if shard.labels else {}
    beside = {extension: [row for row in rows if row in labels] for extension, labels in shard.labels.items()}
    if beside.get("cls") and label is None:
        return "cls"
    if beside.get("json"):
        found = shard.read_labels("json", beside["json"][:1])[0]
        if label is not None or not isinstance(found, dict) or _field(found) is not None:
            return "json"
    folders = {name.rpartition("/")[0] for name in shard.pictures}
    return "txt" if beside.get("txt") and len(folders) == 1 else ""


def _field(fields: dict[str, Any]) -> str | None:
    return next((name for name in USUAL["label"] if name in fields), None)


def _by_rows(root: str, shards: list[Shard], extension: str, label: str | None, told: Told) -> Listing:
    places: list[Place] = []
    labels: list[str] = []
    left = 0
    for shard in shards:
        pictures = row_pictures(shard)
        left += len(shard.pictures) - len(pictures)
        bare = [name for row, name in pictures.items() if row not in shard.labels[extension]]
        if bare:
            raise DataError(f"{shard.path}: {many(len(bare), 'picture')} without .{extension} beside: {some(bare)}")
        labels += _labels(shard, extension, list(pictures), label)
        places += [_place(shard, name, len(shards) > 1) for name in pictures.values()]
    where = printable(root)
    folders = dict.fromkeys([*(shard.path.parent for shard in shards), Path(root)])
    listed = class_list(folders) if are_numbers(labels) else None
    if listed:
        labels = named(labels, *listed)
        told(f"{where}: class names from {printable(listed[0].name)}")
    y, classes = number_classes(labels)
    told(f"{where}: {many(len(y), 'picture')} of {shares(y, classes)} in {many(len(shards), 'tar')}, by .{extension}")
    tell_case(classes, told)
    if left:
        told(f"left out {many(left, 'picture')} with two endings, such as KEY.seg.png")
    parts = [part_of(shard.part) for shard in shards for _ in row_pictures(shard)]
    split = np.array(parts) if all(parts) else None
    return check_parts(Listing(root, tuple(places), y, classes, split))


def _labels(shard: Shard, extension: str, keys: list[Key], label: str | None) -> list[str]:
    labels, wrong = [], []
    for key, value in zip(keys, shard.read_labels(extension, keys), strict=True):
        if isinstance(value, dict):
            value = value.get(label or _field(value))
        text = as_label(value) if isinstance(value, str | int | float) else None
        if text is None:
            wrong.append(f"{'/'.join(filter(None, key))}.{extension} ({shown(value, 40)})")
        labels.append(text or "")
    if wrong:
        raise DataError(
            f"{shard.path}: {many(len(wrong), 'row')} without a label, a string or a whole number: {some(wrong)}; mend "
            "them, or for .json name the field: label='...'"
        )
    return labels


def _by_folders(root: str, shards: list[Shard], told: Told) -> Listing:
    wrapper = _wrapper(shards)
    places: dict[str, deque[Place]] = defaultdict(deque)  # tars may hold files of one name
    found = Found()
    for shard in shards:
        part = shard.part and f"{shard.part}/"
        for name in shard.pictures:
            places[part + name.removeprefix(wrapper)].append(_place(shard, name, len(shards) > 1))
        found.folders += [part + name.removeprefix(wrapper) for name in shard.folders if name + "/" != wrapper]
        found.folders += [shard.part] if part else []
        found.others += [part + name.removeprefix(wrapper) for name in shard.others]
    found.files = in_order(name for name, held in places.items() for _ in held)
    found.folders = in_order(set(found.folders))
    ordered = sort_by_class(root, found, told)
    listed = tuple(places[name].popleft() for name in ordered.names)
    return check_parts(Listing(root, listed, np.asarray(ordered.y), ordered.class_names, ordered.split))


def _wrapper(shards: list[Shard]) -> str:
    """Give the one folder that all pictures lie in, in folders of their own, with a slash; else an empty string."""
    names = [name for shard in shards for name in shard.pictures]
    first = names[0].partition("/")[0] + "/"
    inside = {name.removeprefix(first).partition("/")[0] for name in names if name.count("/") > 1}
    whole = all(name.startswith(first) and name.count("/") > 1 for name in names)
    return first if whole and len(inside) > 1 and part_of(first[:-1]) is None else ""
