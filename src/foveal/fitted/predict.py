"""A fitted network's outputs for any number of rows, in bounded memory."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from typing import Any

import numpy as np
import torch
from torch import Tensor

from foveal.core.device import running_threads, threads_for
from foveal.core.errors import DataError, ResourceError, ran_out_of_memory
from foveal.core.free_memory import available_memory, shown_size
from foveal.core.shelter import sheltered
from foveal.data.input_rules import rows_given
from foveal.data.reading import check_form, rows_like
from foveal.data.source import Source, between, is_source, learns, row_values, stretch
from foveal.data.store import Parts, stored_dtype, to_tensor
from foveal.fitted.computing import computes, computing
from foveal.fitted.model import Fitted
from foveal.fitted.pixel_scale import warn_of_scale
from foveal.fitted.views import averaged, rows_held, views_of
from foveal.kernels.inference import ROWS, answers
from foveal.kernels.mixed_answers import Calls
from foveal.layers import Masked
from foveal.train import outputs
from foveal.train.evaluate import rows_at_once


def rows_of(fitted: Fitted, X: Any) -> Source:
    """Check X against the rows of fit, and give them: an array, a table, a source; files where those were learnt."""
    if fitted.input_rule and (not is_source(X) or learns(X)):
        rows: Source = rows_given(X, fitted.input_rule)
        check_form(rows, fitted.form)
        return rows
    dtype = np.float64 if computes(fitted).dtype == torch.float64 else np.float32
    rows = rows_like(X, fitted.form, fitted.layout, dtype, columns=fitted.columns.get("feature_names_in_"))
    if isinstance(fitted.net, Masked):
        fitted.net.check_lengths(rows.lengths)
    if fitted.layout is not None and not is_source(X):
        warn_of_scale(between(rows, 0, min(len(rows), 1000))[0], fitted.net)
    return rows


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
    return rows_at_once(row_values(fitted.form), largest, computes(fitted).device.type)


def outputs_of(
    fitted: Fitted, source: Source, begin: int = 0, *, finite: bool = True, before: int = 0
) -> Iterator[Tensor]:
    """Yield the outputs for the rows of a source, a bounded number at a time, on the CPU.

    From the row `begin` on, where a block must begin: its outputs are then those of a pass over all rows, bit for bit.
    Raises `DataError` for the first row whose outputs are not finite, if they must be `finite`, numbered after those
    `before`.
    """
    device, dtype, double, autocast = how = computes(fitted)
    n_rows, net, whole = len(source), fitted.net, len(fitted.form) == 1 and fitted.task.infer is None
    rows = block_rows(fitted, source)
    threads = threads_for(fitted.cost.multiply_adds * min(rows, n_rows), device)
    on_kernels = whole and device.type == "cpu" and not double and autocast is None
    on_kernels = on_kernels and fitted.settings["kernels"] != "off" and source.lengths is None
    kept = [stored_dtype(part, dtype) for part in source.form]
    many = on_kernels and n_rows >= ROWS and kept[0] in (np.uint8, np.float32)
    calls = Calls(fitted.input_shape, threads) if many else None
    blocks = (_block(source, first, min(first + rows, n_rows), kept) for first in range(begin, n_rows, rows))
    with (
        answering_prediction(n_rows, device),
        answers(net, fitted.input_shape, min(rows, n_rows), threads) if on_kernels else nullcontext() as found,
        nullcontext() if found or device.type != "cpu" else running_threads(threads),  # kernels and GPUs have their own
        nullcontext(net) if found else computing(fitted, how, rows, n_rows, calls) as compute,
    ):
        # What can stay where it is stays there.
        placed = (tuple([part.to(device).movedim(-1, 1) for part in block]) for block in blocks)
        done = before + begin
        for out in (found.of_laid(x) for (x,) in blocks) if found else outputs(compute, placed, autocast):
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
