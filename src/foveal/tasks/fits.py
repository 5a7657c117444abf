"""Losses and kinds of problem: which fits which, and the loss of a row that follows."""

from typing import Any

from foveal.core.choices import ITEM_LOSSES, MASK_LOSSES
from foveal.core.errors import ParameterError
from foveal.tasks.kind import Kind, Parameters
from foveal.train.losses import SMOOTHED, RowLoss, row_loss
from foveal.train.task import by_function

#: What a loss is for, and how to have that.
WAYS = {
    **dict.fromkeys(("mse", "mae", "huber"), "for values use CNNRegressor"),
    **dict.fromkeys(("cross_entropy", "hinge", "kl"), "for one class a row pass y of one axis, or one_hot=True"),
    "binary_cross_entropy": "for several labels a row pass y as a 0/1 indicator",
    **dict.fromkeys(MASK_LOSSES[1:], "for a class at each place use CNNSegmenter"),
    **dict.fromkeys(ITEM_LOSSES[1:], "for the next items of users use Recommender"),
}


def check_fits(parameters: Parameters, kind: Kind) -> None:
    """Refuse a named loss that a kind of problem cannot be trained with."""
    loss = parameters["loss"]
    if isinstance(loss, str) and loss not in kind.losses:
        choices = ", ".join(map(repr, kind.losses))
        way = kind.instead or WAYS[loss]
        also = f"; CNN(loss={loss!r}) needs no task" if parameters["task"] is not None else ""
        raise ParameterError(f"loss={loss!r} does not fit {kind.name}; use one of {choices}; {way}{also}")


def rows_of(loss: Any, smoothing: float) -> RowLoss:
    """Give a loss's function of outputs and targets, one number a row, from its name or the user's function."""
    if smoothing and not (isinstance(loss, str) and loss in SMOOTHED):
        raise ParameterError(
            f"label_smoothing={smoothing} has no meaning for loss={loss!r}; use 0.0, or one of {tuple(SMOOTHED)}"
        )
    return row_loss(loss, smoothing) if isinstance(loss, str) else by_function(loss)
