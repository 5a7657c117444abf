"""What the engine needs of a kind of problem: encoding, loss, meaning of outputs, score."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
from torch import Tensor, nn

from foveal.core.errors import ParameterError
from foveal.data.batches import Batch
from foveal.data.changes import Follow
from foveal.train import metrics
from foveal.train.losses import RowLoss
from foveal.train.measures import Measure


@dataclass(frozen=True)
class Task:
    """What distinguishes one kind of problem from another while a network is trained.

    `encode` makes targets from class numbers, an indicator or values; `loss(outputs, *targets)` gives one loss a row;
    `decode` makes predictions in the same form as `encode` takes; `probabilities` is None where outputs are none;
    `tally(outputs, *targets, weight=)` adds up over batches what `scores` makes scores of, the one that is followed
    first; `measures` are what a validation can be measured by as well, those that `monitor` may name. `tells` says of
    targets and weights whether the score can tell networks apart. `run(net, batch)` gives the outputs where they are
    more than `net(*batch.x)`, as where the targets go in, too; `infer(net, *x)` gives those to predict from where they
    are made in another way, as by a beam search. `merge(outputs)` puts the outputs of several views of the same rows,
    (views, N, ...), together; None: their mean. `follow` says how targets with a value for each place are moved where
    an augmentation moves their rows; None: they have none.
    """

    encode: Callable[[np.ndarray], Tensor]
    loss: RowLoss
    decode: Callable[[Tensor], np.ndarray]
    probabilities: Callable[[Tensor], np.ndarray] | None
    tally: Callable[..., Tensor]
    scores: Callable[[Tensor], dict[str, float]]
    measures: tuple[Measure, ...] = ()
    tells: Callable[[Tensor, Tensor | None], bool] = metrics.more_than_one
    run: Callable[[nn.Module, Batch], Tensor] | None = None
    infer: Callable[..., Tensor] | None = None
    merge: Callable[[Tensor], Tensor] | None = None
    follow: Follow | None = None


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
