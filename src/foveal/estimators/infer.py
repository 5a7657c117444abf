"""A fitted network's outputs for any number of rows, in bounded memory."""

import copy
import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from torch import Tensor

from foveal.core.device import inference_autocast, running_threads
from foveal.core.errors import DataError, DivergedError
from foveal.core.warn import warn_user
from foveal.data.arrays import check_finite, check_inputs
from foveal.data.layout import channels_last
from foveal.data.store import Mapped
from foveal.estimators.foreign import is_foreign
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
    p, weight = estimator._parameters, next(estimator.net_.parameters())
    regression = estimator._problem.kind == "regression"
    exact = p["precision"] == "auto" and weight.device.type != "mps" and not is_foreign(p["net"])
    double = regression and exact
    net = copy.deepcopy(estimator.net_).double() if double else estimator.net_
    dtype = torch.float64 if double else weight.dtype
    check_finite(X, np.float64 if dtype == torch.float64 else np.float32)
    store = Mapped(X, np.arange(len(X)), dtype, weight.device)
    warn_of_scale(X, estimator.net_[0])
    autocast = inference_autocast(p["precision"], weight.device) if not double else None
    with running_threads(estimator._threads):
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


def warn_of_scale(X: np.ndarray, standardize: Any) -> None:
    """Warn of pixels in 0 ... 255 where fit saw 0 ... 1, or the other way round: the network takes raw values."""
    first = np.asarray(X[:1000])
    pixels = float(standardize.scale) == 255
    if pixels and first.dtype.kind == "f" and 0 < first.max() <= 1:
        warn_user("fit saw uint8 pixels up to 255, but X holds values up to 1; pass the pixels as they are, not / 255")
    reach = float((standardize.mean + 3 * standardize.deviation).max())
    if not pixels and first.dtype == np.uint8 and first.max() > 50 and reach < 5:
        warn_user(
            f"X is uint8 up to {first.max()}, but fit saw values of about {reach:.2g} at most; scale X as for fit"
        )


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
