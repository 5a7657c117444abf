"""A fitted network's outputs for any number of rows, in bounded memory."""

import copy
from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from torch import Tensor

from foveal.core.device import running_threads
from foveal.core.errors import DataError, DivergedError
from foveal.data.arrays import check_finite, check_inputs
from foveal.data.batches import Batches
from foveal.data.layout import channels_last
from foveal.data.store import Mapped
from foveal.estimators.foreign import is_foreign
from foveal.estimators.inputs import machine_of
from foveal.train import TrainState, outputs
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


def check_outputs_finite(state: TrainState, batches: Batches) -> None:
    """Run two training rows through what was learnt: an explosion in the last step has not shown in any loss yet.

    Raises `DivergedError`.
    """
    index = torch.arange(min(2, len(batches.inputs)), device=batches.targets.device)
    with torch.inference_mode():
        out = state.result.eval()(batches.inputs.gather(index))
    if not out.isfinite().all():
        rate = state.history[-1].learning_rate
        raise DivergedError(
            f"the network's outputs are not finite after epoch {state.epoch} (step {state.step}, rate {rate:.2g}); use "
            "a smaller learning_rate, clip_norm=1.0, or look for extreme values in X and y"
        )
