"""Rows out of files as a data set: what trains, validates and tests; and paths that may be pictures."""

import os
from pathlib import Path
from typing import Any

from foveal.data.dataset import Dataset

#: Endings of tables of paths and labels.
TABLES = (".csv", ".tsv", ".parquet", ".tar")


def is_of_pictures(source: str) -> bool:
    """Tell whether a path may be pictures: a folder, a table or tars of them, or a path that is not there.

    >>> [is_of_pictures(source) for source in ("digits", "pictures/cats", "pictures/")]
    [False, True, True]
    """
    path = Path(source)
    named = len(path.parts) > 1 or source.endswith(("/", os.sep))
    return path.is_dir() or path.suffix.lower() in TABLES or named


def parts_of_dataset(source: str, rows: Any) -> Dataset:
    """Give the parts of rows out of files that their split names; without one all are to learn from.

    With masks, y are these, and X may be a list of pictures of their own sizes.
    """
    parts = {"train": rows} if rows.split is None else {
        name: rows.part(name) for name in ("train", "valid", "test") if (rows.split == name).any()
    }  # fmt: skip
    train, valid, test = (parts.get(name) for name in ("train", "valid", "test"))
    assert train is not None  # noqa: S101  (check_parts has seen to it)
    if getattr(rows, "mask_rule", None) is not None:
        y = {name: part.y for name, part in parts.items()}
        return Dataset(Path(source).resolve().stem, train, y["train"], test, y.get("test"), rows.class_names, valid,
                       y.get("valid"))  # fmt: skip
    names = rows.class_names if train.labels().ndim == 2 else None  # else y holds the names
    return Dataset(
        Path(source).resolve().stem,
        train,
        train.labels(),
        test,
        None if test is None else test.labels(),
        names,
        valid,
        None if valid is None else valid.labels(),
    )
