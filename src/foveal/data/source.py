"""Where rows come from. Whatever keeps this contract is a source: arrays, files, shards, tokens, histories."""

from typing import Any, NamedTuple, Protocol, Self, runtime_checkable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from foveal.core.forms import Form

Array = NDArray[Any]


_MEMBERS = ("form", "in_memory", "lengths", "__len__", "read", "chosen", "statistics", "digest")


class Statistics(NamedTuple):
    """How the first part of a row is scaled before the network: y = (x / scale - mean) / deviation.

    Mean and deviation are (C,), of channels, or (1, L), of the columns of a table.
    """

    mean: ArrayLike
    deviation: ArrayLike
    scale: float = 1.0


@runtime_checkable
class Source(Protocol):
    r"""Rows to learn from or to answer, read some at a time.

    form : what one row is.
    in_memory : whether reading is cheap, so that the rows may be copied to the device once and for all.
    lengths : the length of each row's varying axis, by which rows of like length come into one batch; None if none
        varies.

    Others may be there beside these: `between(first, stop)`, which reads rows that follow each other where that takes
    less than `read`; `mapped()`, the rows as a part of an array of bytes in a file, or None; `larger`, a source of the
    same rows with more at their edges, which training cuts crops out of, or None; `class_names`, those of
    the classes 0, 1, 2 ..., `input_rule`, what was done to files before the network, and `about`, what is worth knowing
    of the data, all kept in the model file; `groups`, a number for each row, by which rows are held out together;
    `told(parameters)`, the same source read as an estimator's parameters say; `first_values()`, what weights of a
    network's body begin with, by their names, NaN where nothing is known;
    `learnt(rows)`, the same source with what it learns from the training rows alone, a vocabulary for instance, and
    `alike(X, name)`, a source of other rows read by what this one has learnt; `weights`, how much each row counts in
    the mean loss; `at(seed, epoch)`, the same rows as an epoch of the training sees them.
    """

    form: Form
    in_memory: bool
    lengths: Array | None

    def __len__(self) -> int: ...

    def read(self, rows: Array) -> tuple[Array, ...]:
        r"""Read rows by number, ascending: an array for each part, (B, \*S, C), padded to the longest of them.

        Where steps are captured on a GPU, what reads pads them further, with zeros: a mask says True for what is there.
        """
        ...

    def chosen(self, rows: Array) -> Self:
        """Give a source of some of the rows, in that order; nothing is read."""
        ...

    def statistics(self, rows: Array, dtype: Any) -> Statistics | None:
        """Give mean and deviation over some rows for a network of `dtype`; None where nothing is to be scaled."""
        ...

    def digest(self) -> bytes:
        """Give bytes that another source of the same rows gives, and of others hardly ever: a run is known by them."""
        ...


def is_source(X: Any) -> bool:
    """Tell whether X keeps the contract of a source.

    >>> is_source(np.zeros((2, 3)))
    False
    """
    return isinstance(X, Source)


def lacking(X: Any) -> list[str]:
    """List the members that X, which has most of a source's, lacks; nothing of what is far from one.

    >>> lacking(np.zeros((2, 3)))
    []
    """
    missing = [name for name in _MEMBERS if not hasattr(X, name)]
    return missing if len(missing) <= len(_MEMBERS) // 2 else []


def stretch(source: Source) -> float:
    """Tell how many times as long as a row of zeros the longest row is."""
    if source.lengths is None or len(source.lengths) == 0:
        return 1.0
    usual = max((part.length for part in source.form if part.varies), default=1)
    return float(np.max(source.lengths)) / usual


def stored_form(source: Source) -> Form:
    """Give the form of rows as they are stored: larger ones, where crops are cut out of such.

    >>> from foveal.data.rows import Rows
    >>> stored_form(Rows(np.zeros((2, 4, 4, 1))))[0].shape
    (1, 4, 4)
    """
    larger: Source | None = getattr(source, "larger", None)
    return source.form if larger is None else larger.form


def longest(source: Source) -> Form:
    """Give the form with the length of the longest row for that of a row of zeros."""
    if source.lengths is None or len(source.lengths) == 0:
        return source.form
    length = int(np.max(source.lengths))
    return tuple(part._replace(length=length) if part.varies else part for part in source.form)


def row_values(form: Form) -> int:
    """Count the values of one row.

    >>> from foveal.core.forms import form_of
    >>> row_values(form_of((3, 8, 8)))
    192
    """
    return sum(int(np.prod(part.sizes)) for part in form)


def row_bytes(source: Source, itemsize: int) -> int:
    """Count the bytes that one row takes in memory beside a network whose numbers have `itemsize` bytes."""
    own = {"uint8": 1, "bool": 1, "int64": 8}
    return sum(int(np.prod(part.sizes)) * own.get(part.dtype, itemsize) for part in source.form)


def learnt_from(source: Source, rows: Array) -> Source:
    """Let a source learn from the training rows what it reads all rows by; most have nothing to learn."""
    learn = getattr(source, "learnt", None)
    return source if learn is None else learn(rows)


def told(source: Source, parameters: Any) -> Source:
    """Tell a source how it is to be read, by an estimator's parameters; most have nothing to be told."""
    tell = getattr(source, "told", None)
    return source if tell is None else tell(parameters)


def learns(X: Any) -> bool:
    """Tell whether X is a source that learns from the training rows what rows are read by.

    >>> learns(np.zeros(3))
    False
    """
    return is_source(X) and hasattr(X, "learnt")


def between(source: Any, first: int, stop: int) -> tuple[Array, ...]:
    """Read rows that follow each other; `Rows` need not copy them."""
    read = getattr(source, "between", None)
    found: tuple[Array, ...] = source.read(np.arange(first, stop)) if read is None else read(first, stop)
    return found
