"""Optimizers without the compiler's wrappers compute what PyTorch's own do, to the bit."""

import copy
import pickle

import pytest
import torch
from torch import optim
from torch.optim import Optimizer

from foveal.train.optim import without_compiler
from foveal.train.optim.muon import Muon
from foveal.train.optim.without_compiler import Untraced

OURS = sorted(
    name for name, kind in vars(without_compiler).items() if isinstance(kind, type) and issubclass(kind, Optimizer)
)
NAMES = [name for name in OURS if name not in ("Optimizer", "Untraced")]


def three_steps(kind: type[Optimizer]) -> torch.Tensor:
    weight = torch.linspace(-1, 1, 8).requires_grad_()
    optimizer = kind([weight], lr=0.01)
    for k in range(3):
        optimizer.zero_grad()
        (weight - k).square().sum().backward()
        optimizer.step()
    return weight.detach()


def test_each_optimizer_of_the_table_is_there():
    assert NAMES == ["Adadelta", "Adagrad", "Adam", "AdamW", "Adamax", "NAdam", "RMSprop", "SGD"]


@pytest.mark.parametrize("name", NAMES)
def test_steps_are_those_of_pytorch_to_the_bit(name: str):
    assert torch.equal(three_steps(getattr(without_compiler, name)), three_steps(getattr(optim, name)))


@pytest.mark.parametrize("name", NAMES)
def test_an_optimizer_is_the_one_of_pytorch_and_can_be_pickled_and_copied(name: str):
    optimizer = getattr(without_compiler, name)([torch.ones(2, requires_grad=True)], lr=0.25)
    assert isinstance(optimizer, getattr(optim, name))
    for twin in (pickle.loads(pickle.dumps(optimizer)), copy.deepcopy(optimizer)):
        assert type(twin) is type(optimizer)
        assert twin.param_groups[0]["lr"] == 0.25


def test_a_step_takes_no_gradient_and_leaves_the_switch_alone():
    weight = torch.ones(2, requires_grad=True)
    optimizer = without_compiler.SGD([weight], lr=0.1)
    weight.sum().backward()
    optimizer.step()
    assert torch.is_grad_enabled()
    assert weight.is_leaf
    optimizer.zero_grad()
    assert weight.grad is None


def test_hooks_and_the_refusals_of_pytorch_stay():
    weight, seen = torch.ones(2, requires_grad=True), []
    optimizer = without_compiler.Adam([weight], lr=0.1)
    optimizer.register_step_post_hook(lambda *_: seen.append("step"))
    optimizer.step()
    assert seen == ["step"]
    with pytest.raises(ValueError, match="some parameters appear in more than one parameter group"):
        optimizer.add_param_group({"params": [weight]})


def test_muon_needs_no_compiler_either():
    assert issubclass(Muon, Untraced)
