"""A fitted network's outputs for any number of rows, in bounded memory."""

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from itertools import chain
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from foveal.core.device import inference_autocast, running_threads, threads_for
from foveal.core.errors import DataError, ResourceError, ran_out_of_memory
from foveal.core.free_memory import available_memory, shown_size
from foveal.core.warn import warn_user
from foveal.data.arrays import check_finite, check_inputs
from foveal.data.layout import channels_last, check_row_shape
from foveal.data.store import to_tensor
from foveal.fitted.foreign import is_foreign
from foveal.kernels.inference import answering, answers
from foveal.layers import Standardize
from foveal.layers.frozen import Frozen
from foveal.models import summarize
from foveal.train import outputs
from foveal.train.evaluate import rows_at_once


class Cost(NamedTuple):
    """What one row costs in inference."""

    multiply_adds: int
    largest_map: int  # values


#: Rows of a call from which folding, which takes a pass over the filters, costs less than the batch norms do.
FOLD_FROM = 100


def cost_of(net: nn.Module, input_shape: Sequence[int]) -> Cost:
    """Run one row of zeros through the network and count."""
    summary = summarize(net, input_shape)
    return Cost(summary.multiply_adds, max(math.prod(layer.output) for layer in summary.layers))


def network_outputs(estimator: Any, X: Any) -> Iterator[Tensor]:
    """Check X against fit's and yield the outputs, a bounded number of rows at a time, on the CPU."""
    return _outputs(estimator, _checked(estimator, X))


def _outputs(estimator: Any, X: np.ndarray) -> Iterator[Tensor]:
    r"""Yield the outputs for checked rows, (N, \*S, C).

    Regression runs in double precision unless float32 was asked for: its predictions then do not depend, to 1e-7, on
    the rows they are made together with. A user's network may hold float32 tensors of its own, so it keeps its dtype.
    Raises `DataError` for the first row whose outputs are not finite.
    """
    p, net = estimator._parameters, estimator.net_
    like = _like(net)
    regression = estimator._problem.kind.in_double
    exact = p["precision"] == "auto" and like.device.type != "mps" and not is_foreign(p["net"])
    double = regression and exact
    dtype = torch.float64 if double else like.dtype
    check_finite(X, np.float64 if dtype == torch.float64 else np.float32)
    warn_of_scale(X, net)
    autocast = inference_autocast(p["precision"], like.device) if not double else None
    cost: Cost = estimator._cost
    rows = rows_at_once(math.prod(estimator.input_shape_), cost.largest_map)
    threads = threads_for(cost.multiply_adds * min(rows, len(X)), like.device)
    on_kernels = like.device.type == "cpu" and not double and autocast is None and p["kernels"] != "off"
    kept = np.uint8 if X.dtype == np.uint8 else np.float64 if dtype == torch.float64 else np.float32
    blocks = (to_tensor(X[first : first + rows], kept) for first in range(0, len(X), rows))
    with (
        answering_prediction(len(X), like.device),
        answers(net, estimator.input_shape_, min(rows, len(X)), threads) if on_kernels else nullcontext() as found,
    ):
        frozen = None if found else Frozen(answering(net), dtype if double else None, fold=len(X) >= FOLD_FROM)
        done = 0
        for out in map(found.of_laid, blocks) if found else _by_torch(frozen, blocks, like.device, autocast, threads):
            if not np.isfinite(out.numpy()).all():
                wrong = ~out.isfinite().flatten(1).all(dim=1)
                raise DataError(
                    f"row {done + int(wrong.int().argmax())} of X gives outputs that are not finite: its values are "
                    "too far from those of fit; rescale or drop it"
                )
            done += len(out)
            yield out


def _like(net: Any) -> Tensor:
    """Give a tensor that has the network's device and dtype."""
    first = net._modules.get("input")
    if type(first) is Standardize:
        return first.mean
    return next((t for t in chain(net.parameters(), net.buffers()) if t.is_floating_point()), torch.zeros(0))


def _by_torch(
    compute: Any, blocks: Iterable[Tensor], device: torch.device, autocast: torch.dtype | None, threads: int
) -> Iterator[Tensor]:
    r"""Give the outputs of blocks of rows, (B, \*S, C), by PyTorch; what can stay where it is stays there."""
    with running_threads(threads):
        yield from outputs(compute, (block.to(device).movedim(-1, 1) for block in blocks), autocast)


def collect(estimator: Any, X: Any, finish: Callable[[Tensor], np.ndarray]) -> np.ndarray:
    """Give what `finish` makes of the outputs of all rows, in one array.

    The array is made at the first block. Pieces kept from each block would settle in the memory that large feature
    maps have left, the next maps would find no room there, and the heap would grow with the rows.
    """
    rows = _checked(estimator, X)
    result, done = np.empty(0), 0
    for part in map(finish, _outputs(estimator, rows)):
        if not done:
            result = np.empty((len(rows), *part.shape[1:]), part.dtype)
        result[done : done + len(part)] = part
        done += len(part)
    return result


@contextmanager
def answering_prediction(n_rows: int, device: torch.device) -> Iterator[None]:
    """Turn memory that runs out in predicting into a `ResourceError` with the way out."""
    try:
        yield
    except (MemoryError, RuntimeError) as error:
        if not ran_out_of_memory(error):
            raise
        raise ResourceError(
            f"memory ran out in predicting {n_rows:,} rows, and {shown_size(available_memory(device))} are free on "
            f"{device}; predict fewer rows at a time, pass X memory-mapped, or use a smaller network"
        ) from error


def _checked(estimator: Any, X: Any) -> Any:
    r"""Check X as `check_inputs` does and move its channels last, (N, \*S, C).

    Where it is an array of images that is done at once: only its shape can be wrong then.
    scikit-learn's own check takes 50 us, a quarter of a small network's answer. Tables, of two axes, are left to it.
    """
    fitted = estimator.layout_, estimator.input_shape_
    known = len(estimator.layout_) > 2 and not hasattr(estimator, "feature_names_in_")
    if known and type(X) is np.ndarray and X.dtype.kind in "buif":
        check_row_shape(X.shape, *fitted)
        return channels_last(X, estimator.layout_)
    return channels_last(check_inputs(estimator, X, fitted=fitted), estimator.layout_)


def warn_of_scale(X: np.ndarray, net: Any) -> None:
    """Warn of pixels in 0 ... 255 where fit saw 0 ... 1, or the other way round: the network takes raw values."""
    fitted = net._modules.get("input")
    if type(fitted) is not Standardize:
        return
    unit = X.dtype.kind == "f" and 0 < X[:1000].max() <= 1
    if not unit and X.dtype != np.uint8:
        return  # before the scale is read: that takes longer
    pixels = float(fitted.scale) == 255
    if pixels and unit:
        warn_user("fit saw uint8 pixels up to 255, but X holds values up to 1; pass the pixels as they are, not / 255")
    if pixels or X.dtype != np.uint8:
        return
    reach = float((fitted.mean + 3 * fitted.deviation).max())
    if reach < 5 and (most := X[:1000].max()) > 50:
        warn_user(f"X is uint8 up to {most}, but fit saw values of about {reach:.2g} at most; scale X as for fit")
