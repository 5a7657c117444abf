"""Whether a source on the command line is interactions: by its name, its ending, or the columns of a table."""

import csv
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from foveal.data.interactions.columns import NAMES, SEPARATORS, plain_name

#: Data sets of interactions that have a name.
NAMED_SETS = ("movielens-100k",)
#: What --read says of a table of interactions.
READ = (*NAMES, "at_least")


def is_of_interactions(source: str, reading: Mapping[str, Any]) -> bool:
    """Tell whether a source is interactions: a named set, a .inter file, or a table with a user and an item.

    `reading` may name the columns. A table with a column of paths is one of files, whatever else it has.

    >>> is_of_interactions("ratings.inter", {}), is_of_interactions("digits", {})
    (True, False)
    """
    path = Path(source)
    if source in NAMED_SETS or path.suffix.lower() == ".inter":
        return True
    if path.suffix.lower() not in (*SEPARATORS, ".parquet", ".pq"):
        return False
    if "user" in reading and "item" in reading:
        return True
    plain = {plain_name(name) for name in _head(path)}
    return not plain & {"path", "file", "text"} and all(plain & set(NAMES[what]) for what in ("user", "item"))


def _head(path: Path) -> list[str]:
    """Give the names of a table's columns, none where it cannot be read: who reads it says why."""
    try:
        if path.suffix.lower() in SEPARATORS:
            with path.open(encoding="utf-8-sig", newline="") as file:
                return next(csv.reader(file, delimiter=SEPARATORS[path.suffix.lower()]), [])
        from pyarrow import parquet

        return list(parquet.read_schema(path).names)
    except (OSError, ValueError, ImportError, csv.Error):  # pyarrow's own errors are ValueError or OSError
        return []
