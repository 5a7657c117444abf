"""A module with hooks, or a forward of its own, does something else than its class says."""

import pytest
import torch
from torch import nn
from torch.nn.modules.module import register_module_forward_hook

from foveal.layers.altered import hooks_of_all_modules, is_altered


@pytest.mark.parametrize(
    "kind", ["forward_hook", "forward_pre_hook", "full_backward_hook", "full_backward_pre_hook", "forward"]
)
def test_hooks_and_a_forward_are_seen(kind):
    module = nn.ReLU()
    assert not is_altered(module)
    if kind == "forward":
        module.forward = torch.relu
    else:
        getattr(module, f"register_{kind}")(lambda *_: None)
    assert is_altered(module)


def test_hooks_of_all_modules_are_seen():
    assert not hooks_of_all_modules()
    handle = register_module_forward_hook(lambda *_: None)
    try:
        assert hooks_of_all_modules()
    finally:
        handle.remove()
