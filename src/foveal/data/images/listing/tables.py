"""A table of paths, with labels or numbers to learn beside them, as a listing."""

import os
from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import numpy as np

from foveal.core.errors import DataError, ParameterError
from foveal.data.images.listing.cells import (
    Read,
    joined,
    read_flags,
    read_groups,
    read_labels,
    read_numbers,
    read_parts,
    read_seconds,
    read_words,
)
from foveal.data.images.listing.given_y import Y
from foveal.data.images.listing.labels import number_classes, shares, tell_case
from foveal.data.images.listing.names import PICTURES, Sort, many
from foveal.data.images.listing.places import check_some_exist, path_problem, place_of
from foveal.data.images.listing.splits import check_parts
from foveal.data.images.listing.table_columns import Columns, find_columns
from foveal.data.images.listing.table_files import Table, read_table
from foveal.data.images.listing.walk import existing_folder
from foveal.data.images.records import Listing, Place, Told, silent

#: So many rows with problems are written out.
_MOST = 10
#: What is known of a row beside its path.
_Known = tuple[Hashable, ...]


def list_table(
    given: Any,
    *,
    path: str | None = None,
    label: str | None = None,
    labels: str | Sequence[str] | None = None,
    target: str | Sequence[str] | None = None,
    split: str | None = None,
    group: str | None = None,
    root: str | os.PathLike[str] | None = None,
    start: str | None = None,
    stop: str | None = None,
    sort: Sort = PICTURES,
    labelled: bool = True,
    told: Told = silent,
) -> Listing:
    r"""List the pictures of a table, in its order; or its files of another sort.

    Parameters
    ----------
    given : path or DataFrame
        What `read_table` takes. Paths in it are absolute, or relative to `root`, which is the table's folder unless it
        is given; for a DataFrame it is the current folder.
    path, label, labels, target, split, group : str, optional
        Names of columns, by the usual names (`table_columns.USUAL`) where they are not given. `labels` is a list of
        columns of 0 and 1, or one column of several labels a row, with | or ; between them. `target` is one or several
        columns of numbers.
    start, stop : str, optional
        Columns of the seconds of a video that a row is about, where the sort is not pictures: a file may then stand in
        several rows with other seconds.
    labelled : bool
        Without it labels and targets are left where they are: to predict, or for a pattern of names.

    A label is a text without the space around it, in Unicode's form NFC; the order is that of `number_classes`. A file
    that is there twice with the same in all columns is kept once, which is told.

    Raises
    ------
    DataError
        For rows that cannot be used, all told together by their lines: an empty path, label or group, a number that is
        none, a word for the split that means nothing, a file again with another label. If no file is there. And what
        `read_table`, `find_columns` and `check_parts` raise.

    >>> import tempfile
    >>> from pathlib import Path
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     Path(folder, "1.png").touch()
    ...     table = Path(folder, "table.csv")
    ...     _ = table.write_text("file,species\n1.png,dog\n2.png,cat\n")
    ...     listing = list_table(table, label="species")
    >>> [place.name for place in listing.places], listing.y.tolist(), listing.class_names
    (['1.png', '2.png'], [1, 0], ('cat', 'dog'))
    """
    table = read_table(given)
    base = existing_folder(table.folder if root is None else root)
    columns = find_columns(
        table, path=path, label=label, labels=labels, target=target, split=split, group=group, start=start, stop=stop,
        timed=sort is not PICTURES, labelled=labelled,
    )  # fmt: skip
    told(f"{table.where}: {columns.sentence()}")
    reads = _read(table, columns)
    problems = table.problems + [(table.rows[row], words) for _, found in reads.values() for row, words in found]
    kept, places = _places(table, columns.path, base, {name: found[0] for name, found in reads.items()}, problems, told)
    _refuse(table, problems)
    if not places:
        raise DataError(f"{table.where}: has no rows; give it one a {sort.word}")
    check_some_exist(table.where, base, places)
    known = {name: [values[row] for row in kept] for name, (values, _) in reads.items()}
    y, classes = _y(known.get("y"), columns)
    _tell(table, len(places), y, classes, told, sort)
    parts, groups = (np.array(known[name]) if name in known else None for name in ("split", "group"))
    spans = None
    if columns.start is not None or columns.stop is not None:
        spans = np.array([known.get(name, [np.nan] * len(kept)) for name in ("start", "stop")]).T
    return check_parts(Listing(base, tuple(places), y, classes, parts, groups, spans))


