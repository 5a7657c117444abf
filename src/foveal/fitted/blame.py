"""Whose fault an error is: what a user's code raises, or torch for it, said in one line with the way out."""

import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from torch import nn
from torch.optim import Optimizer

from foveal.core.errors import FovealError, ran_out_of_memory, refusal
from foveal.core.rules import as_list
from foveal.data.changes import changed
from foveal.train.step import loss_of_rows

#: What torch and a user's own checks raise; exceptions of the user's own classes stay what they are.
RAISED = (ArithmeticError, AssertionError, AttributeError, LookupError, RuntimeError, TypeError, ValueError)

WAYS_OUT = {
    "net": "mend its forward, or use another net",
    "activation": "use an activation that gives as many features as it takes, such as 'relu'",
    "loss": "it is called as loss(outputs, targets) and must give one loss a row, or their mean, with a gradient",
    "optimizer": "use a torch.optim class, a function (params, lr) -> optimizer, or a name such as 'adam'",
    "augment": "it is called as augment(batch, generator) and must give a batch of the same shape",
}  # fmt: skip
#: Words in what torch says, and the way out that they mean.
_HINTS = {
    "more than 1 value per channel": "use a larger batch_size, or foveal.layers.BatchNorm, which takes such batches",
    "more than 1 spatial element": "leave the norm out where a map has one value",
    "sparse gradients": "use sparse=False in its embedding; SparseAdam is for nets that have nothing else",
    "backward through the graph a second time": "detach() what it keeps from one step to the next",
    "does not require grad": "compute the outputs with torch from its weights, without detach(), no_grad or NumPy",
    "cannot pickle": "make such things in its forward, or give it a __deepcopy__",
}  # fmt: skip


def brought(parameters: Mapping[str, Any]) -> list[str]:
    """List the parameters that hold something of the user's own.

    >>> brought({"net": None, "activation": "relu", "loss": print, "optimizer": "adam", "augment": ["flip", print]})
    ['loss', 'augment']
    """
    own = {name: [v for v in as_list(parameters[name]) if not isinstance(v, str | None)] for name in WAYS_OUT}
    return [name for name, values in own.items() if values]


@contextmanager
def explaining(
    parameter: str, parameters: Mapping[str, Any], doing: str, net: nn.Module | None = None
) -> Iterator[None]:
    """Turn what is raised into a `ParameterError`, of its own kind too, that names the parameter and the object.

    Where modules of `net`, a loss, an augmentation or an optimizer stand on the way to it, it is the innermost one's.
    """
    try:
        yield
    except RAISED as error:
        if isinstance(error, FovealError) or ran_out_of_memory(error):
            raise
        name, who = _culprit(error, parameters, net) or (parameter, named(parameters[parameter]))
        said = " ".join(str(error).split())[:300] or type(error).__name__
        way_out = next((hint for words, hint in _HINTS.items() if words in said), WAYS_OUT[name])
        raise refusal(error, f"{name}: {who} fails in {doing}: {said}; {way_out}") from error


def named(value: Any) -> str:
    """Name what a user has passed: a class, a function, or the class of an object."""
    return str(getattr(value, "__qualname__", type(value).__qualname__))


def _culprit(error: BaseException, parameters: Mapping[str, Any], net: nn.Module | None) -> tuple[str, str] | None:
    """Find the user's object that an error came from among the frames that it passed, None where none is known."""
    names = {} if net is None else {id(module): name for name, module in net.named_modules()}
    found: tuple[str, str] | None = None
    for frame, _ in traceback.walk_tb(error.__traceback__):
        own = frame.f_locals.get("self")
        if isinstance(own, Optimizer):
            found = "optimizer", type(own).__name__
        elif frame.f_code is changed.__code__:
            found = "augment", named(frame.f_locals["augment"])
        elif frame.f_code is loss_of_rows.__code__:
            found = "loss", named(parameters["loss"])
        elif isinstance(own, nn.Module) and names.get(id(own)):
            path = names[id(own)].removeprefix("body").lstrip(".")
            found = "net", f"{type(own).__name__} {path!r}" if path else type(own).__name__
    known = found is not None and found[0] in ("optimizer", *brought(parameters))
    return found if known else None
