"""A kind of problem, as a value: how y is encoded, what is minimised, what the outputs mean, how they are scored."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
import torch
from torch import Tensor, nn

from foveal.core.choices import TaskName
from foveal.core.errors import ParameterError
from foveal.data.batches import Batch
from foveal.train import metrics
from foveal.train.losses import RowLoss


@dataclass(frozen=True)
class Task:
    """What distinguishes classification from several labels and from regression.

    `encode` makes targets from class numbers, an indicator or values; `loss(outputs, *targets)` gives one loss a row;
    `decode` makes predictions in the same form as `encode` takes; `probabilities` is None where outputs are none;
    `tally(outputs, *targets, weight=)` and `score` add up a score over batches. `run(net, batch)` gives the outputs
    where they are more than `net(*batch.x)`, as where the targets go in, too. `tells` says of targets and weights
    whether their score can tell networks apart.
    """

    name: TaskName
    encode: Callable[[np.ndarray], Tensor]
    loss: RowLoss
    decode: Callable[[Tensor], np.ndarray]
    probabilities: Callable[[Tensor], np.ndarray] | None
    tally: Callable[..., Tensor]
    score: Callable[[Tensor], float]
    tells: Callable[[Tensor, Tensor | None], bool] = metrics.more_than_one
    run: Callable[[nn.Module, Batch], Tensor] | None = None


def classification(loss: RowLoss, *, probabilities: bool = True) -> Task:
    """One class a row, numbers from 0: the largest output is the prediction, softmax gives probabilities."""
    return Task(
        "classification",
        encode=lambda y: torch.from_numpy(np.asarray(y, np.int64)),
        loss=loss,
        decode=lambda outputs: outputs.argmax(dim=1).numpy(),
        probabilities=_softmax if probabilities else None,
        tally=metrics.accuracy_tally,
        score=metrics.share,
    )


def labels(loss: RowLoss, dtype: torch.dtype = torch.float32) -> Task:
    """Several labels a row, a 0/1 indicator: each output above 0 is a label, the sigmoid its probability."""
    return Task(
        "labels",
        encode=lambda y: torch.from_numpy(np.asarray(y, np.int64)).to(dtype),
        loss=loss,
        decode=lambda outputs: (outputs > 0).numpy().astype(np.int64),
        probabilities=lambda outputs: outputs.sigmoid().numpy(),
        tally=metrics.subset_tally,
        score=metrics.share,
    )


def regression(loss: RowLoss, mean: np.ndarray, deviation: np.ndarray, dtype: torch.dtype = torch.float32) -> Task:
    """Fit values, one or more a row; the network sees them standardised, predictions are in the user's units."""
    return Task(
        "regression",
        encode=lambda y: torch.from_numpy((y.reshape(len(y), -1) - mean) / deviation).to(dtype),
        loss=loss,
        decode=lambda outputs: outputs.numpy().astype(np.float64) * deviation + mean,
        probabilities=None,
        tally=metrics.r2_tally,
        score=metrics.r2,
        tells=metrics.some_vary,
    )


def by_function(function: Callable[[Tensor, Tensor], Tensor]) -> RowLoss:
    """Make a row loss of a user's function, which returns one loss a row or their mean."""
    return partial(_checked, function)


def _checked(function: Callable[[Tensor, Tensor], Tensor], outputs: Tensor, targets: Tensor) -> Tensor:
    loss = function(outputs, targets)
    if not isinstance(loss, Tensor) or tuple(loss.shape) not in ((), (len(outputs),)):
        got = tuple(loss.shape) if isinstance(loss, Tensor) else type(loss).__name__
        raise ParameterError(
            f"loss must return a tensor with one loss a row, ({len(outputs)},), or their mean, (), got {got}"
        )
    return loss


def _softmax(outputs: Tensor) -> np.ndarray:
    return outputs.softmax(dim=1).numpy()
