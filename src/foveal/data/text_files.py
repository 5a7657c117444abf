"""Folders and tables of texts as a data set: what trains, validates and tests."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from foveal.core.errors import DataError, FovealError, ParameterError, ResourceError
from foveal.data.dataset import Dataset
from foveal.data.images.listing.cells import (
    is_missing,
    joined,
    read_flags,
    read_groups,
    read_labels,
    read_numbers,
    read_parts,
)
from foveal.data.images.listing.names import is_hidden, part_of, some
from foveal.data.images.listing.table_columns import USUAL, Columns, find_columns
from foveal.data.images.listing.table_files import Table, read_table
from foveal.data.images.progress import Progress
from foveal.data.text.row_rule import is_of_rows
from foveal.data.text.texts import Texts

#: The usual names of a column of texts.
TEXT_COLUMNS = ("text", "texts", "sentence", "review", "content", "body", "document", "message", "comment", "snippet")
_TAKEN = ("text", "label", "labels", "target", "split", "group", "input_rule")
_TABLES = (".csv", ".tsv", ".parquet")
#: Files that are looked at for one that is a text.
_LOOKED_AT = 1000


def is_of_texts(source: str, reading: Mapping[str, Any]) -> bool:
    """Tell whether a path is texts: a table with a column of them, a folder of .txt files, or what a model says."""
    if "text" in reading or is_of_rows(reading.get("input_rule")):
        return True
    path = Path(source)
    if path.is_dir():
        return _first_ending(path) == ".txt"
    if path.suffix.lower() not in _TABLES or not path.is_file():
        return path.suffix.lower() == ".txt" and path.is_file()
    try:
        names = [_plain(name) for name in read_table(path).names]
    except FovealError:  # what is wrong with it is told where it is read
        return False
    return any(name in TEXT_COLUMNS for name in names) and not any(name in USUAL["path"] for name in names)


class TextRows(NamedTuple):
    """Texts as they are read, of all parts: `split` and `groups` are None where nothing is said."""

    texts: list[str]
    y: Any
    class_names: tuple[str, ...] | None
    split: Any
    groups: Any
    names: list[str]


def texts_dataset(source: str, reading: Mapping[str, Any], progress: Progress) -> Dataset:
    """Read texts and their labels, and give the parts that their split names; without one all are to learn from."""
    read = read_texts(source, reading, progress)
    name = Path(source).resolve().name if Path(source).is_dir() else Path(source).stem
    X = Texts(read.texts)
    if read.split is None:
        return Dataset(name, X, read.y, class_names=read.class_names, groups=read.groups)
    return _parts(name, X, read.y, read.split, read.class_names, read.groups)


def read_texts(source: str, reading: Mapping[str, Any], progress: Progress) -> TextRows:
    """Read texts, with what is known of each.

    A table has a column of texts, named by text=, else by a usual name, and labels as tables of pictures have them. A
    folder has a folder for each class, with a text in each file that ends in .txt, perhaps within train, valid and
    test.
    """
    strange = next((name for name in reading if name not in _TAKEN), None)
    if strange is not None:
        raise ParameterError(f"{strange}= says how pictures are read, and {source} holds texts; leave it out")
    if Path(source).is_dir():
        return _of_folder(Path(source), progress)
    return _of_table(read_table(source), reading, progress)


def texts_to_predict(source: str, column: str | None = None) -> tuple[Sequence[str], list[str]]:
    """Give names of texts, and the texts: of a table, a folder, or a file, whose lines they are."""
    path = Path(source)
    if path.is_dir():
        files = _files(path)
        return [file.relative_to(path).as_posix() for file in files], [_read(file) for file in files]
    if path.suffix.lower() in _TABLES:
        table = read_table(path)
        return [f"{table.row_word} {row}" for row in table.rows], _texts(table, _text_column(table, column, ()))
    lines = _read(path).splitlines()
    return [f"line {number}" for number in range(1, len(lines) + 1)], lines


def _of_table(table: Table, reading: Mapping[str, Any], progress: Progress) -> TextRows:
    given: dict[str, Any] = {key: reading.get(key) for key in ("label", "labels", "target", "split", "group")}
    named = [str(value) for value in given.values() if isinstance(value, str)]
    text = _text_column(table, reading.get("text"), named)
    columns = find_columns(table, path=text, **given)
    progress.say(f"{table.where}: {columns.sentence().replace('paths', 'texts', 1)}")
    y, class_names = _targets(table, columns)
    split = None if columns.split is None else _sound(table, read_parts(table.column(columns.split), columns.split))
    groups = None if columns.group is None else _sound(table, read_groups(table.column(columns.group), columns.group))
    names = [f"{table.row_word} {row}" for row in table.rows]
    return TextRows(_texts(table, text), y, class_names, None if split is None else np.array(split), groups, names)


def _parts(name: str, X: Texts, y: Any, split: Any, class_names: Any, groups: Any = None) -> Dataset:
    rows = {part: np.flatnonzero(split == part) for part in ("train", "valid", "test")}
    if not len(rows["train"]):
        raise DataError(f"{name}: no text is of the part train; say which are to learn from")
    X_of = {part: X.chosen(its) if len(its) else None for part, its in rows.items()}
    y_of = {part: y[its] if len(its) else None for part, its in rows.items()}
    return Dataset(
        name,
        X.chosen(rows["train"]),
        y[rows["train"]],
        X_of["test"],
        y_of["test"],
        class_names,
        X_of["valid"],
        y_of["valid"],
        None if groups is None else groups[rows["train"]],
    )


def _targets(table: Table, columns: Columns) -> tuple[Any, tuple[str, ...] | None]:
    if columns.target:
        values = _sound(table, joined([read_numbers(table.column(name), name) for name in columns.target]))
        return np.array(values.tolist(), float).squeeze(1) if len(columns.target) == 1 else np.array(
            values.tolist()
        ), None
    if columns.labels:
        flags = _sound(table, joined([read_flags(table.column(name), name) for name in columns.labels]))
        return np.array(flags.tolist()), columns.labels
    if columns.words is not None:
        raise ParameterError(
            f"labels={columns.words!r} names one column of several labels; for texts give a column of 0 and 1 for each "
            "label, labels=('a', 'b')"
        )
    assert columns.label is not None  # noqa: S101  (find_columns has seen to it)
    return np.array(_sound(table, read_labels(table.column(columns.label), columns.label)).tolist()), None


def _sound(table: Table, read: tuple[list[Any], list[tuple[int, str]]]) -> Any:
    """Give the values of a column as an array of objects; the first row with a problem is an error."""
    values, problems = read
    if problems:
        row, wrong = problems[0]
        more = f" (and {len(problems) - 1:,} more)" if len(problems) > 1 else ""
        raise DataError(
            f"{table.where}, {table.row_word} {table.rows[row]}: {wrong}{more}; correct it, or leave it out"
        )
    found = np.empty(len(values), object)
    found[:] = values
    return found


def _texts(table: Table, column: str) -> list[str]:
    """Give the texts of a column; an empty cell is an empty text."""
    return ["" if is_missing(value) and not isinstance(value, str) else str(value) for value in table.column(column)]


def _text_column(table: Table, named: Any, others: Sequence[str]) -> str:
    """Find the column of texts: the one that is named, else one with a usual name."""
    if table.problems:
        row, wrong = table.problems[0]
        raise DataError(f"{table.where}, {table.row_word} {row}: {wrong}; correct it")
    if named is not None:
        if named not in table.names:
            raise DataError(f"{table.where}: has no column {named!r}, but {some(table.names, 20)}")
        return str(named)
    found = [name for name in table.names if _plain(name) in TEXT_COLUMNS and name not in others]
    known = {word for key in ("label", "split", "group") for word in USUAL[key]}
    left = [name for name in table.names if _plain(name) not in known and name not in others]
    if not found and len(left) == 1:
        return left[0]
    if len(found) != 1:
        what = f"{some(found)} could each hold them" if found else f"it has {some(table.names, 20)}"
        raise DataError(f"{table.where}: which column holds texts? {what}; say --read text=COLUMN, or name it text")
    return found[0]


def _plain(name: str) -> str:
    return name.strip().lower().replace(" ", "_").replace("-", "_")


def _of_folder(folder: Path, progress: Progress) -> TextRows:
    texts, labels, parts, names = [], [], [], []
    for file in _files(folder):
        *above, label = file.relative_to(folder).parts[:-1] or ("",)
        part = part_of(above[0]) if above else None
        if not label or (len(above) - (part is not None)) != 0:
            raise DataError(
                f"{file}: a text must lie in the folder of its class, {folder}/CLASS/{file.name}, perhaps within "
                "train, valid or test; or give a table with --read text=COLUMN"
            )
        texts.append(_read(file))
        names.append(file.relative_to(folder).as_posix())
        labels.append(label)
        parts.append(part or "")
    progress.say(f"{folder}: {len(texts):,} texts of {len(set(labels)):,} classes")
    split = np.array([part or "train" for part in parts]) if any(parts) else None
    return TextRows(texts, np.array(labels), None, split, None, names)


def _files(folder: Path) -> list[Path]:
    found = sorted(file for file in folder.rglob("*.txt") if not any(map(is_hidden, file.relative_to(folder).parts)))
    if not found:
        raise DataError(f"{folder}: holds no text, no file that ends in .txt; give a folder of such, or a table")
    return found


def _first_ending(folder: Path) -> str:
    looked = 0
    for _, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not is_hidden(name))
        for name in sorted(name for name in files if not is_hidden(name)):
            looked += 1
            if looked > _LOOKED_AT or Path(name).suffix.lower() == ".txt":
                return Path(name).suffix.lower()
    return ""


def _read(file: Path) -> str:
    try:
        return file.read_text("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataError(
            f"{file}: is no text in UTF-8 ({error.reason} at byte {error.start}); save it as UTF-8"
        ) from error
    except OSError as error:
        raise ResourceError(f"{file}: cannot be read ({error.strerror}); give permission, or leave it out") from error
