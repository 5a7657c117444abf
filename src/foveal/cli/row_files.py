"""Rows as files that other programs read: CSV, JSON lines, Parquet; some rows at a time, in bounded memory."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice
from pathlib import Path
from typing import Any, NamedTuple

from foveal.cli.output import to_json
from foveal.core.errors import ParameterError, ResourceError
from foveal.core.files import whole_file, write_atomically

Row = dict[str, Any]
ENDINGS = {"csv": "csv", "jsonl": "jsonl", "ndjson": "jsonl", "parquet": "parquet", "pq": "parquet"}
#: Endings of tables that are not written: a file of that name would hold something else.
_OTHERS = ("xls", "xlsx", "ods", "json", "tsv", "feather", "arrow", "npy", "npz", "h5", "pkl", "db", "sqlite")
#: Rows that are made text, or a row group of Parquet, together.
_TOGETHER = 2**16


class Column(NamedTuple):
    """A column of a table: its name, and what it holds, in pyarrow's words: "string", "int64", "double" ..."""

    name: str
    holds: str


def form_of(out: Path | None, form: str | None) -> str:
    """Choose the form of a file: the one that is asked for, else the one its name ends in, else CSV.

    Raises `ParameterError` where the name ends as another kind of table and no form is asked for.

    >>> form_of(Path("p.JSONL"), None), form_of(Path("p.txt"), None), form_of(Path("p.txt"), "jsonl")
    ('jsonl', 'csv', 'jsonl')
    """
    ending = "" if out is None else out.suffix[1:].lower()
    if form is None and ending in _OTHERS:
        raise ParameterError(
            f"--out must end in .csv, .jsonl or .parquet, got {str(out)!r}; choose one of them, or say --format csv"
        )
    return form or ENDINGS.get(ending, "csv")


def check_form(form: str) -> None:
    """Refuse Parquet where nothing writes it; raises `ResourceError`."""
    if form == "parquet":
        _parquet()


def flat(row: Row) -> Row:
    """Give several values or labels, and every probability, a column each; what a set holds shares one, after "|".

    >>> flat({"prediction": [1, 0], "probabilities": {"cat": 0.5}})
    {'prediction_0': 1, 'prediction_1': 0, 'p_cat': 0.5}
    >>> flat({"set": ("cat", "dog")})
    {'set': 'cat|dog'}
    """
    columns: Row = {}
    for name, value in row.items():
        if isinstance(value, list):
            columns |= {f"{name}_{i}": v for i, v in enumerate(value)}
        elif isinstance(value, tuple):
            columns[name] = "|".join(map(str, value))
        elif isinstance(value, dict):
            columns |= {f"p_{label}": chance for label, chance in value.items()}
        else:
            columns[name] = value
    return columns


def texts(rows: Iterable[Row], columns: Sequence[Column], form: str) -> Iterator[str]:
    """Give rows as text, in CSV the names of the columns first; what a row has not is empty, in JSON null."""
    names = [column.name for column in columns]
    head = [text_of([names])] if form == "csv" else []

    def text(some: list[Row]) -> str:
        if form == "jsonl":
            return "".join(to_json(row, indent=None) + "\n" for row in some)
        return text_of([[each.get(name) for name in names] for each in map(flat, some)])

    return chain(head, map(text, parts(rows)))


def text_of(cells: Iterable[Sequence[Any]]) -> str:
    r"""Write cells as CSV; those with commas, quotes and ends of lines are quoted.

    >>> text_of([["a,b", None, 0.5]])
    '"a,b",,0.5\n'
    """
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(cells)
    return text.getvalue()


def write_rows(out: Path, rows: Iterable[Row], columns: Sequence[Column], form: str) -> None:
    """Write rows to a file, which is whole or not there; the same rows are the same bytes."""
    if form != "parquet":
        write_atomically(out, (text.encode() for text in texts(rows, columns, form)))
        return
    pyarrow, parquet = _parquet()
    schema = pyarrow.schema([(column.name, getattr(pyarrow, column.holds)()) for column in columns])
    with whole_file(out) as file, parquet.ParquetWriter(file, schema) as writer:
        for some in parts(rows):
            flattened = list(map(flat, some))
            arrays = [
                pyarrow.array([row.get(field.name) for row in flattened], field.type, from_pandas=False)
                for field in schema
            ]
            writer.write_table(pyarrow.table(arrays, schema), row_group_size=_TOGETHER)


def parts(rows: Iterable[Row]) -> Iterator[list[Row]]:
    """Give rows some at a time."""
    left = iter(rows)
    while some := list(islice(left, _TOGETHER)):
        yield some


def _parquet() -> Any:
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError as error:
        raise ResourceError(
            'Parquet needs pyarrow: pip install "foveal[tables]"; or choose a file that ends in .csv or .jsonl'
        ) from error
    return pyarrow, parquet
