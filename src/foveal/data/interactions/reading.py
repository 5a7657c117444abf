"""Interactions out of tables: DataFrames, CSV, Parquet and RecBole's .inter files, or arrays of columns."""

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from foveal.core.errors import DataError, ParameterError, ResourceError
from foveal.core.rules import did_you_mean, shown
from foveal.data.interactions.columns import NAMES, SEPARATORS, plain_name
from foveal.data.interactions.interactions import Interactions, interactions_of

TABLES = (*SEPARATORS, ".parquet", ".pq")


def read_interactions(
    source: Any, *, user: str | None = None, item: str | None = None, time: str | None = None,
    value: str | None = None, at_least: float | None = None,
) -> Interactions:  # fmt: skip
    """Read interactions.

    Parameters
    ----------
    source : a path that ends in .csv, .tsv, .parquet or .inter; a DataFrame, or another mapping from names to columns;
        or (users, items), (users, items, times), (users, items, times, values): columns, or an array (N, 2 to 4).
        `Interactions` are given back as they are.
    user, item, time, value : names of the columns; None: found by what they are called, `NAMES`. Without a time the
        rows stand in its order.
    at_least : leaves interactions of a smaller value out.

    Raises `DataError` that names the file, the column or the row.

    >>> read_interactions({"user_id": ["a", "a"], "movieId": [3, 5], "timestamp": [1, 2]})
    Interactions(2 of 1 users with 2 items)
    """
    names = {"user": user, "item": item, "time": time, "value": value}
    if isinstance(source, Interactions):
        if given := [name for name, said in (*names.items(), ("at_least", at_least)) if said is not None]:
            raise ParameterError(f"{given[0]}= is for a table, and these interactions are read already; leave it out")
        return source
    columns = columns_of(source, names)
    if at_least is not None:
        columns = _at_least(columns, at_least)
    return interactions_of(columns["user"], columns["item"], columns.get("time"))


def columns_of(source: Any, names: Mapping[str, str | None]) -> dict[str, Any]:
    """Give the columns user, item and, where they are there, time and value, a value a row; `names` as they are said.

    Raises `DataError` that names the file or the column.
    """
    if isinstance(source, str | Path) or hasattr(source, "__fspath__"):
        return _named(_table(Path(source)), names, str(source))
    if hasattr(source, "columns") and hasattr(source, "iloc"):
        return _named({str(name): source[name].to_numpy() for name in source.columns}, names, "the table")
    if isinstance(source, Mapping):
        return _named({str(name): column for name, column in source.items()}, names, "the table")
    if said := [name for name, column in names.items() if column is not None]:
        raise ParameterError(f"{said[0]}= names a column, and columns were given by their places; leave it out")
    return _by_place(source)


def _by_place(source: Any) -> dict[str, Any]:
    """Take columns by their places: users, items, times, values."""
    if isinstance(source, np.ndarray) and source.ndim == 2 and source.shape[1] in (2, 3, 4):
        columns: Sequence[Any] = list(source.T)
    elif isinstance(source, tuple | list) and len(source) in (2, 3, 4) and all(hasattr(c, "__len__") for c in source):
        columns = list(source)
    else:
        raise DataError(
            "interactions must be a table (DataFrame, .csv, .tsv, .parquet, .inter), or columns (users, items, times), "
            f"got {shown(type(source).__name__)}"
        )
    return {name: column for name, column in zip(NAMES, columns, strict=False) if column is not None}


def _named(table: Mapping[str, Any], names: Mapping[str, str | None], whose: str) -> dict[str, Any]:
    """Find the columns by the names that were said, or else by what they are called."""
    found: dict[str, Any] = {}
    plain: dict[str, str] = {plain_name(column): column for column in reversed(list(table))}
    for what, said in names.items():
        if said is not None:
            column = said if said in table else plain.get(plain_name(said))
            if column is None:
                raise DataError(
                    f"{whose} has no column {said!r}{did_you_mean(said, list(table))}; there are {shown(list(table))}"
                )
        else:
            column = next((plain[name] for name in NAMES[what] if name in plain), None)
        if column is not None:
            found[what] = table[column]
        elif what in ("user", "item"):
            raise DataError(
                f"{whose} has no column that is called {what}; there are {shown(list(table))}: say which one it is, "
                f"{what}=NAME"
            )
    return found


def _at_least(columns: dict[str, Any], least: float) -> dict[str, Any]:
    if "value" not in columns:
        raise DataError("at_least= compares values, and there is no column of them; say which one it is, value=NAME")
    try:
        values = np.asarray(columns["value"], np.float64)
    except (TypeError, ValueError) as error:
        raise DataError(f"value must hold numbers ({error})") from error
    kept = np.flatnonzero(values >= least)
    return {name: np.asarray(column)[kept] for name, column in columns.items()}


def _table(path: Path) -> dict[str, Any]:
    ending = path.suffix.lower()
    if ending not in TABLES:
        raise DataError(
            f"{path}: interactions are read from files that end in {', '.join(TABLES)}; rename or convert it"
        )
    if not path.is_file():
        raise DataError(f"there is no file {path}; check its name")
    return _parquet(path) if ending in (".parquet", ".pq") else _separated(path, SEPARATORS[ending])


def _parquet(path: Path) -> dict[str, Any]:
    try:
        from pyarrow import ArrowException, parquet
    except ImportError as error:
        raise ResourceError(f'{path}: Parquet needs pyarrow: pip install "foveal[tables]"') from error
    try:
        table = parquet.read_table(path)
    except (ArrowException, OSError) as error:
        raise DataError(f"{path} cannot be read as Parquet ({error})") from error
    return {name: table.column(name).to_numpy() for name in table.column_names}


def _separated(path: Path, separator: str) -> dict[str, Any]:
    """Read a text table; its first line names the columns."""
    quoting = csv.QUOTE_NONE if path.suffix.lower() == ".inter" else csv.QUOTE_MINIMAL
    columns: list[list[str]] = []
    head: list[str] = []
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.reader(file, delimiter=separator, quoting=quoting)  # type: ignore[arg-type]
            head = next(rows, [])
            columns = [[] for _ in head]
            for row in rows:
                if not row:
                    continue
                if len(row) != len(head):
                    raise DataError(
                        f"{path}: line {rows.line_num} has {len(row)} cells and the first line {len(head)}; correct it"
                    )
                for column, cell in zip(columns, row, strict=True):
                    column.append(cell)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{path} cannot be read as a table of text in UTF-8 ({error})") from error
    if len(set(head)) != len(head):
        raise DataError(f"{path}: a column's name stands twice in its first line, {shown(head)}; rename one")
    return dict(zip(head, columns, strict=True))
