"""An optimizer's state as JSON and tensors, and back."""

from inspect import unwrap
from typing import Any

import torch
from torch import Tensor
from torch.optim import Optimizer

from foveal.core.errors import ParameterError
from foveal.train.optim.table import SHARE
from foveal.train.optim.without_compiler import Untraced

#: Entries of an optimizer's groups that belong to the machine and the step, not to the run.
_MACHINE = ("params", "lr", SHARE, "fused", "foreach", "capturable", "differentiable")


def state_of(optimizer: Optimizer) -> dict[str, Any]:
    """Give an optimizer's state dict, without the compiler."""
    read = unwrap(Optimizer.state_dict) if isinstance(optimizer, Untraced) else type(optimizer).state_dict
    found: dict[str, Any] = read(optimizer)
    return found


def set_state(optimizer: Optimizer, saved: Any) -> None:
    """Load an optimizer's state: each tensor of the dtype it had, and laid out as its weight, as fused updates need."""
    own = state_of(optimizer)["param_groups"]
    if len(own) != len(saved["param_groups"]):
        raise ValueError("the optimizer has other groups")
    groups = [
        {**old, **{name: new[name] for name in _MACHINE if name in new}}
        for old, new in zip(saved["param_groups"], own, strict=True)
    ]
    write = unwrap(Optimizer.load_state_dict) if isinstance(optimizer, Untraced) else type(optimizer).load_state_dict
    write(optimizer, {"state": saved["state"], "param_groups": groups})
    weights = [weight for group in optimizer.param_groups for weight in group["params"]]
    for place, values in saved["state"].items():
        weight, kept = weights[place], optimizer.state[weights[place]]
        for name, value in values.items():
            if not isinstance(value, Tensor):
                continue
            if kept[name].dtype != value.dtype:  # torch has cast it to the weight's: NAdam's products are float32
                kept[name] = value.to(kept[name].device)
            if value.shape == weight.shape and kept[name].stride() != weight.stride():
                kept[name] = torch.empty_like(weight, dtype=value.dtype).copy_(value)


def as_json(value: Any, name: str, tensors: dict[str, Tensor]) -> Any:
    """Make JSON of a tree; its tensors go into `tensors`, by the name of their place."""
    if isinstance(value, Tensor):
        tensors[name] = value
        return {"tensor": name}
    if isinstance(value, dict):
        return {"pairs": [[as_json(k, name, tensors), as_json(v, f"{name}.{k}", tensors)] for k, v in value.items()]}
    if isinstance(value, list | tuple):
        entries = [as_json(v, f"{name}.{i}", tensors) for i, v in enumerate(value)]
        return {"list" if isinstance(value, list) else "tuple": entries}
    if value is None or isinstance(value, bool | int | float | str):
        return value
    raise ParameterError(
        f"checkpoint: {name} is {type(value).__name__}, which no file can hold; use an optimizer that keeps tensors "
        "and numbers, or checkpoint=None"
    )


def from_json(value: Any, tensors: dict[str, Tensor]) -> Any:
    """Undo `as_json`; every table has one entry, its kind."""
    if not isinstance(value, dict):
        return value
    ((kind, content),) = value.items()
    if kind == "tensor":
        return tensors[content]
    if kind == "pairs":
        return {from_json(k, tensors): from_json(v, tensors) for k, v in content}
    return {"list": list, "tuple": tuple}[kind](from_json(v, tensors) for v in content)
