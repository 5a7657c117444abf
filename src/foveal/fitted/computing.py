"""How a fitted network answers: in which precision, on which device, and what computes it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from itertools import chain
from typing import Any, NamedTuple

import torch
from torch import Tensor

from foveal.core.copies import deep_copy
from foveal.core.device import inference_autocast
from foveal.fitted.blame import brought
from foveal.fitted.foreign import is_foreign
from foveal.fitted.lending import frozen_for
from foveal.fitted.model import Fitted, folds
from foveal.kernels.inference import answering
from foveal.kernels.mixed_answers import Calls
from foveal.layers import Standardize
from foveal.layers.altered import hooks_of_all_modules, is_altered
from foveal.layers.frozen import Frozen
from foveal.train.steps.answers import captured_prediction


class Computes(NamedTuple):
    """How a fitted network answers: device, dtype, whether that is double precision for its own sake, autocast."""

    device: torch.device
    dtype: torch.dtype
    double: bool
    autocast: torch.dtype | None


def computes(fitted: Fitted) -> Computes:
    """Say how a network answers.

    Values are predicted in double precision unless float32 was asked for: they then do not depend, to 1e-7, on the rows
    they are made together with. A user's network may hold float32 tensors of its own, so it keeps its dtype.
    """
    p, like = fitted.settings, _like(fitted.net)
    exact = p["precision"] == "auto" and like.device.type != "mps" and not is_foreign(p["net"])
    double = fitted.kind.in_double and exact
    autocast = None if double else inference_autocast(p["precision"], like.device)
    return Computes(like.device, torch.float64 if double else like.dtype, double, autocast)


@contextmanager
def computing(
    fitted: Fitted, how: Computes, rows: int, n_rows: int, calls: Calls | None = None
) -> Iterator[Callable[..., Tensor]]:
    """Lend what computes the outputs of `n_rows` rows, `rows` at a time, by PyTorch; for `calls` in part on kernels."""
    net, infer, fold = answering(fitted.net), fitted.task.infer, folds(fitted, n_rows)
    if infer is not None:
        yield partial(infer, net)
    elif len(fitted.form) > 1:
        yield _captured(fitted, deep_copy(net).to(how.dtype) if how.double else net, rows, n_rows, how.device)
    elif how.double or how.device.type != "cpu" or _may_capture(fitted, how.device):
        frozen = Frozen(net, how.dtype if how.double else None, fold=fold)
        yield _captured(fitted, frozen, rows, n_rows, how.device)
    else:
        with frozen_for(net, fold=fold, calls=calls) as found:
            yield found


def _captured(
    fitted: Fitted, compute: Callable[..., Tensor], rows: int, n_rows: int, device: torch.device
) -> Callable[..., Tensor]:
    return captured_prediction(compute, rows, n_rows, device) if _may_capture(fitted, device) else compute


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
