"""A fitted network's outputs for any number of rows, in bounded memory."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from functools import partial
from itertools import chain
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from foveal.core.device import inference_autocast, running_threads, threads_for
from foveal.core.errors import DataError, ResourceError, ran_out_of_memory
from foveal.core.free_memory import available_memory, shown_size
from foveal.core.shelter import sheltered
from foveal.core.warn import warn_user
from foveal.data.input_rules import rows_given
from foveal.data.reading import check_form, rows_like
from foveal.data.source import Source, between, is_source, row_values, stretch
from foveal.data.store import Parts, stored_dtype, to_tensor
from foveal.fitted.blame import brought
from foveal.fitted.foreign import is_foreign
from foveal.fitted.model import Fitted, folds
from foveal.fitted.views import averaged, rows_held, views_of
from foveal.kernels.inference import answering, answers
from foveal.layers import Standardize
from foveal.layers.altered import hooks_of_all_modules, is_altered
from foveal.layers.frozen import Frozen
from foveal.train import outputs
from foveal.train.evaluate import rows_at_once
from foveal.train.steps.answers import captured_prediction


def rows_of(fitted: Fitted, X: Any) -> Source:
    """Check X against the rows of fit, and give them: an array, a table, a source; files where those were learnt."""
    if fitted.input_rule and not is_source(X):
        rows: Source = rows_given(X, fitted.input_rule)
        check_form(rows, fitted.form)
        return rows
    dtype = np.float64 if _computes(fitted).dtype == torch.float64 else np.float32
    rows = rows_like(X, fitted.form, fitted.layout, dtype, columns=fitted.columns.get("feature_names_in_"))
    if fitted.layout is not None and not is_source(X):
        warn_of_scale(between(rows, 0, min(len(rows), 1000))[0], fitted.net)
    return rows


class _Computes(NamedTuple):
    """How a fitted network answers: device, dtype, whether that is double precision for its own sake, autocast."""

    device: torch.device
    dtype: torch.dtype
    double: bool
    autocast: torch.dtype | None


def _computes(fitted: Fitted) -> _Computes:
    """Say how a network answers.

    Values are predicted in double precision unless float32 was asked for: they then do not depend, to 1e-7, on the rows
    they are made together with. A user's network may hold float32 tensors of its own, so it keeps its dtype.
    """
    p, like = fitted.settings, _like(fitted.net)
    exact = p["precision"] == "auto" and like.device.type != "mps" and not is_foreign(p["net"])
    double = fitted.kind.in_double and exact
    autocast = None if double else inference_autocast(p["precision"], like.device)
    return _Computes(like.device, torch.float64 if double else like.dtype, double, autocast)


def answered(
    fitted: Fitted, source: Source, tta: Any = None, begin: int = 0, *, finite: bool = True
) -> Iterator[Tensor]:
    """Yield the outputs as `outputs_of`, with `tta` put together from several views of each row, `fitted.views`.

    From the row `begin` on, a multiple of `rows_together`.
    """
    views = views_of(tta, fitted.form)
    if len(views) == 1:
        return outputs_of(fitted, source, begin, finite=finite)
    return averaged(fitted, source, views, outputs_of, rows_together(fitted, source, tta), begin=begin, finite=finite)


def rows_together(fitted: Fitted, source: Source, tta: Any = None) -> int:
    """Give the number of rows that `answered` yields at a time."""
    rows = block_rows(fitted, source)
    return rows if len(views_of(tta, fitted.form)) == 1 else rows_held(source, rows)


def block_rows(fitted: Fitted, source: Source) -> int:
    """Give the number of rows of a source that a network answers together; the last block may have fewer."""
    largest = round(fitted.cost.largest_map * stretch(source))
    return rows_at_once(row_values(fitted.form), largest, _computes(fitted).device.type)


def outputs_of(
    fitted: Fitted, source: Source, begin: int = 0, *, finite: bool = True, before: int = 0
) -> Iterator[Tensor]:
    """Yield the outputs for the rows of a source, a bounded number at a time, on the CPU.

    From the row `begin` on, where a block must begin: its outputs are then those of a pass over all rows, bit for bit.
    Raises `DataError` for the first row whose outputs are not finite, if they must be `finite`, numbered after those
    `before`.
    """
    device, dtype, double, autocast = how = _computes(fitted)
    n_rows, net, whole = len(source), fitted.net, len(fitted.form) == 1 and fitted.task.infer is None
    rows = block_rows(fitted, source)
    threads = threads_for(fitted.cost.multiply_adds * min(rows, n_rows), device)
    on_kernels = whole and device.type == "cpu" and not double and autocast is None
    on_kernels = on_kernels and fitted.settings["kernels"] != "off" and source.lengths is None
    kept = [stored_dtype(part, dtype) for part in source.form]
    blocks = (_block(source, first, min(first + rows, n_rows), kept) for first in range(begin, n_rows, rows))
    with (
        answering_prediction(n_rows, device),
        answers(net, fitted.input_shape, min(rows, n_rows), threads) if on_kernels else nullcontext() as found,
        nullcontext() if found or device.type != "cpu" else running_threads(threads),  # kernels and GPUs have their own
    ):
        # What can stay where it is stays there.
        placed = (tuple([part.to(device).movedim(-1, 1) for part in block]) for block in blocks)
        done = before + begin
        for out in (
            (found.of_laid(x) for (x,) in blocks)
            if found
            else outputs(_computing(fitted, how, rows, n_rows), placed, autocast)
        ):
            if finite and not np.isfinite(out.numpy()).all():
                wrong = ~out.isfinite().flatten(1).all(dim=1)
                raise DataError(
                    f"row {done + int(wrong.int().argmax())} of X gives outputs that are not finite: its values are "
                    "too far from those of fit; rescale or drop it"
                )
            done += len(out)
            yield out


def _block(source: Source, first: int, stop: int, dtypes: Sequence[Any]) -> Parts:
    return tuple([to_tensor(part, dtype) for part, dtype in zip(between(source, first, stop), dtypes, strict=True)])


def _computing(fitted: Fitted, how: _Computes, rows: int, n_rows: int) -> Callable[..., Tensor]:
    """Choose what computes the outputs of `n_rows` rows, `rows` at a time, by PyTorch."""
    net, infer = answering(fitted.net), fitted.task.infer
    if infer is not None:
        return partial(infer, net)
    dtype, fold = how.dtype if how.double else None, folds(fitted, n_rows)
    compute = net if len(fitted.form) > 1 else Frozen(net, dtype, fold=fold)
    return captured_prediction(compute, rows, n_rows, how.device) if _may_capture(fitted, how.device) else compute


def _may_capture(fitted: Fitted, device: torch.device) -> bool:
    """Tell whether a CUDA graph may hold the network: nothing in it is the user's, not even a hook."""
    if device.type != "cuda":
        return False
    named = not {"net", "activation"} & set(brought(fitted.settings)) and fitted.settings["kernels"] != "off"
    return named and not hooks_of_all_modules() and not any(map(is_altered, fitted.net.modules()))


