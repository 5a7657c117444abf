"""PyTorch's optimizers as the library's update rules: the same formulas on the same memory."""

from collections.abc import Mapping
from inspect import unwrap
from typing import Any

import torch
from torch import Tensor, optim
from torch.optim import Optimizer

from foveal.kernels.interface import ADAM, SGD, Call, Moving

_STATES = {ADAM: ("exp_avg", "exp_avg_sq"), SGD: ("momentum_buffer",)}


class Update:
    """One optimizer's step over `gradients`, weight -> gradient; `why` says why the kernels cannot make it, or is None.

    The optimizer's memory stays in its `state`, made as the optimizer itself would make it at its first step.
    """

    def __init__(self, optimizer: Optimizer, gradients: Mapping[Tensor, Tensor], penalised: set[Tensor]) -> None:
        self.optimizer, self.gradients, self.penalised = optimizer, gradients, penalised
        self.why = _why_not(optimizer, gradients)
        self.table = (Moving * len(gradients))()

    def look(self) -> bool:
        """Note where everything lies now; False where an update is not to be had in that way."""
        if self.why is not None:
            return False
        rule = _rule(self.optimizer)
        for entry, (weight, gradient) in zip(self.table, self.gradients.items(), strict=True):
            state = self.optimizer.state[weight]
            _begin(state, weight, rule, self._group["momentum"] if rule == SGD else 0.0)
            kept = [state.get(name) for name in _STATES[rule]]
            if rule == ADAM and state["step"].dtype != torch.float32:  # made while another dtype was the default
                return False
            if any(t is not None and (t.stride() != weight.stride() or t.dtype != weight.dtype) for t in kept):
                return False
            at = [0 if t is None else t.data_ptr() for t in [*kept, None][:2]]
            entry.value, entry.gradient, entry.size = weight.data_ptr(), gradient.data_ptr(), weight.numel()
            entry.first, entry.second = at
            entry.steps = state["step"].data_ptr() if rule == ADAM else 0
            entry.penalised = weight in self.penalised
        return True

    @property
    def _group(self) -> dict[str, Any]:
        return self.optimizer.param_groups[0]

    def describe(self, call: Call, l2: float) -> None:
        """Write the rule and its numbers, the present rate among them, into a call."""
        group = self._group
        call.rule, call.rate, call.l2 = _rule(self.optimizer), group["lr"], l2
        if call.rule == SGD:
            call.momentum, call.nesterov = group["momentum"], group["nesterov"]
        else:
            (call.beta1, call.beta2), call.eps = group["betas"], group["eps"]
            call.decay = group["weight_decay"]  # AdamW's; Adam's must be 0
        call.tensors, call.n_tensors = self.table, len(self.table)


def _rule(optimizer: Optimizer) -> int:
    return SGD if isinstance(optimizer, optim.SGD) else ADAM


def _why_not(optimizer: Optimizer, gradients: Mapping[Tensor, Tensor]) -> str | None:
    kinds = (optim.SGD, optim.Adam, optim.AdamW)
    known = any(unwrap(type(optimizer).step) is unwrap(kind.step) for kind in kinds)
    if not known:
        return f"the kernels know no step of {type(optimizer).__name__}"
    group = optimizer.param_groups[0]
    unusual = [name for name in ("maximize", "amsgrad", "differentiable", "dampening") if group.get(name)]
    if group.get("weight_decay") and not group.get("decoupled_weight_decay", isinstance(optimizer, optim.AdamW)):
        unusual.append("weight_decay")
    if unusual:
        return f"the kernels know no {type(optimizer).__name__} with {unusual[0]}"
    if len(optimizer.param_groups) > 1 or isinstance(group["lr"], Tensor):
        return "the optimizer has several groups, or its rate in a tensor"
    if {id(p) for p in group["params"]} != {id(p) for p in gradients}:
        return "the optimizer's weights are not the network's"
    if optimizer._optimizer_step_pre_hooks or optimizer._optimizer_step_post_hooks:
        return "the optimizer has hooks"
    return None


def _begin(state: dict[str, Any], weight: Tensor, rule: int, momentum: float) -> None:
    """Make the memory of a first step."""
    if rule == ADAM and not state:
        state["step"] = torch.zeros((), dtype=torch.float32)
        state["exp_avg"], state["exp_avg_sq"] = torch.zeros_like(weight), torch.zeros_like(weight)
    if rule == SGD and momentum and state.get("momentum_buffer") is None:
        state["momentum_buffer"] = torch.zeros_like(weight)
