"""What notebooks show of an estimator beside its parameters: what its fit has left, and its history as a table."""

from collections.abc import Sequence
from typing import Any

from foveal.core.html_tables import html_table
from foveal.fitted.model import Fitted

#: Epochs of a history that are shown: the first and the last ones of more.
MOST_EPOCHS = 30


class History(dict[str, list[Any]]):
    """A list for each column of `EpochReport`; notebooks show it as a table, an epoch a line.

    >>> History({"epoch": [1], "train_loss": [0.5]})["train_loss"]
    [0.5]
    """

    def _repr_html_(self) -> str:
        epochs = len(next(iter(self.values()), []))
        half = MOST_EPOCHS // 2
        shown = range(epochs) if epochs <= MOST_EPOCHS else [*range(half), *range(epochs - half, epochs)]
        rows = [[_number(column[at]) for column in self.values()] for at in shown]
        if len(rows) < epochs:
            rows.insert(half, ["..."] * len(self))
        return html_table(tuple(self), rows, f"{epochs} epoch{'s' * (epochs != 1)}")


def facts_html(fitted: Fitted | None) -> str:
    """Show what a fit has left, as a table; nothing before it."""
    return "" if fitted is None else html_table((), facts_of(fitted), "fitted", left=2)


def facts_of(fitted: Fitted) -> Sequence[tuple[str, str]]:
    """Tell what a fit has left: kind of problem, shape of a row, classes, epochs, scores, weights."""
    history, at = fitted.history, fitted.kept_epoch - 1
    classes = fitted.problem.classes
    facts = {"kind": fitted.kind.name, "row": str(tuple(fitted.input_shape))}
    if classes is not None:
        facts["classes"] = f"{len(classes)}: {_listed([str(label) for label in classes.tolist()])}"
    if history["epoch"]:
        facts["epochs"] = f"{len(history['epoch'])}, in {sum(history['seconds']):.1f} s; kept is {at + 1}"
        for part in ("train", "valid"):
            facts[f"{part} score"] = _number(history[f"{part}_score"][at])
    facts["weights"] = f"{sum(weight.numel() for weight in fitted.net.parameters()):,}"
    return list(facts.items())


def _listed(labels: Sequence[str], most: int = 10) -> str:
    return ", ".join(labels[:most]) + (" ..." if len(labels) > most else "")


def _number(value: Any) -> str:
    """Write a cell.

    >>> [_number(value) for value in (3, 0.123456, 23591.2, float("nan"))]
    ['3', '0.1235', '23,591', '-']
    """
    if isinstance(value, float):
        return "-" if value != value else f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"
    return str(value)
