"""A fitted network's outputs for any number of rows, in bounded memory."""

import copy
from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from torch import Tensor

from foveal.core.device import running_threads
from foveal.data.arrays import check_finite, check_inputs
from foveal.data.layout import channels_last
from foveal.data.store import Mapped
from foveal.estimators.inputs import machine_of
from foveal.train import outputs
from foveal.train.evaluate import rows_at_once


def network_outputs(estimator: Any, X: Any) -> Iterator[Tensor]:
    """Check X against fit's and yield the outputs, a bounded number of rows at a time, on the CPU.

    Regression runs in double precision unless float32 was asked for: its predictions then do not depend, to 1e-7, on
    the rows they are made together with.
    """
    X = channels_last(check_inputs(estimator, X, fitted=(estimator.layout_, estimator.input_shape_)), estimator.layout_)
    machine = machine_of(estimator.get_params(deep=False))
    weight = next(estimator.net_.parameters())
    regression = estimator._problem.kind == "regression"
    double = regression and estimator.precision == "auto" and weight.device.type != "mps"
    net = copy.deepcopy(estimator.net_).double() if double else estimator.net_
    dtype = torch.float64 if double else weight.dtype
    check_finite(X, np.float64 if dtype == torch.float64 else np.float32)
    store = Mapped(X, np.arange(len(X)), dtype, weight.device)
    autocast = torch.bfloat16 if machine.precision == "bfloat16" and not double else None
    with running_threads(1 if estimator._state is None else estimator._state.threads):
        yield from outputs(net, store, rows_at_once(X[0].size), autocast)
