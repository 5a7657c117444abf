"""Test-time augmentation: a row is answered in several views, and the answers are averaged."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import product
from typing import Any

import numpy as np
import torch
from torch import Tensor

from foveal.core.choices import VIEWS
from foveal.core.errors import ParameterError
from foveal.core.forms import Form, is_array
from foveal.core.rules import Rule, as_list, check
from foveal.data.rows import Rows
from foveal.data.source import Array, Source, Statistics, between, row_bytes
from foveal.fitted.model import Fitted


@dataclass(frozen=True)
class View:
    r"""A way to look at rows: `see` changes blocks, (B, \*S, C), `back` undoes it in answers for each place."""

    see: Callable[[Array], Array]
    back: Callable[[Tensor], Tensor]

    def __call__(self, block: Array) -> Array:
        """Look at a block."""
        return self.see(block)


#: Rows whose views are all answered before the next ones' are, and their bytes: they and their outputs are held
#: meanwhile, so that a picture in a file is decoded once, not once a view.
ROWS, HELD = 8192, 2**27

_RULE = Rule(
    "None, or one or a list of " + ", ".join(map(repr, VIEWS)),
    lambda v: v is None or (bool(as_list(v)) and all(isinstance(each, str) and each in VIEWS for each in as_list(v))),
    VIEWS,
)


def views_of(tta: Any, form: Form) -> list[View]:
    r"""List the views that `tta` names, of blocks (B, \*S, C): the rows as they are, and all that its names combine to.

    "flip" mirrors the last axis, "vertical_flip" the one before, "shift" moves by one pixel each way along each axis.
    Answers for each place are moved back before they are put together.
    Raises `ParameterError` for other names, and for rows that have no such axis.

    >>> from foveal.core.forms import form_of
    >>> [len(views_of(tta, form_of((1, 8, 8)))) for tta in (None, "flip", ["flip", "shift"])]
    [1, 2, 10]
    """
    check("tta", tta, _RULE)
    if tta is None:
        return [_AS_IT_IS]
    names = dict.fromkeys(as_list(tta))
    axes = len(form[0].shape) - 1
    if not is_array(form) or axes < (2 if "vertical_flip" in names else 1):
        what = [part.shape for part in form] if len(form) > 1 else form[0].shape
        raise ParameterError(f"tta={tta!r} looks at signals, pictures and volumes, and rows are {what}; use tta=None")
    sets = [[_AS_IT_IS, *_VIEWS[name](axes)] for name in names]
    return [_joined(views) for views in product(*sets)]


def _same(x: Any) -> Any:
    return x


_AS_IT_IS = View(_same, _same)


def _joined(views: Sequence[View]) -> View:
    return View(
        lambda block: reduce(lambda seen, view: view.see(seen), views, block),
        lambda out: reduce(lambda moved, view: view.back(moved), reversed(views), out),
    )


def _mirrored(axis: int) -> View:
    return View(lambda block: np.flip(block, axis), lambda out: out.flip(axis + 1))


def _moved(axis: int, by: int) -> View:
    """Move by one pixel, the edge repeated; axis 1 is the first of a block's."""

    def place(size: int, by: int) -> Array:
        return np.clip(np.arange(size) + by, 0, size - 1)

    return View(
        lambda block: block.take(place(block.shape[axis], by), axis),
        lambda out: out.index_select(axis + 1, torch.from_numpy(place(out.shape[axis + 1], -by))),
    )


_VIEWS: dict[str, Callable[[int], list[View]]] = {
    "flip": lambda axes: [_mirrored(axes)],
    "vertical_flip": lambda axes: [_mirrored(axes - 1)],
    "shift": lambda axes: [_moved(axis, by) for axis in range(1, axes + 1) for by in (-1, 1)],
}


class Viewed:
    """Some rows of a source, in one view."""

    in_memory: bool = True
    lengths: Array | None = None

    def __init__(self, source: Source, view: View, first: int, stop: int) -> None:
        self.source, self.view, self.first, self.stop = source, view, first, stop
        self.form: Form = source.form

    def __len__(self) -> int:
        return self.stop - self.first

    def between(self, first: int, stop: int) -> tuple[Array, ...]:
        """Read rows that follow each other, and look at them."""
        return tuple(map(self.view, between(self.source, self.first + first, self.first + stop)))

    def read(self, rows: Array) -> tuple[Array, ...]:
        """Read rows by number, and look at them."""
        return tuple(map(self.view, self.source.read(rows + self.first)))

    def chosen(self, rows: Array) -> "Viewed":
        """Give some of the rows."""
        return Viewed(self.source.chosen(rows + self.first), self.view, 0, len(rows))

    def statistics(self, rows: Array, dtype: Any) -> Statistics | None:
        """Give the source's own: a view has none to learn."""
        return self.source.statistics(rows + self.first, dtype)

    def digest(self) -> bytes:
        """Give the source's own."""
        return self.source.digest()


def rows_held(source: Source, block: int) -> int:
    """Give the number of rows that are read together to be looked at: whole blocks of those answered together.

    >>> rows_held(Rows(np.zeros((1, 224, 224, 3), np.uint8)), 8), rows_held(Rows(np.zeros((1, 8, 8, 1))), 1024)
    (888, 8192)
    """
    return max(1, min(ROWS, HELD // row_bytes(source, 4)) // block) * block


def averaged(
    fitted: Fitted,
    source: Source,
    views: Sequence[View],
    outputs_of: Callable[..., Iterator[Tensor]],
    rows: int,
    *,
    begin: int = 0,
    finite: bool = True,
) -> Iterator[Tensor]:
    """Yield the outputs for `rows` rows of a source at a time, in each view and then put together as the task does it.

    From the row `begin` on, where such a piece must begin.
    """
    merge = fitted.task.merge or mean_of
    for first in range(begin, len(source), rows):
        piece = Rows(between(source, first, min(first + rows, len(source)))[0])
        piece.form = source.form
        outputs = []
        for view in views:
            seen = Viewed(piece, view, 0, len(piece))
            out = torch.cat(list(outputs_of(fitted, seen, before=first, finite=finite)))
            outputs.append(view.back(out) if fitted.kind.each_place else out)
        yield merge(torch.stack(outputs))


def mean_of(outputs: Tensor) -> Tensor:
    """Average the outputs of several views, (views, N, K) -> (N, K).

    >>> mean_of(torch.tensor([[[1.0]], [[3.0]]]))
    tensor([[2.]])
    """
    return outputs.mean(dim=0)
