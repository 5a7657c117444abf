"""Optimizers by name, class or function."""

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from torch import Tensor, optim
from torch.optim import Optimizer

from foveal.core.errors import ParameterError
from foveal.core.rules import did_you_mean
from foveal.train.muon import Muon

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


def make_optimizer(optimizer: Any, params: Iterable[Tensor], lr: float) -> Optimizer:
    """Make an optimizer over `params` from a name, a `torch.optim` class or a function (params, lr) -> optimizer.

    >>> import torch
    >>> make_optimizer("momentum", [torch.zeros(1, requires_grad=True)], 0.1).defaults["momentum"]
    0.9
    """
    params = list(params)
    if isinstance(optimizer, str):
        if optimizer not in OPTIMIZERS:
            raise ParameterError(f"optimizer {optimizer!r} is unknown{did_you_mean(optimizer, OPTIMIZERS)}")
        return OPTIMIZERS[optimizer](params, lr=lr)
    is_class = isinstance(optimizer, type) and issubclass(optimizer, Optimizer)
    made = optimizer(params, lr=lr) if is_class else optimizer(params, lr)
    if not isinstance(made, Optimizer) or not hasattr(made, "param_groups"):
        raise ParameterError(f"optimizer must give a torch.optim.Optimizer, got {type(made).__name__}")
    return made