def _read(table: Table, columns: Columns) -> dict[str, Read]:
    """Read the columns beside the paths: "y", "split", "group", "start" and "stop", as far as there are some."""
    found = {}
    if columns.label is not None:
        found["y"] = read_labels(table.column(columns.label), columns.label)
    elif columns.words is not None:
        values = table.column(columns.words)
        found["y"] = read_words(values, columns.words, _separator(table, columns.words, values))
    elif columns.labels or columns.target:
        read = read_flags if columns.labels else read_numbers
        found["y"] = joined([read(table.column(name), name) for name in columns.labels or columns.target])
    if columns.split is not None:
        found["split"] = read_parts(table.column(columns.split), columns.split)
    if columns.group is not None:
        found["group"] = read_groups(table.column(columns.group), columns.group)
    times = {"start": columns.start, "stop": columns.stop}
    return found | {name: read_seconds(table.column(of), of) for name, of in times.items() if of is not None}


def _separator(table: Table, column: str, values: Sequence[Any]) -> str:
    signs = [sign for sign in "|;" if any(sign in value for value in values if isinstance(value, str))]
    if len(signs) > 1:
        raise DataError(f"{table.where}: column {column!r} has both | and ; between labels; write one of them")
    return signs[0] if signs else "|"


def _places(
    table: Table,
    column: str,
    root: str,
    known: Mapping[str, Sequence[Any]],
    problems: list[tuple[int, str]],
    told: Told,
) -> tuple[list[int], list[Place]]:
    """Give the rows to keep and their places; adds what is wrong with paths to the problems."""
    first: dict[_Known, int] = {}
    times = [known[name] for name in ("start", "stop") if name in known]
    kept, places, again = [], [], 0
    for row, value in enumerate(table.column(column)):
        text = "" if value is None else str(value)
        why = path_problem(text)
        if why:
            problems.append((table.rows[row], f"{column} is {'empty' if not text.strip() else f'{text!r}, {why}'}"))
            continue
        place = place_of(root, text)
        before = first.setdefault((place.name, *map(str, _known(times, row))), row)
        if before == row:
            kept.append(row)
            places.append(place)
        elif _same(known, row, before):
            again += 1
        else:
            line = f"{table.row_word} {table.rows[before]}"
            problems.append((table.rows[row], f"{place.name!r} stands in {line} with another label, split or group"))
    if again:
        told(f"{table.where}: left out {many(again, 'row')} that name a file again, with the same beside it")
    return kept, places


def _known(known: Sequence[Sequence[Any]], row: int) -> _Known:
    return tuple(values[row] for values in known)


def _same(known: Mapping[str, Sequence[Any]], row: int, other: int) -> bool:
    """Tell whether two rows say the same; of seconds that is known."""
    return all(known[name][row] == known[name][other] for name in ("y", "split", "group") if name in known)


def _refuse(table: Table, problems: list[tuple[int, str]]) -> None:
    if not problems:
        return
    rows = len({row for row, _ in problems})
    first = "; ".join(f"{table.row_word} {row}: {words}" for row, words in sorted(problems)[:_MOST])
    more = f"; and {len(problems) - _MOST:,} more" if len(problems) > _MOST else ""
    raise DataError(f"{table.where}: {many(rows, 'row')} cannot be used: {first}{more}; mend them or take them out")


def _y(values: Sequence[Any] | None, columns: Columns) -> tuple[Y | None, tuple[str, ...] | None]:
    if values is None:
        return None, None
    if columns.label is not None:
        return number_classes(values)
    if columns.labels:
        return np.array(values, np.uint8), columns.labels
    if columns.target:
        y = np.array(values, np.float64)
        return (y[:, 0] if len(columns.target) == 1 else y), None
    flat = [word for row in values for word in row]
    if not flat:
        raise ParameterError(f"labels={columns.words!r}: no row has a label; name another column")
    numbers, classes = number_classes(flat)
    y = np.zeros((len(values), len(classes)), np.uint8)
    y[np.repeat(np.arange(len(values)), [len(row) for row in values]), numbers] = 1
    return y, classes


def _tell(table: Table, count: int, y: Y | None, classes: tuple[str, ...] | None, told: Told, sort: Sort) -> None:
    if classes is None or y is None:
        told(f"{table.where}: {many(count, sort.word)}")
        return
    numbers = y if y.ndim == 1 else np.nonzero(y)[1]
    told(f"{table.where}: {many(count, sort.word)} of {shares(numbers, classes)}")
    tell_case(classes, told)
