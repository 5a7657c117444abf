"""Optimizers by name, class or function."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any

import torch
from torch import Tensor
from torch.optim import Optimizer

from foveal.core.errors import ParameterError
from foveal.core.rules import did_you_mean
from foveal.train.optim import without_compiler as optim
from foveal.train.optim.muon import Muon

#: Name -> (params, lr=...) -> optimizer; what is not said keeps PyTorch's default. "fused" is one loop over all
#: weights.
OPTIMIZERS: dict[str, Callable[..., Optimizer]] = {
    "sgd": partial(optim.SGD, fused=True),
    "momentum": partial(optim.SGD, momentum=0.9, fused=True),
    "nesterov": partial(optim.SGD, momentum=0.9, nesterov=True, fused=True),
    "rmsprop": optim.RMSprop,
    "adam": partial(optim.Adam, fused=True),
    "adamw": partial(optim.AdamW, fused=True),
    "nadam": optim.NAdam,
    "adagrad": optim.Adagrad,
    "adadelta": optim.Adadelta,
    "adamax": optim.Adamax,
    "muon": Muon,
}

#: Entry of an optimizer's group: its own rate as the user's function made it, in units of `learning_rate`.
SHARE = "share_of_learning_rate"

#: Those whose step a CUDA graph can hold, and what they must be told for it. PyTorch's Adagrad counts on the host.
CAPTURABLE: dict[str, dict[str, bool]] = {
    **{name: {} for name in ("sgd", "momentum", "nesterov", "muon")},
    **{name: {"capturable": True} for name in ("adam", "adamw")},
    **{name: {"capturable": True, "foreach": True} for name in ("rmsprop", "nadam", "adadelta", "adamax")},
}


def make_optimizer(
    optimizer: Any,
    params: Iterable[Tensor],
    lr: float,
    *,
    capturable: bool = False,
    shares: Mapping[Tensor, float] | None = None,
) -> Optimizer:
    """Make an optimizer over `params` from a name, a `torch.optim` class or a function (params, lr) -> optimizer.

    Groups that a function gives rates of their own keep them, as shares of `lr`, under any schedule.

    `shares` are the weights' own rates in units of `lr`; those that it does not name have `lr`.

    With `capturable` those of the table above keep their rate and counts on the device; they then update float32
    weights only.

    >>> import torch
    >>> make_optimizer("momentum", [torch.zeros(1, requires_grad=True)], 0.1).defaults["momentum"]
    0.9
    """
    params = list(params)
    rate: Callable[[float], Any] = float
    more: dict[str, bool] = {}
    if isinstance(optimizer, str) and capturable and optimizer in CAPTURABLE:
        device, more = params[0].device, CAPTURABLE[optimizer]
        rate = partial(torch.full, (), dtype=torch.float32, device=device)  # what the fused kernels read
    groups: list[Any] = params if shares is None else _by_share(params, shares, lr, rate)
    if isinstance(optimizer, str):
        if optimizer not in OPTIMIZERS:
            raise ParameterError(f"optimizer {optimizer!r} is unknown{did_you_mean(optimizer, OPTIMIZERS)}")
        return OPTIMIZERS[optimizer](groups, lr=rate(lr), **more)
    is_class = isinstance(optimizer, type) and issubclass(optimizer, Optimizer)
    made = optimizer(groups, lr=lr) if is_class else optimizer(groups, lr)
    if not isinstance(made, Optimizer) or not hasattr(made, "param_groups"):
        raise ParameterError(f"optimizer must give a torch.optim.Optimizer, got {type(made).__name__}")
    return _sharing(made, lr)


def _by_share(
    params: Sequence[Tensor], shares: Mapping[Tensor, float], lr: float, rate: Callable[[float], Any]
) -> list[dict[str, Any]]:
    """Make a group of the weights of each share, in the order in which they come."""
    groups: dict[float, dict[str, Any]] = {}
    for weight in params:
        share = shares.get(weight, 1.0)
        group = groups.setdefault(share, {"params": [], "lr": rate(lr * share), SHARE: share})
        group["params"].append(weight)
    return list(groups.values())


def _sharing(optimizer: Optimizer, lr: float) -> Optimizer:
    """Note each group's rate, as a user's function has made it, as a share of the learning rate that it was given."""
    for group in optimizer.param_groups:
        try:
            group[SHARE] = float(group["lr"]) / lr
        except (KeyError, TypeError, ValueError, RuntimeError) as error:  # of tensors with several values too
            raise ParameterError(
                f"optimizer {type(optimizer).__name__} has a group without a number for its rate, 'lr', which the "
                "schedule sets before each step; use one of torch.optim, or name the rate 'lr'"
            ) from error
    return optimizer


def add_weights(
    optimizer: Optimizer, weights: Sequence[Tensor], lr: float, shares: Mapping[Tensor, float] | None = None
) -> None:
    """Let an optimizer train weights that were frozen when it was made, at its own rate and with its own settings.

    `shares` are the weights' own rates in units of that rate; those that it does not name have it whole.
    """
    own = float(optimizer.defaults.get("lr", lr)) / lr
    by_share: dict[float, list[Tensor]] = {}
    for weight in weights:
        by_share.setdefault((shares or {}).get(weight, 1.0), []).append(weight)
    for share, members in by_share.items():
        optimizer.add_param_group({"params": members})
        optimizer.param_groups[-1][SHARE] = own * share


def set_rate(optimizer: Optimizer, rate: float) -> None:
    """Set the learning rate of the next step, each group's its share of it: where it lies, without waiting for it."""
    for group in optimizer.param_groups:
        own = rate * group.get(SHARE, 1.0)
        if isinstance(group["lr"], Tensor):
            group["lr"].fill_(own)
        else:
            group["lr"] = own


def largest_share(optimizer: Optimizer) -> float:
    """Give the share of the group that is trained fastest."""
    return float(max(group.get(SHARE, 1.0) for group in optimizer.param_groups))


def kept_tensors(optimizer: Any) -> int:
    """Count the tensors of a weight's size that an optimizer of the table keeps; 0 for one of the user's own.

    >>> kept_tensors("sgd"), kept_tensors("adam")
    (0, 2)
    """
    if optimizer not in OPTIMIZERS:
        return 0
    weight = torch.zeros(2, 2, requires_grad=True)
    weight.grad = torch.ones(2, 2)
    made = make_optimizer(optimizer, [weight], 0.1)
    made.step()
    return sum(isinstance(kept, Tensor) and kept.shape == weight.shape for kept in made.state[weight].values())
