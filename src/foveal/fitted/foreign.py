"""What users bring themselves: a network, an optimizer, a loss. Each is tried before the first epoch."""

from collections.abc import Sequence
from inspect import signature
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from foveal.core.copies import deep_copy
from foveal.core.errors import ParameterError
from foveal.train import Task
from foveal.train.step import weighted_sum


def is_foreign(net: Any) -> bool:
    """Tell whether a network is not one of the catalogue."""
    return net is not None and not isinstance(net, str)


def made_by_user(net: Any, input_shape: tuple[int, ...], n_outputs: int) -> nn.Module:
    """Copy a module, or what a function (input shape, outputs) -> module gives."""
    made = net if isinstance(net, nn.Module) else _called(net, input_shape, n_outputs)
    return deep_copy(made)  # a function may give the same one each time


def _called(net: Any, input_shape: tuple[int, ...], n_outputs: int) -> nn.Module:
    try:
        made = net(input_shape, n_outputs)
    except TypeError as error:
        raise ParameterError(
            f"net={net!r} could not be called as net({input_shape}, {n_outputs}), (input shape, outputs): {error}; "
            "pass a torch.nn.Module instance or such a function"
        ) from error
    if not isinstance(made, nn.Module):
        raise ParameterError(f"net must give a torch.nn.Module, got {type(made).__name__}")
    return made


def check_outputs(net: nn.Module, input_shape: Sequence[int], n_outputs: int) -> None:
    """Run two rows of zeros through a user's network: its outputs must be (2, n_outputs)."""
    was_training = net.training
    with torch.no_grad():  # not inference_mode: lazy modules make their weights here
        try:
            dtype = next((p.dtype for p in net.parameters()), torch.float32)
            out = net.eval()(torch.zeros(2, *input_shape, dtype=dtype))
        except RuntimeError as error:
            error.add_note(f"net was given two rows of zeros of fit's shape, {(2, *input_shape)}")
            raise
    net.train(was_training)
    if not isinstance(out, Tensor) or tuple(out.shape) != (2, n_outputs):
        got = tuple(out.shape) if isinstance(out, Tensor) else type(out).__name__
        raise ParameterError(
            f"net must turn (N, {', '.join(map(str, input_shape))}) into (N, {n_outputs}), an output for each class or "
            f"target; for N=2 it gave {got}"
        )
    if not any(p.requires_grad for p in net.parameters()):
        raise ParameterError("net has no weights to train (requires_grad is False everywhere)")


def check_optimizer(optimizer: Optimizer, weights: Sequence[Tensor]) -> None:
    """Refuse an optimizer that wants to compute the loss itself, and one that holds other weights than these."""
    name = type(optimizer).__name__
    closure = signature(optimizer.step).parameters.get("closure")
    if closure is not None and closure.default is closure.empty:
        raise ParameterError(
            f"optimizer {name} needs a closure that computes the loss again, which mini-batches do not have; use "
            "another, for example 'adam'"
        )
    held = {id(w) for group in optimizer.param_groups for w in group["params"]}
    if not any(id(w) in held for w in weights):
        raise ParameterError(
            f"optimizer {name} holds none of the network's weights; a function (params, lr) must make it of params"
        )


def check_loss(task: Task, n_outputs: int, y: np.ndarray, *, weighted: bool, dtype: torch.dtype) -> None:
    """Give a user's loss one or two rows of zeros, so that what is wrong with it shows before the first epoch."""
    targets = task.encode(y)
    weight = torch.ones(len(y), dtype=dtype) if weighted else None
    outputs = torch.zeros(len(y), n_outputs, dtype=dtype, requires_grad=True)
    total = weighted_sum(task.loss(outputs, targets), weight, len(y))
    if not (total.requires_grad and total.is_floating_point()):
        raise ParameterError(
            f"loss gives a {total.dtype} tensor without a gradient; compute it from the outputs with torch's "
            "functions, without detach(), argmax or NumPy"
        )
