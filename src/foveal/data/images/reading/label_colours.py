"""Tables of colours: which class a colour in a mask stands for, as people write them, and colours to draw with."""

import csv
import io
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from foveal.core.errors import DataError, ParameterError, ResourceError
from foveal.core.rules import is_integer, shown
from foveal.data.images.records import BadPicture

#: Colours to draw classes in; the first is that of a background. After Kelly 1965, "Twenty-two colors of maximum
#: contrast", in his order, without white, black and the greys.
DISTINCT = (
    (0, 0, 0), (243, 195, 0), (135, 86, 146), (243, 132, 0), (161, 202, 241), (190, 0, 50), (194, 178, 128),
    (0, 136, 86), (230, 143, 172), (0, 103, 165), (249, 147, 121), (96, 78, 151), (246, 166, 0), (179, 68, 108),
    (220, 211, 0), (136, 45, 23), (141, 182, 0), (101, 69, 34), (226, 88, 34), (43, 61, 38),
)  # fmt: skip
_WAY_OUT = "give {name: (r, g, b)}, or a .csv with the columns name, r, g, b, or a .json of the same"


class Coloured(NamedTuple):
    """A class in a table: the label that it has in masks, its name, its colour."""

    label: int
    name: str
    colour: tuple[int, int, int]


def read_colours(given: Any, ignore: Any = None) -> tuple[Coloured, ...]:
    """Read a table of colours: a mapping {name or label: (r, g, b)}, or a file.

    Names are numbered in their order, 0, 1, 2 ...; numbers stay labels. The name `ignore` gets the label 255 and no
    number. A .csv has the columns name, r, g, b, and perhaps label; a .json is a mapping, or a list of such rows.

    Raises `DataError` for a table that is none, `ResourceError` where it cannot be read.

    >>> read_colours({"sky": (0, 0, 255), "road": (90, 90, 90)})[1]
    Coloured(label=1, name='road', colour=(90, 90, 90))
    """
    where = "colours" if isinstance(given, Mapping) else os.fspath(given)
    rows = list(given.items()) if isinstance(given, Mapping) else _in_file(Path(where))
    found: list[Coloured] = []
    for key, colour in rows:
        rgb = tuple(colour) if isinstance(colour, Sequence | np.ndarray) and not isinstance(colour, str) else ()
        if len(rgb) != 3 or not all(is_integer(v) and 0 <= v <= 255 for v in rgb):
            raise DataError(f"{where}: {shown(key)} has the colour {shown(colour)}; {_WAY_OUT}, each from 0 to 255")
        label, name = key if isinstance(key, tuple) else (key, str(key))
        if not is_integer(label):
            label = 255 if ignore is not None and name == ignore else None
        found.append(Coloured(-1 if label is None else int(label), name, (int(rgb[0]), int(rgb[1]), int(rgb[2]))))
    return _numbered(where, found)


def _numbered(where: str, found: list[Coloured]) -> tuple[Coloured, ...]:
    """Give names without a label the next free one, and refuse what stands there twice."""
    taken, number, out = {each.label for each in found}, 0, []
    for each in found:
        if each.label < 0:
            while number in taken:
                number += 1
            each, number = each._replace(label=number), number + 1
        out.append(each)
    if not out:
        raise DataError(f"{where}: has no colour; {_WAY_OUT}")
    columns: dict[str, list[Any]] = {what: [getattr(each, what) for each in out] for what in Coloured._fields}
    for what, values in columns.items():
        twice = next((value for value in values if values.count(value) > 1), None)
        if twice is not None:
            raise DataError(f"{where}: has the {what} {shown(twice)} twice; a class has one, which no other has")
    if (most := max(e.label for e in out)) > 255:
        raise DataError(f"{where}: has the label {most}, at most 255; number the classes 0, 1, 2 ...")
    return tuple(out)