def _like(net: Any) -> Tensor:
    """Give a tensor that has the network's device and dtype."""
    first = net._modules.get("input")
    if type(first) is Standardize:
        return first.mean
    return next((t for t in chain(net.parameters(), net.buffers()) if t.is_floating_point()), torch.zeros(0))


def collect(fitted: Fitted, source: Source, finish: Callable[[Tensor], np.ndarray], tta: Any = None) -> np.ndarray:
    """Give what `finish` makes of the outputs of all rows, in one array.

    The array is made at the first block. Pieces kept from each block would settle in the memory that large feature
    maps have left, the next maps would find no room there, and the heap would grow with the rows.
    """
    result, done = np.empty(0), 0
    for part in map(finish, answered(fitted, source, tta)):
        if not done:
            result = np.empty((len(source), *part.shape[1:]), part.dtype)
        result[done : done + len(part)] = part
        done += len(part)
    return result


def predict(fitted: Fitted, X: Any, *, tta: Any = None) -> np.ndarray:
    """Predict labels, an indicator or values for the rows of X; with `tta` from several views of each."""
    with sheltered():
        return fitted.kind.decode(fitted.problem, collect(fitted, rows_of(fitted, X), fitted.task.decode, tta))


@contextmanager
def answering_prediction(n_rows: int, device: torch.device) -> Iterator[None]:
    """Turn memory that runs out in predicting into a `ResourceError` with the way out."""
    try:
        yield
    except (MemoryError, RuntimeError) as error:
        if not ran_out_of_memory(error):
            raise
        raise ResourceError(
            f"out of memory in predicting {n_rows:,} rows, and {shown_size(available_memory(device))} are free on "
            f"{device}; predict fewer rows at a time, pass X memory-mapped, or use a smaller network"
        ) from error


def warn_of_scale(X: np.ndarray, net: Any, name: str = "X") -> None:
    """Warn of pixels in 0 ... 255 where fit saw 0 ... 1, or the other way round: the network takes raw values."""
    fitted = net._modules.get("input")
    if type(fitted) is not Standardize:
        return
    unit = X.dtype.kind == "f" and 0 < X.max() <= 1
    if not unit and X.dtype != np.uint8:
        return  # before the scale is read: that takes longer
    pixels = float(fitted.scale) == 255
    if pixels and unit:
        warn_user(
            f"fit saw uint8 pixels up to 255, but {name} holds values up to 1; pass the pixels as they are, not / 255"
        )
    if pixels or X.dtype != np.uint8:
        return
    reach = float((fitted.mean + 3 * fitted.deviation).max())
    if reach < 5 and (most := X.max()) > 50:
        warn_user(f"{name} is uint8 up to {most}, but fit saw values of about {reach:.2g} at most; scale X as for fit")
