"""PyTorch's optimizers without the wrappers that keep torch.compile out of them.

Those wrappers load the compiler when they are first called, whether anything is compiled or not: 800 modules, sympy
among them, a second and more before the first step. Nothing here traces an optimizer; what it computes is untouched.
"""

from inspect import unwrap
from typing import TypeVar, cast

import torch
from torch import optim
from torch.optim import Optimizer

Kind = TypeVar("Kind", bound=Optimizer)


class Untraced(Optimizer):
    """An optimizer that takes its weights and drops their gradients without the compiler; subclasses have the step.

    >>> isinstance(Adam([torch.zeros(1, requires_grad=True)], lr=0.1), Untraced)
    True
    """

    add_param_group = unwrap(Optimizer.add_param_group)
    zero_grad = unwrap(Optimizer.zero_grad)


def _untraced(kind: type[Kind]) -> type[Kind]:
    """Make a subclass of the same name, at home here so that it can be pickled; its step takes no gradients."""
    body = {
        "__module__": __name__,
        "__doc__": f"`torch.optim.{kind.__name__}`, untraced.",
        "step": torch.no_grad()(unwrap(kind.step)),
    }
    return cast(type[Kind], type(kind.__name__, (Untraced, kind), body))


SGD = _untraced(optim.SGD)
RMSprop = _untraced(optim.RMSprop)
Adam = _untraced(optim.Adam)
AdamW = _untraced(optim.AdamW)
NAdam = _untraced(optim.NAdam)
Adagrad = _untraced(optim.Adagrad)
Adadelta = _untraced(optim.Adadelta)
Adamax = _untraced(optim.Adamax)
