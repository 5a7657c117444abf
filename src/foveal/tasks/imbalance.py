"""What accuracy hides where a class is rare: when that is, what to look at then, and the line that says so."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from foveal.data.targets import class_numbers
from foveal.tasks.kind import Problem, name_of
from foveal.tasks.known import check_known
from foveal.train.measures import Measure
from foveal.train.task import Task

#: A class is rare if fewer of the rows are of it, and less than half of what it had if classes came equally often:
#: without the second half each of twelve classes of as many rows were rare.
RARE, OF_EQUAL = 0.1, 0.5
#: What is looked at then, beside the accuracy.
SHOWN = ("balanced_accuracy", "macro_f1", "average_precision")


@dataclass(frozen=True)
class Rare:
    """The rarest class: its number, and its share of the rows."""

    number: int
    share: float


def rarest(numbers: np.ndarray | None) -> Rare | None:
    """Find the rarest of the classes that some rows are of, if it is rare; None for rows without classes.

    >>> rarest(np.repeat([0, 1], [99, 1])), rarest(np.arange(12))
    (Rare(number=1, share=0.01), None)
    """
    if numbers is None or not len(numbers):
        return None
    classes, counts = np.unique(numbers, return_counts=True)
    place, share = int(counts.argmin()), float(counts.min() / len(numbers))
    return Rare(int(classes[place]), share) if share < min(RARE, OF_EQUAL / len(classes)) else None


def rarest_of(problem: Problem, task: Task, y: np.ndarray) -> Rare | None:
    """Find the rarest class of rows to learn from, if it is rare and the task has what it is measured by."""
    known = any(measure.name in SHOWN for measure in task.measures)
    return rarest(problem.kind.classes_of(y)) if known and problem.one_class else None


def shown_beside(task: Task, rare: Rare | None) -> tuple[Measure, ...]:
    """Give the measures that stand beside the accuracy; none where no class is rare."""
    return () if rare is None else tuple(m for m in task.measures if m.name in SHOWN)


def hidden(rare: Rare, problem: Problem, names: Sequence[str] | None, p: Mapping[str, Any], *, validated: bool) -> str:
    """Say in one line what accuracy hides, and what there is against it that is not in use.

    >>> from foveal.tasks.table import KINDS
    >>> problem = Problem(KINDS["classification"], 2, np.array(["cat", "dog"]))
    >>> hidden(Rare(1, 0.01), problem, None, {"monitor": "auto", "sampler": None}, validated=False)
    "class 'dog' is 1 % of the training rows: accuracy can be 0.99 without it ever being found; see foveal evaluate's \
balanced_accuracy, or use sampler='balanced'"
    """
    assert problem.classes is not None  # noqa: S101  (rows of a problem without classes have no rarest one)
    label = name_of(problem.classes.tolist()[rare.number], names)
    decimals = max(2, math.ceil(-math.log10(rare.share)))
    where = "balanced_accuracy in the history" if validated else "foveal evaluate's balanced_accuracy"
    ways = ["monitor='balanced_accuracy'"] * (validated and p["monitor"] == "auto")
    ways += ["sampler='balanced'"] * (p["sampler"] is None)
    use = f", or use {', '.join(ways)}" if ways else ""
    return (
        f"class {label!r} is {100 * rare.share:.2g} % of the training rows: accuracy can be "
        f"{1 - rare.share:.{decimals}f} without it ever being found; see {where}{use}"
    )


def absent(problem: Problem, targets: Tensor) -> list[Any]:
    """List the classes that no row to validate on is of, or the labels that none has."""
    if problem.classes is None:
        return []
    labels = problem.classes.tolist()
    numbers = torch.arange(len(labels), device=targets.device)
    there = targets > 0.5 if targets.ndim > 1 else targets[:, None] == numbers
    return [label for label, some in zip(labels, there.any(dim=0).tolist(), strict=True) if not some]


def truth_numbers(problem: Problem, y: np.ndarray) -> np.ndarray | None:
    """Give the class number of each row's label, beyond the model's where it does not know it; None without classes."""
    if not problem.one_class or problem.classes is None:
        return None
    labels = problem.classes.tolist()
    every = labels + check_known(y, labels, "y")
    return np.asarray(class_numbers(y, np.fromiter(every, object, len(every))))


def shown_values(task: Task, outputs: Tensor, numbers: np.ndarray) -> dict[str, float]:
    """Measure outputs by what accuracy hides; labels that the model does not know are classes that it never says.

    >>> from foveal.tasks.classification import classification
    >>> task = classification(lambda outputs, targets: outputs.sum(1))
    >>> shown_values(task, torch.eye(2), np.array([0, 2]))["balanced_accuracy"]
    0.5
    """
    more = max(0, int(numbers.max()) + 1 - outputs.shape[1])
    outputs = torch.cat((outputs, outputs.new_full((len(outputs), more), -math.inf)), dim=1)
    targets = torch.from_numpy(numbers)
    return {m.name: m.value(m.tally(outputs, targets, weight=None)) for m in task.measures if m.name in SHOWN}
