"""Rows to learn from, and to validate on: read, split and laid out in batches."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch

from foveal.core.errors import ParameterError
from foveal.core.randomness import derive
from foveal.core.warn import warn_user
from foveal.data.arrays import check_finite
from foveal.data.batches import Batches
from foveal.data.groups import ONE_GROUP, in_several_groups, split_groups
from foveal.data.layout import channels_last
from foveal.data.middle import middle_of
from foveal.data.points import in_middle
from foveal.data.promises import check_source
from foveal.data.reading import check_form
from foveal.data.rows import Rows
from foveal.data.signals.ragged import Ragged
from foveal.data.source import Source, is_source, row_values, stored_form, stretch
from foveal.data.split import small_classes, split_rows
from foveal.data.store import store_of
from foveal.fitted.model import Fitted
from foveal.fitting.augmenting import rows_to_cut
from foveal.fitting.inputs import Machine, holds_out, read_layout
from foveal.fitting.settings import may_capture
from foveal.tasks.kind import Problem
from foveal.train import Task
from foveal.train.evaluate import rows_at_once
from foveal.train.processes.distributed import Processes


@dataclass(frozen=True)
class Examples:
    """Checked rows to learn from: their source, y encoded, weights or None."""

    source: Source
    y: np.ndarray
    weight: np.ndarray | None  # of the row and of its class
    sample_weight: np.ndarray | None = None  # of the row alone, where an identity is to know it
    classes: np.ndarray | None = None  # of the rows, where epochs are drawn by them

    @property
    def counting(self) -> np.ndarray:
        """The rows that have a weight; one of 0, by row or by class, is as good as not there."""
        return np.arange(len(self.source)) if self.weight is None else np.flatnonzero(self.weight)

    def of(self, source: Source) -> "Examples":
        """Give the same examples of a source that has learnt; it may know how much each row counts."""
        weight = self.weight
        if (own := getattr(source, "weights", None)) is not None:
            weight = own if weight is None else weight * own
        return replace(self, source=source, weight=weight)


def source_of(
    X: Any,
    numbers: np.ndarray | None,
    p: Mapping[str, Any],
    machine: Machine,
    fitted: Fitted | None = None,
    *,
    names: Sequence[Any] | None = None,
    by_column: Callable[[bool | None], bool | None] = lambda asked: asked,
) -> tuple[Source, str | None]:
    """Give the rows that count of an array or a source, and the layout that an array was read by.

    `names` are those of a table's columns; `by_column` says whether a run that goes on scales them one by one.
    """
    if is_source(X) or (fitted is not None and fitted.layout is None):
        if fitted is None:
            check_source(X)
        else:
            check_form(X, fitted.form)
        return (X if numbers is None else X.chosen(numbers)), X.layout if isinstance(X, Ragged) else None
    layout = read_layout(X.shape, p["layout"]) if fitted is None else str(fitted.layout)
    X = channels_last(X, layout)
    check_finite(X, machine.numpy_dtype, rows=numbers)
    if fitted is not None:  # the scale is known
        return Rows(X, numbers), layout
    may_be_table = layout == "NL" and p["layout"] is None
    return Rows(X, numbers, by_column=by_column(None if may_be_table else False), names=names), layout


def split(
    p: dict[str, Any], problem: Problem, rows: Examples, seed: int, group_of: np.ndarray | None, *, own: bool = False
) -> tuple[np.ndarray, np.ndarray]:
    """Choose the rows to train and to validate on; no group has rows on both sides.

    Where the groups are the source's `own`, which nobody has asked for, classes that are one group train.
    """
    counting = rows.counting
    classes = problem.kind.classes_of(rows.y[counting])
    drawn = derive(seed, "split") if p["shuffle"] else None
    if group_of is not None:
        groups = group_of[counting]
        free = in_several_groups(groups, classes) if own else np.arange(len(groups))
        labels, why = None if problem.classes is None else problem.classes.tolist(), ONE_GROUP
        valid_rows = np.arange(0)
        if len(free):
            held = split_groups(
                groups[free], p["valid_size"], drawn, None if classes is None else classes[free], labels
            )
            valid_rows = free[held[1]]
        train_rows = np.setdiff1d(np.arange(len(groups)), valid_rows)
    else:
        rng = None if drawn is None else np.random.default_rng(drawn)
        train_rows, valid_rows = split_rows(len(counting), p["valid_size"], rng, classes)
        why = small_classes(classes)
    if p["valid_size"] and not len(valid_rows):
        reason = f"valid_size={p['valid_size']} of {len(counting)} rows leaves no row to hold out{why}"
        if holds_out(p):
            raise ParameterError(f"{holds_out(p)} needs rows to validate on, but {reason}; give more rows")
        warn_user(f"{reason}: training goes without validation")
    return counting[train_rows], counting[valid_rows]


def batches_of(
    p: dict[str, Any],
    rows: Examples,
    chosen: np.ndarray,
    *,
    task: Task,
    machine: Machine,
    seed: int,
    processes: Processes,
    training: bool,
) -> Batches:
    """Lay chosen rows out for training, or for validation."""
    where = machine.dtype, machine.device
    source, augment = rows_to_cut(rows.source.chosen(chosen), p["augment"] if training else None)
    store = store_of(source, *where, p["workers"], buckets=may_capture(p, machine))
    lengths, weights = source.lengths, None
    if rows.weight is not None:
        weights = torch.from_numpy(rows.weight[chosen]).to(machine.dtype).to(machine.device)
    y = rows.y[chosen]
    y = as_answered(y, rows.source, source, task)
    targets = (task.encode(y).to(machine.device),)
    if not training:
        at_once = rows_at_once(round(row_values(source.form) * stretch(source)), device=machine.device.type)
        size = max(2, at_once) * processes.world
        return Batches(store, targets, weights, size, share=processes.share(), lengths=lengths)
    size = p["batch_size"] * p["accumulate"]
    work = None if p["batch_tokens"] is None or lengths is None else p["batch_tokens"] * p["accumulate"]
    share = processes.share(p["accumulate"])
    classes = None if rows.classes is None else rows.classes[chosen]
    return Batches(
        store,
        targets,
        weights,
        size,
        seed,
        p["shuffle"],
        augment,
        in_turn=classes is None,  # balanced epochs do not show the same rows
        share=share,
        lengths=lengths,
        classes=classes,
        work=work,
        anew=hasattr(source, "at"),
        follow=task.follow,
    )


def as_answered(y: np.ndarray, stored: Source, source: Source, task: Task) -> np.ndarray:
    """Give masks or points of rows as they are stored for their middle, or for all of them, as `source` has them."""
    if task.follow is None:
        return y
    return _in_middle(y, stored_form(stored)[0].sizes[1:], source.form[0].sizes[1:], task)


def _in_middle(y: np.ndarray, stored: Sequence[int], sizes: Sequence[int], task: Task) -> np.ndarray:
    return in_middle(y, stored, sizes) if task.follow == "points" else middle_of(y, sizes)
