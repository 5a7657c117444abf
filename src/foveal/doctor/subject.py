"""What is examined: the rows of a source, by numbers through all of its parts, with all that is known of each."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from foveal.doctor.traits import Traits

Array = NDArray[Any]

PARTS = ("train", "valid", "test")
#: Rows that stand behind one another in a listing and are given at once.
BLOCK = 4096


class Look(NamedTuple):
    """How a row looks on a page: pixels (H, W, 3) of uint8, values of a signal (L,), or a text."""

    pixels: Array | None = None
    signal: Array | None = None
    text: str = ""


@dataclass(frozen=True, eq=False)
class Subject:
    """Rows to be examined, of all parts, numbered from 0.

    source, sort : where they are from, and what they are: "pictures", "arrays" or "texts".
    names : what each row is called: its file, or "test row 5".
    part : (N,) of "train", "valid" and "test"; None where nothing is split.
    y : (N,) class numbers, of `classes`; None where there are no labels, or other targets.
    groups : (N,) of any values, None where nothing is said.
    bad : names of files that cannot be read, and why; they are rows too where they are listed (`bad_rows`).
    traits : what a pass over the rows has left.
    look : gives how a row looks.
    texts : the texts themselves.
    places : for a cleaned table, the path of each row's file; None where rows are no files of their own.
    targets : y as it was given, where it is no class a row.
    parts_of_arrays, columns : for a cleaned file, the name, X and y of each part; the columns of interactions.
    """

    source: str
    sort: str
    names: Sequence[str]
    part: Array | None
    y: Array | None
    classes: tuple[str, ...]
    groups: Array | None
    traits: Traits
    look: Callable[[int], Look]
    facts: Mapping[str, str] = field(default_factory=dict)
    bad: Sequence[tuple[str, str]] = ()
    bad_rows: Sequence[int] = ()
    wrong: str = ""
    texts: Sequence[str] = ()
    places: Sequence[str] | None = None
    channels: Sequence[str] = ()
    targets: Any = None
    parts_of_arrays: Sequence[tuple[str, Any, Any]] = ()
    columns: Mapping[str, Array] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.names)

    def name(self, row: int) -> str:
        """Give what a row is called."""
        return self.names[row]

    def label(self, row: int) -> str:
        """Give the name of a row's class; nothing where it has none."""
        return "" if self.y is None else self.classes[int(self.y[row])]

    def part_of(self, row: int) -> str:
        """Give the part of a row; nothing where nothing is split."""
        return "" if self.part is None else str(self.part[row])

    def good(self) -> NDArray[np.intp]:
        """Give the numbers of the rows that could be read."""
        return np.flatnonzero(self.traits.read)

    def parts(self) -> list[str]:
        """Give the parts that are there, in their order."""
        if self.part is None:
            return []
        there = set(np.unique(self.part).tolist())
        return [part for part in PARTS if part in there]


def blocks(rows: Array, size: int = BLOCK) -> Iterator[Array]:
    """Cut row numbers into blocks.

    >>> [block.tolist() for block in blocks(np.arange(3), 2)]
    [[0, 1], [2]]
    """
    return (rows[first : first + size] for first in range(0, len(rows), size))


def numbered(y: Any, class_names: Sequence[str] | None) -> tuple[Array | None, tuple[str, ...]]:
    """Give class numbers and names of labels (N,): strings, or whole numbers; None for any other target.

    >>> numbered(np.array(["b", "a", "b"]), None)
    (array([1, 0, 1]), ('a', 'b'))
    >>> numbered(np.array([0.5, 1.2]), None)
    (None, ())
    """
    y = np.asarray(y)
    if y.ndim != 1 or y.dtype.kind not in "iubUSO" or not len(y):
        return None, ()
    if y.dtype.kind == "O":
        y = y.astype(str)
    found, numbers = np.unique(y, return_inverse=True)
    if class_names is not None and found.dtype.kind in "iu":
        if found[0] < 0 or found[-1] >= len(class_names):
            return numbers, tuple(map(str, found.tolist()))
        return y.astype(np.intp), tuple(class_names)
    return numbers, tuple(map(str, found.tolist()))
