"""What one row is: named parts with shapes and dtypes. Torch-free.

A picture is one part, `x` of shape (3, 64, 64); a sentence is `tokens` of shape (None,) and its `mask`; a pair for
translation has four. An axis of length None varies from row to row, and rows are padded to one length in each batch.
"""

from collections.abc import Sequence
from typing import NamedTuple

#: Length that a varying axis has in a row of zeros, where no source says more.
LENGTH = 16


class Part(NamedTuple):
    r"""One part of a row, as a network takes it: `shape` is (C, \*S), or (L,) for numbers in a row.

    `length` is that of a varying axis in the row of zeros with which shapes, cost and memory are found out. `values` is
    how many whole numbers there may be in the part, 0 to values - 1: words of a vocabulary, items of a catalogue.
    """

    name: str
    shape: tuple[int | None, ...]
    dtype: str = "float32"
    length: int = LENGTH
    values: int | None = None

    @property
    def sizes(self) -> tuple[int, ...]:
        """The shape of a row of zeros.

        >>> Part("tokens", (None,), "int64", 5).sizes
        (5,)
        """
        return tuple(self.length if n is None else n for n in self.shape)

    @property
    def varies(self) -> bool:
        """Whether an axis has another length in each row."""
        return None in self.shape


Form = tuple[Part, ...]


def form_of(shape: Sequence[int | None]) -> Form:
    r"""Give the form of rows that are one array of shape (C, \*S).

    >>> form_of((1, 8, 8))
    (Part(name='x', shape=(1, 8, 8), dtype='float32', length=16, values=None),)
    """
    return (Part("x", tuple(shape)),)


def asked(form: Form) -> "Form | tuple[int | None, ...]":
    r"""Give what a user's function makes a network for: the shape (C, \*S) of rows of one part, else the form."""
    return form[0].shape if len(form) == 1 else form


def is_array(form: Form) -> bool:
    """Tell whether rows are one array of a fixed shape."""
    return len(form) == 1 and not form[0].varies


def as_form(form: Form | Sequence[int | None]) -> Form:
    """Take a form as it is, a shape as that of its only part."""
    return tuple(form) if form and isinstance(form[0], Part) else form_of(form)  # type: ignore[arg-type]


def signals_form(channels: int, dtype: str = "float32", length: int = LENGTH) -> Form:
    """Give the form of signals of unequal length: their values, and a mask that tells which places are there.

    >>> [part.shape for part in signals_form(12)]
    [(12, None), (None,)]
    """
    return Part("x", (channels, None), dtype, length), Part("mask", (None,), "bool", length)


def is_signals(form: Form) -> bool:
    """Tell whether rows are signals of unequal length with their mask, which networks of ours run in `Masked`."""
    if [part.name for part in form] != ["x", "mask"]:
        return False
    x, mask = form
    numbers = x.dtype in ("float32", "uint8") and mask.dtype == "bool"
    return numbers and len(x.shape) == 2 and x.shape[0] is not None and x.shape[1] is None and mask.shape == (None,)
