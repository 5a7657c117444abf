"""Tables of texts and their translations as a data set, and files of texts to translate."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from foveal.core.errors import DataError, FovealError, ParameterError, ResourceError
from foveal.data.dataset import Dataset
from foveal.data.images.listing.cells import is_missing, read_parts
from foveal.data.images.listing.names import some
from foveal.data.images.listing.table_files import Table, read_table
from foveal.data.images.progress import Progress
from foveal.data.text.pair_rule import is_of_pairs

_TABLES = (".csv", ".tsv", ".parquet")
_TAKEN = ("source", "target", "split", "input_rule")


def is_of_translations(source: str, reading: Mapping[str, Any]) -> bool:
    """Tell whether a path is a table of texts and translations: by what is said, or by columns source and target."""
    if is_of_pairs(reading.get("input_rule")) or {"source", "target"} <= reading.keys():
        return True
    path = Path(source)
    if path.suffix.lower() not in _TABLES or not path.is_file():
        return False
    try:
        return {"source", "target"} <= set(read_table(path).names)
    except FovealError:  # what is wrong with it is told where it is read
        return False


def translations_dataset(source: str, reading: Mapping[str, Any], progress: Progress) -> Dataset:
    """Read the columns of sources and targets, and give the parts that a column split names.

    A row without a source or a target is an error that names it.
    """
    from foveal.data.text.pairs import Pairs  # which loads torch

    strange = next((name for name in reading if name not in _TAKEN), None)
    if strange is not None:
        raise ParameterError(f"{strange}= says nothing of {source}, which holds translations; leave it out")
    if Path(source).suffix.lower() not in _TABLES:
        raise DataError(f"{source}: translations are read from a table (.csv, .tsv, .parquet) of two columns")
    table = read_table(source)
    if table.problems:
        row, wrong = table.problems[0]
        raise DataError(f"{table.where}, {table.row_word} {row}: {wrong}; correct it")
    texts, others = (_column(table, str(reading.get(side, side))) for side in ("source", "target"))
    progress.say(f"{table.where}: {len(texts):,} texts and their translations")
    X, y = Pairs.of(texts, others), np.array(others, object)
    name, split = Path(source).stem, reading.get("split", "split" if "split" in table.names else None)
    if split is None:
        return Dataset(name, X, y)
    found, problems = read_parts(table.column(str(split)), str(split))
    if problems:
        raise DataError(f"{table.where}, {table.row_word} {table.rows[problems[0][0]]}: {problems[0][1]}; correct it")
    rows = {part: np.flatnonzero(np.array(found) == part) for part in ("train", "valid", "test")}
    if not len(rows["train"]):
        raise DataError(f"{table.where}: no row is of the part train; say which are to learn from")
    X_of: dict[str, Any] = {part: X.chosen(its) if len(its) else None for part, its in rows.items()}
    y_of: dict[str, Any] = {part: y[its] if len(its) else None for part, its in rows.items()}
    return Dataset(
        name,
        X_of["train"],
        y_of["train"],
        X_of["test"],
        y_of["test"],
        X_valid=X_of["valid"],
        y_valid=y_of["valid"],
    )


def _column(table: Table, name: str) -> list[str]:
    if name not in table.names:
        raise DataError(
            f"{table.where}: has no column {name!r}, but {some(table.names, 20)}; say which with --read source=COLUMN "
            "--read target=COLUMN"
        )
    values = list(table.column(name))
    for row, value in enumerate(values):
        if is_missing(value):
            raise DataError(f"{table.where}, {table.row_word} {table.rows[row]}: {name} is empty; leave the row out")
    return [str(value) for value in values]


def lines_of(path: Path) -> Iterator[str]:
    """Give the lines of a file of texts, one after the other."""
    try:
        with path.open(encoding="utf-8-sig") as file:
            for line in file:
                yield line.rstrip("\n")
    except UnicodeDecodeError as error:
        raise DataError(f"{path}: is no text in UTF-8 ({error.reason}); save it as UTF-8") from error
    except OSError as error:
        raise ResourceError(f"{path}: cannot be read ({error.strerror}); give permission, or another file") from error
