"""Cleaned tables: the rows that decisions leave, with the labels that they give. Nobody's own files are touched."""

import csv
import io
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from foveal.core.errors import DataError, ParameterError
from foveal.core.files import whole_file, write_atomically
from foveal.core.rules import did_you_mean
from foveal.data.shards import Shards
from foveal.doctor.decisions import Decision
from foveal.doctor.pictures import relative
from foveal.doctor.subject import Subject, blocks

Array = NDArray[Any]

#: What a cleaned file is called, and rows of arrays that are copied at once.
TABLE, ARRAYS = "cleaned.csv", "cleaned.npz"
_BLOCK = 256


def cleaned_name(subject: Subject) -> str:
    """Give the name of the file that will be written."""
    return ARRAYS if subject.sort == "arrays" else TABLE


def clean(subject: Subject, decisions: Sequence[Decision], folder: Path) -> dict[str, Any]:
    """Write what is left into a folder, and say how many rows were kept, dropped and labelled anew.

    Pictures and texts become a table that `foveal train` reads, arrays an .npz file, interactions a table.

    Raises `ParameterError` for rows that have no table, `DataError` for a label that cannot be.
    """
    kept = np.ones(len(subject), bool)
    kept[[decision.row for decision in decisions if decision.action == "drop"]] = False
    labels = {decision.row: decision.label for decision in decisions if decision.action == "relabel"}
    if labels and subject.y is None:
        raise ParameterError("relabel is for rows with one class each, and these have none; keep or drop them")
    path = folder / cleaned_name(subject)
    rows = np.flatnonzero(kept)
    if subject.sort == "arrays":
        _check_arrays(subject)
        with whole_file(path) as file:
            _write_arrays(file, subject, kept, labels)
    else:
        write_atomically(path, _table(subject, rows, labels, folder))
    new = sorted({label for label in labels.values() if label not in subject.classes})
    return {
        "file": str(path),
        "kept": len(rows),
        "dropped": len(subject) - len(rows),
        "relabelled": sum(row in labels for row in rows.tolist()) if labels else 0,
        "new_classes": new,
    }


def _table(subject: Subject, rows: Array, labels: Mapping[int, str], folder: Path) -> Iterator[bytes]:
    """Give the lines of a table, some at a time."""
    columns = _columns(subject, labels, folder)
    yield _line(list(columns))
    for some in blocks(rows):
        yield b"".join(_line([give(row) for give in columns.values()]) for row in some.tolist())


def _columns(subject: Subject, labels: Mapping[int, str], folder: Path) -> dict[str, Any]:
    """Give each column's name, and what gives its cell of a row."""
    if subject.sort == "interactions":
        return {name: (lambda row, column=column: column[row]) for name, column in subject.columns.items()}
    columns = _held(subject, folder)
    if subject.y is not None:
        columns["label"] = lambda row: labels.get(row, subject.label(row))
    elif (targets := subject.targets) is not None:
        if np.ndim(targets) != 1:
            raise ParameterError("a cleaned table is of one label or target a row, and these have several")
        columns["target"] = lambda row: targets[row]
    if subject.part is not None:
        columns["split"] = subject.part_of
    if (groups := subject.groups) is not None:
        columns["group"] = lambda row: groups[row]
    return columns


def _held(subject: Subject, folder: Path) -> dict[str, Any]:
    """Give the column of texts, or of paths."""
    if subject.sort == "texts":
        return {"text": lambda row: subject.texts[row]}
    if (places := subject.places) is None:
        raise ParameterError(
            f"{subject.source}: pictures in tars have no paths for a table; unpack them, and examine the folder"
        )
    return {"path": lambda row: relative(places[row], folder)}


def _line(cells: Sequence[Any]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerow(cells)
    return text.getvalue().encode("utf-8", "surrogateescape")


def _check_arrays(subject: Subject) -> None:
    for name, X, _ in subject.parts_of_arrays:
        if not isinstance(X, np.ndarray | Shards) or name == "valid":
            raise ParameterError(
                f"{subject.source}: a cleaned file is written of arrays and shards with the parts train and test, of "
                "pictures in files, texts and interactions; drop rows of these by hand"
            )


def _write_arrays(file: BinaryIO, subject: Subject, kept: Array, labels: Mapping[int, str]) -> None:
    """Write X and y of each part, a block of rows at a time."""
    first = 0
    with zipfile.ZipFile(file, "w") as archive:
        for name, X, y in subject.parts_of_arrays:
            rows = np.flatnonzero(kept[first : first + len(X)])
            values = (np.asarray(X[some]) for some in blocks(rows, _BLOCK))
            _write_array(archive, f"X_{name}", values, (len(rows), *X.shape[1:]), X.dtype)
            new = _relabelled(subject, np.asarray(y), first, labels)[rows]
            _write_array(archive, f"y_{name}", [new], new.shape, new.dtype)
            first += len(X)
        names = np.array(subject.classes)
        y = np.asarray(subject.parts_of_arrays[0][2])
        if subject.y is not None and y.dtype.kind in "iu" and (names[y[:1]] != y[:1].astype(str)).any():
            _write_array(archive, "class_names", [names], names.shape, names.dtype)


def _relabelled(subject: Subject, y: Array, first: int, labels: Mapping[int, str]) -> Array:
    """Give y of a part with new labels, as values of its own kind."""
    its = {row - first: label for row, label in labels.items() if first <= row < first + len(y)}
    if not its:
        return y
    if y.dtype.kind in "US":
        y = y.astype(object)
        for row, label in its.items():
            y[row] = label
        return np.asarray(y.astype(str))
    y = y.copy()
    for row, label in its.items():
        if label not in subject.classes:
            hint = did_you_mean(label, subject.classes)
            raise DataError(f"row {row + first}: new_label {label!r} is none of the classes{hint}")
        y[row] = _value(subject, label)
    return y


def _value(subject: Subject, label: str) -> int:
    """Give the number that y holds for a class: its place, or what its name says."""
    held = np.unique(np.concatenate([np.asarray(y) for _, _, y in subject.parts_of_arrays]))
    names = [str(value) for value in held.tolist()]
    return int(held[names.index(label)]) if label in names else subject.classes.index(label)


def _write_array(archive: zipfile.ZipFile, name: str, blocks_: Any, shape: tuple[int, ...], dtype: Any) -> None:
    with archive.open(f"{name}.npy", "w", force_zip64=True) as file:
        head = {"descr": npy.dtype_to_descr(np.dtype(dtype)), "fortran_order": False, "shape": shape}
        npy.write_array_header_2_0(file, head)
        for block in blocks_:
            file.write(np.ascontiguousarray(block).tobytes())
