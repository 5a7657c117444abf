"""An optimizer's state as it is loaded: where each tensor comes to lie."""

import pytest
import torch

from foveal.train.optim.state import set_state, state_of
from foveal.train.optim.table import make_optimizer


@pytest.mark.parametrize("name", ["sgd", "momentum", "nesterov", "adam", "adamw", "muon"])
def test_all_that_a_fused_step_reads_lies_with_the_weights(name):
    """A file's tensors lie on the CPU; a GPU that reads a count there stops with an illegal memory access."""
    weights = [torch.ones(3, 3, requires_grad=True), torch.ones(3, requires_grad=True)]
    here = make_optimizer(name, weights, 0.1)
    for weight in weights:
        weight.grad = torch.ones_like(weight)
    here.step()
    elsewhere = [torch.empty_like(weight, device="meta").requires_grad_() for weight in weights]
    there = make_optimizer(name, elsewhere, 0.1)
    set_state(there, state_of(here))
    kept = [value for values in there.state.values() for value in values.values()]
    assert len(kept) == sum(map(len, here.state.values()))
    assert {value.device.type for value in kept} <= {"meta"}
