"""A fitted network's outputs for any number of rows, in bounded memory."""

import copy
import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from torch import Tensor

from foveal.core.device import running_threads
from foveal.core.errors import DataError, DivergedError
from foveal.data.arrays import check_finite, check_inputs
from foveal.data.layout import channels_last
from foveal.data.store import Mapped
from foveal.estimators.foreign import is_foreign
from foveal.estimators.inputs import machine_of
from foveal.estimators.prepare import Job
from foveal.train import outputs
from foveal.train.evaluate import rows_at_once


def network_outputs(estimator: Any, X: Any) -> Iterator[Tensor]:
    """Check X against fit's and yield the outputs, a bounded number of rows at a time, on the CPU.

    Regression runs in double precision unless float32 was asked for: its predictions then do not depend, to 1e-7, on
    the rows they are made together with. A user's network may hold float32 tensors of its own, so it keeps its dtype.
    Raises `DataError` for the first row whose outputs are not finite.
    """
    X = channels_last(check_inputs(estimator, X, fitted=(estimator.layout_, estimator.input_shape_)), estimator.layout_)
    machine = machine_of(estimator.get_params(deep=False))
    weight = next(estimator.net_.parameters())
    regression = estimator._problem.kind == "regression"
    exact = estimator.precision == "auto" and weight.device.type != "mps" and not is_foreign(estimator.net)
    double = regression and exact
    net = copy.deepcopy(estimator.net_).double() if double else estimator.net_
    dtype = torch.float64 if double else weight.dtype
    check_finite(X, np.float64 if dtype == torch.float64 else np.float32)
    store = Mapped(X, np.arange(len(X)), dtype, weight.device)
    autocast = torch.bfloat16 if machine.precision == "bfloat16" and not double else None
    with running_threads(1 if estimator._state is None else estimator._state.threads):
        done = 0
        for out in outputs(net, store, rows_at_once(X[0].size), autocast):
            wrong = ~out.isfinite().flatten(1).all(dim=1)
            if wrong.any():
                raise DataError(
                    f"row {done + int(wrong.int().argmax())} of X gives outputs that are not finite: its values are "
                    "too far from those of fit; rescale or drop it"
                )
            done += len(out)
            yield out


def check_learnt(job: Job) -> None:
    """Refuse what exploded in the last steps, which no training loss has shown yet.

    Two training rows go through the network. The last validation loss counts too, unless an earlier epoch's weights
    were kept. Raises `DivergedError`.
    """
    state, batches = job.state, job.batches
    last = state.history[-1]
    index = torch.arange(min(2, len(batches.inputs)), device=batches.targets.device)
    with torch.inference_mode():
        out = state.result.eval()(batches.inputs.gather(index))
    kept = state.best.epoch in (0, last.epoch)
    diverged = kept and job.valid is not None and not math.isfinite(last.valid_loss)
    if diverged or not out.isfinite().all():
        what = "validation loss is" if diverged else "network's outputs are"
        raise DivergedError(
            f"the {what} not finite after epoch {last.epoch} (step {state.step}, rate {last.learning_rate:.2g}); use a "
            "smaller learning_rate, clip_norm=1.0, or look for extreme values in X and y"
        )
