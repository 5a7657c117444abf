"""What users bring themselves: a network, an optimizer, a loss. Each is tried before the first epoch."""

import math
from collections import OrderedDict
from collections.abc import Sequence
from inspect import signature
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from foveal.core.copies import deep_copy, moved
from foveal.core.errors import ParameterError
from foveal.core.forms import Form, asked
from foveal.core.zero_rows import zero_rows
from foveal.fitted.blame import RAISED, WAYS_OUT, explaining
from foveal.layers.activations import make_activation
from foveal.train import Task
from foveal.train.losses import RowLoss
from foveal.train.step import weighted_sum


def is_foreign(net: Any) -> bool:
    """Tell whether a network is not one of the catalogue."""
    return net is not None and not isinstance(net, str)


def made_by_user(parameters: dict[str, Any], form: Form, n_outputs: int) -> nn.Module:
    """Copy a module, or what a function (input shape, outputs) -> module gives; of several parts it gets the form."""
    net = parameters["net"]
    made = net if isinstance(net, nn.Module) else _called(net, asked(form), n_outputs)
    with explaining("net", parameters, "being copied, which fit does to leave yours as it is"):
        own = deep_copy(made)  # a function may give the same one each time
    return nn.Sequential(OrderedDict(script=own)) if isinstance(own, torch.jit.ScriptModule) else own  # takes no hooks


def _called(net: Any, shape: Any, n_outputs: int) -> nn.Module:
    try:
        made = net(shape, n_outputs)
    except TypeError as error:
        raise ParameterError(
            f"net={net!r} could not be called as net({shape}, {n_outputs}), (input shape, outputs): {error}; "
            "pass a torch.nn.Module instance or such a function"
        ) from error
    if not isinstance(made, nn.Module):
        raise ParameterError(f"net must give a torch.nn.Module, got {type(made).__name__}")
    return made


def check_network(
    net: nn.Module, parameters: dict[str, Any], form: Form, n_outputs: int, *, each_place: bool = False
) -> None:
    """Run rows of zeros through a network that is the user's, or has an activation of his: (N, n_outputs) must come.

    Two rows, and one, which predictions may be asked for. Lazy layers are made here.
    """
    name = "net" if is_foreign(parameters["net"]) else "activation"
    was_training = net.training
    check_rows(net, parameters, form, n_outputs, name, each_place=each_place)
    net.train(was_training)
    odd = next((n for n, w in net.named_parameters() if w.is_complex()), None)
    if odd is not None:
        raise ParameterError(
            f"net: its weight {odd!r} is complex, which optimizers here do not train; hold real and imaginary part as "
            "a weight each and join them with torch.complex in forward"
        )
    check_trained(net, "net")


def check_rows(
    net: nn.Module, parameters: dict[str, Any], form: Form, n_outputs: int, name: str, *, each_place: bool = False
) -> None:
    r"""Run two rows of zeros, and one, through a network in inference: (N, n_outputs) must come.

    With `each_place` that must come for every place, (N, n_outputs, \*S).
    """
    for rows in (2, 1):
        shape = (rows, *form[0].sizes)
        doing = f"inference on {shape}, zeros of fit's shape"
        with torch.no_grad(), explaining(name.rstrip("_"), parameters, doing, net):
            out = net.eval()(*zero_rows(net, form, rows, ordinary=True))
        check_outputs(out, shape, n_outputs, name, each_place=each_place)


def check_outputs(
    out: Any, shape: Sequence[int], n_outputs: int, name: str, when: str = "", *, each_place: bool = False
) -> None:
    """Refuse outputs that are no real numbers of shape (N, n_outputs), at each place or for all of a row."""
    places = tuple(shape[2:]) if each_place else ()
    wanted = (shape[0], n_outputs, *places)
    if not isinstance(out, Tensor) or tuple(out.shape) != wanted:
        got = tuple(out.shape) if isinstance(out, Tensor) else type(out).__name__
        raise ParameterError(
            f"{name} must turn (N, {', '.join(map(str, shape[1:]))}) into (N, {', '.join(map(str, wanted[1:]))}), an "
            f"output for each class or target{' at each place' * each_place}; for N={shape[0]} it gave {got}{when}"
        )
    if not out.is_floating_point():
        raise ParameterError(f"{name} must give real numbers, float32 for instance, but it gave {out.dtype}{when}")


def check_trained(net: nn.Module, name: str) -> None:
    """Refuse a network of which nothing is to be trained."""
    if not any(p.requires_grad for p in net.parameters()):
        raise ParameterError(
            f"{name} has no weights to train (requires_grad is False everywhere); call requires_grad_(True) on the "
            "part that is to learn"
        )


def check_activation(activation: Any) -> None:
    """Refuse a user's activation that gives another number of features than it takes, as GLU does."""
    act = make_activation(activation)
    features = torch.zeros(2, 8, dtype=torch.float32, device="cpu")
    try:
        with torch.no_grad():
            out = act(features)
    except RAISED:  # it may be for feature maps alone, or for so many channels: the network will tell
        return
    if not isinstance(out, Tensor) or out.shape != features.shape:
        got = tuple(out.shape) if isinstance(out, Tensor) else type(out).__name__
        raise ParameterError(
            f"activation: {type(act).__name__} turns (2, 8) into {got}, but the next layer is made for as many "
            f"features as come in; {WAYS_OUT['activation']}, or bring a net of your own"
        )


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


def own_loss(parameters: dict[str, Any], device: torch.device, dtype: torch.dtype) -> nn.Module | None:
    """Copy a user's loss that is a module, which may have weights and buffers, to where the network is."""
    loss = parameters["loss"]
    if not isinstance(loss, nn.Module):
        return None
    with explaining("loss", parameters, "being copied, which fit does to leave yours as it is"):
        return moved(deep_copy(loss), device, dtype)


def adds_rows_up(
    task: Task, parameters: dict[str, Any], outputs_of_row: Sequence[int], y: np.ndarray, weighted: bool, like: Tensor
) -> bool:
    """Try a user's loss on some rows, so that what is wrong with it shows before the first epoch.

    Returns whether it gives its rows' sum: the same rows given twice and three times tell.
    """
    with explaining("loss", parameters, f"a trial on {len(y)} rows of zeros"):
        outputs = like.new_zeros(len(y), *outputs_of_row, requires_grad=True)
        losses = task.loss(outputs, task.encode(y).to(like.device))
        total = weighted_sum(losses, like.new_ones(len(y)) if weighted else None, len(y))
        if not (total.requires_grad and total.is_floating_point()):
            raise ParameterError(
                f"loss gives a {total.dtype} tensor without a gradient; compute it from the outputs with torch's "
                "functions, without detach(), argmax or NumPy"
            )
        if losses.ndim:
            return False
        one, two, three = (_total(task, y, outputs_of_row, times, like) for times in (1, 2, 3))
    return one != 0 and abs(two / one - 2) < 1e-3 and abs(three / one - 3) < 1e-3


def mean_of_sum(loss: RowLoss, outputs: Tensor, targets: Tensor) -> Tensor:
    """Make a mean of a loss that adds its rows up: the engine asks for that, and the rate then fits any batch."""
    return loss(outputs, targets) / len(outputs)


def _total(task: Task, y: np.ndarray, outputs_of_row: Sequence[int], times: int, like: Tensor) -> float:
    count = len(y) * math.prod(outputs_of_row)
    values = torch.linspace(-1, 1, count, dtype=like.dtype, device=like.device).view(len(y), *outputs_of_row)
    with torch.no_grad():
        return float(task.loss(torch.cat([values] * times), task.encode(np.concatenate([y] * times)).to(like.device)))