def _in_file(path: Path) -> list[tuple[Any, Any]]:
    try:
        text = path.read_text("utf-8-sig")
    except OSError as error:
        raise ResourceError(f"{path}: the table of colours cannot be read ({error.strerror}); {_WAY_OUT}") from error
    except ValueError as error:
        raise DataError(f"{path}: is no text in UTF-8; {_WAY_OUT}") from error
    try:
        found = json.loads(text) if path.suffix.lower() == ".json" else list(csv.DictReader(io.StringIO(text)))
    except ValueError as error:
        raise DataError(f"{path}: is no JSON ({error}); {_WAY_OUT}") from error
    if isinstance(found, dict):
        return list(found.items())
    if not isinstance(found, list) or not all(isinstance(row, dict) for row in found):
        raise DataError(f"{path}: is no table of colours; {_WAY_OUT}")
    return [_row(path, number, row) for number, row in enumerate(found, start=1)]


def _row(path: Path, number: int, row: Mapping[str, Any]) -> tuple[Any, Any]:
    """Read a row of a table: its label and name, or its name alone, and its colour."""
    cells = {str(name).strip().lower(): value for name, value in row.items()}
    try:
        rgb = tuple(int(str(cells[name]).strip()) for name in ("r", "g", "b"))
        label = str(cells.get("label", "")).strip()
        name = str(cells["name"]).strip()
        return ((int(label), name) if label else name), rgb
    except (KeyError, ValueError) as error:
        raise DataError(f"{path}: row {number} is {shown(dict(row))}; {_WAY_OUT}") from error


def labels_of_colours(rgb: NDArray[np.uint8], table: Sequence[Coloured]) -> NDArray[np.uint8]:
    """Give the label of each pixel's colour, (H, W, 3) -> (H, W); raises `BadPicture` for a colour of no class.

    >>> table = read_colours({"sky": (0, 0, 255), "road": (90, 90, 90)})
    >>> labels_of_colours(np.array([[[90, 90, 90], [0, 0, 255]]], np.uint8), table).tolist()
    [[1, 0]]
    """
    codes = _codes(rgb)
    known = _codes(np.array([each.colour for each in table], np.uint8))
    order = np.argsort(known)
    places = np.searchsorted(known[order], codes).clip(max=len(known) - 1)
    strange = known[order][places] != codes
    if strange.any():
        colour = rgb[strange][0]
        near = min(table, key=lambda each: int(((np.array(each.colour) - colour.astype(int)) ** 2).sum()))
        shown_colour = tuple(colour.tolist())
        raise BadPicture(
            f"has the colour {shown_colour}, in {strange.sum():,} pixels, which is not in the table; the nearest is "
            f"{near.name!r}, {near.colour}"
        )
    labels: NDArray[np.uint8] = np.array([each.label for each in table], np.uint8)[order][places]
    return labels


def _codes(rgb: NDArray[np.uint8]) -> NDArray[np.int64]:
    return np.asarray(rgb.astype(np.int64) @ (65536, 256, 1))


def is_grey(table: Iterable[Coloured]) -> bool:
    """Tell whether all colours of a table are greys, so that grey masks are meant by it.

    >>> is_grey(read_colours({"no": (0, 0, 0), "yes": (255, 255, 255)}))
    True
    """
    return all(len(set(each.colour)) == 1 for each in table)


def drawn_in(labels: Sequence[int], names: Sequence[str], table: Sequence[Coloured] = ()) -> tuple[Coloured, ...]:
    """Give each class a colour to draw it in: that of a table, else a distinct one.

    Raises `ParameterError` for labels beyond 255, which no palette has.

    >>> drawn_in([0, 7], ["ground", "car"])[1]
    Coloured(label=7, name='car', colour=(243, 195, 0))
    """
    if any(not is_integer(label) or not 0 <= label <= 255 for label in labels):
        raise ParameterError(f"a mask in a file has labels from 0 to 255, and the model's are {shown(list(labels))}")
    known = {each.label: each.colour for each in table}
    free = [colour for colour in (*DISTINCT, *_more()) if colour not in known.values()]
    return tuple(
        Coloured(int(label), str(name), known.get(label) or free[place])
        for place, (label, name) in enumerate(zip(labels, names, strict=True))
    )


def _more() -> list[tuple[int, int, int]]:
    """Give colours in even distances, for those who have more classes than there are distinct ones."""
    steps = (32, 96, 160, 224)
    even = [(r, g, b) for r in steps for g in steps for b in steps]
    return even + [(r + 16, g, b) for r, g, b in even] + [(r, g + 16, b) for r, g, b in even] + [
        (r, g, b + 16) for r, g, b in even
    ]  # fmt: skip
