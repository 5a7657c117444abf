"""Tables as columns of values: CSV and TSV without other packages, Parquet, and pandas' DataFrames."""

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from foveal.core.errors import DataError, ResourceError
from foveal.data.images.listing.names import is_picture, printable, some
from foveal.data.images.listing.walk import existing_file

#: Endings of tables, and of files that hold tables which are not read.
TABLES = frozenset(["csv", "tsv", "tab", "parquet", "pq"])
#: Characters of a cell at most, where Python takes 131,072: a table may hold whole texts.
LARGEST_CELL = 2**28
OTHER_TABLES = frozenset(["xlsx", "xls", "ods", "json", "jsonl", "feather", "arrow", "db", "sqlite"])


@dataclass(frozen=True)
class Table:
    """A table by its columns.

    where : what messages call it.
    folder : what paths in it are relative to.
    names : of the columns.
    column : gives a column's values by its name; what is missing is None.
    rows : how people find each row: its line in a text file, else its number from 0.
    row_word : "line" or "row".
    problems : rows that are not among the values, with what is wrong.
    """

    where: str
    folder: str
    names: tuple[str, ...]
    column: Callable[[str], Sequence[Any]]
    rows: Sequence[int]
    row_word: str
    problems: list[tuple[int, str]] = field(default_factory=list)


def is_frame(given: object) -> bool:
    """Tell whether something is a DataFrame, without importing pandas."""
    return hasattr(given, "columns") and hasattr(given, "iloc")


def read_table(given: Any) -> Table:
    """Read a table from a file, or take a DataFrame.

    The first line of a CSV file names its columns; it is written in UTF-8, with or without a byte order mark. Its cells
    are separated by commas, by semicolons where the first line has no comma, by tabs where it has none of these; those
    of a .tsv or .tab file by tabs. Quoted cells may hold separators, quotes and ends of lines. Empty lines count for
    nothing.

    Raises
    ------
    DataError
        For files of other kinds, other encodings, damaged ones, and names of columns that are missing or there twice.
    ResourceError
        If a file cannot be read, or Parquet without pyarrow.
    """
    if is_frame(given):
        return _frame(given)
    path = Path(existing_file(given))
    ending = path.suffix.lower().lstrip(".")
    if ending not in TABLES:
        raise DataError(f"{printable(str(path))}: expected a table in CSV, TSV or Parquet; save it as CSV")
    return _parquet(path) if ending in ("parquet", "pq") else _text(path, ending)


def _frame(frame: Any) -> Table:
    names = _checked("the DataFrame", [str(name) for name in frame.columns])
    columns = dict(zip(names, frame.columns, strict=True))

    def column(name: str) -> list[Any]:
        values = frame[columns[name]]
        return list(values.astype(object).where(values.notna(), None))

    return Table("the DataFrame", str(Path.cwd()), names, column, range(len(frame)), "row")


def _parquet(path: Path) -> Table:
    where = printable(str(path))
    try:
        from pyarrow import ArrowException, parquet
    except ImportError as error:
        raise ResourceError(f'{where}: Parquet needs pyarrow: pip install "foveal[tables]"') from error
    try:
        with path.open("rb") as file, parquet.ParquetFile(file) as opened:
            names, count = opened.schema_arrow.names, opened.metadata.num_rows
    except OSError as error:
        raise _unreadable(where, error) from error
    except ArrowException as error:
        raise DataError(f"{where}: is no whole Parquet file ({error}); write it again") from error

    def column(name: str) -> list[Any]:
        values: list[Any] = parquet.read_table(str(path), columns=[name], partitioning=None)[name].to_pylist()
        return [None if value != value else value for value in values]  # not a number

    return Table(where, str(path.parent), _checked(where, names), column, range(count), "row")


def _text(path: Path, ending: str) -> Table:
    where = printable(str(path))
    text = _decoded(where, path)
    header = next((line for line in io.StringIO(text) if line.strip()), "")
    separator = "\t" if ending in ("tsv", "tab") else next((sign for sign in ",;\t" if sign in header), ",")
    rows, lines = _rows(where, text, separator)
    if not rows:
        raise DataError(f"{where}: is empty; the first line must name the columns, such as path,label")
    first = [name.strip() for name in rows[0]]
    if any(map(is_picture, first)):
        raise DataError(f"{where}: the first line must name the columns, such as path,label, found {some(first)}")
    names = _checked(where, first)
    short = [row for row in range(1, len(rows)) if len(rows[row]) != len(names)]
    problems = [(lines[row], f"{len(rows[row])} cells, the first line has {len(names)}") for row in short]
    wrong = set(short)
    kept = [row for row in range(1, len(rows)) if row not in wrong]
    place = {name: number for number, name in enumerate(names)}

    def column(name: str) -> list[str]:
        return [rows[row][place[name]] for row in kept]

    return Table(where, str(path.parent), names, column, [lines[row] for row in kept], "line", problems)


def _rows(where: str, text: str, separator: str) -> tuple[list[list[str]], list[int]]:
    """Give the rows that are not empty, and the line that each begins on."""
    rows, lines, line = [], [], 1
    before = csv.field_size_limit(LARGEST_CELL)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        for row in reader:
            if row:
                rows.append(row)
                lines.append(line)
            line = reader.line_num + 1
    except csv.Error as error:
        raise DataError(
            f"{where}: line {line} cannot be read ({error}); mend its quotes, or save the table anew"
        ) from error
    finally:
        csv.field_size_limit(before)
    return rows, lines


def _decoded(where: str, path: Path) -> str:
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise _unreadable(where, error) from error
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise DataError(f"{where}: is written in UTF-16; save the table as UTF-8")
    try:
        return raw.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise DataError(
            f"{where}: line {line} is not UTF-8 (byte {raw[error.start]:#04x}); save the table as UTF-8"
        ) from error


def _checked(where: str, names: Sequence[str]) -> tuple[str, ...]:
    twice = sorted({name for name in names if name and names.count(name) > 1})
    if twice:
        raise DataError(f"{where}: two columns are named {some(twice)}; give each its own name")
    if not any(names):
        raise DataError(f"{where}: no column has a name; the first line must name them, such as path,label")
    return tuple(names)


def _unreadable(where: str, error: OSError) -> ResourceError:
    return ResourceError(f"{where}: cannot be read ({error.strerror}); check the path and its permissions")
