"""What the kernels run of a network, and that they leave to PyTorch whatever they do not compute to the letter."""

import pytest
import torch
from torch import nn
from torch.nn.modules import module as torch_module

from foveal.kernels.library import load
from foveal.kernels.planner import plan
from foveal.kernels.recognise import leaves, read
from foveal.layers import Standardize
from foveal.models import PlainStack

from .edges import EDGES, HOOKS, SHAPE, counting, net, with_parameter_hook

pytestmark = pytest.mark.skipif(load() is None, reason="there are no compiled kernels")


def test_the_plain_stack_runs_whole():
    found = plan(nn.Sequential(Standardize([0.0], [1.0]), PlainStack((1, 28, 28), 10)), (1, 28, 28))
    assert found.whole
    assert [block.plan.dense for block in found.reading.blocks] == [0, 0, 1, 1]


def test_the_network_of_the_edges_runs_whole_without_an_edge():
    assert plan(net(), SHAPE).whole


@pytest.mark.parametrize("case", {**EDGES, **HOOKS})
def test_an_edge_is_left_to_pytorch(case):
    found = plan({**EDGES, **HOOKS}[case](), SHAPE)
    assert not found.whole
    assert found.why


@pytest.mark.parametrize("kind", ["hook", "post_accumulate_grad_hook"])
def test_a_parameters_hook(kind):
    assert not plan(with_parameter_hook(kind), SHAPE).whole


@pytest.mark.parametrize("kind", ["forward_hook", "forward_pre_hook", "full_backward_hook", "full_backward_pre_hook"])
def test_a_hook_on_all_modules(kind):
    handle = getattr(torch_module, f"register_module_{kind}")(counting(kind))
    try:
        assert plan(net(), SHAPE).library is None
    finally:
        handle.remove()
    assert plan(net(), SHAPE).whole


@pytest.mark.parametrize("dtype", [torch.float64, torch.bfloat16, torch.float16])
def test_other_precisions(dtype):
    assert not plan(net().to(dtype), SHAPE).whole
    assert not read(leaves(net().to(dtype)), SHAPE).blocks


def test_hooks_on_the_standardisation():
    first = Standardize([0.0, 0.0], [1.0, 1.0])
    first.register_forward_hook(counting("standardisation"))
    assert not plan(nn.Sequential(first, net()), SHAPE).whole


@pytest.mark.parametrize(
    "made",
    [
        nn.Sequential(nn.Conv2d(3, 4, 3), nn.Flatten(), nn.Linear(144, 2)),  # three channels on two
        nn.Sequential(nn.Conv2d(2, 4, 9), nn.Flatten(), nn.Linear(4, 2)),  # a filter that does not fit
        nn.Sequential(nn.Conv2d(2, 4, 3), nn.MaxPool2d(7), nn.Flatten(), nn.Linear(4, 2)),
        nn.Sequential(nn.Conv2d(2, 4, 3), nn.Flatten(), nn.Linear(145, 2)),
        nn.Sequential(nn.Conv2d(2, 4, 3), nn.BatchNorm2d(5), nn.Flatten(), nn.Linear(144, 2)),
        nn.Sequential(nn.Conv1d(2, 4, 3), nn.Flatten(), nn.Linear(144, 2)),
        nn.Sequential(nn.Conv2d(2, 4, 3), nn.BatchNorm1d(4), nn.Flatten(), nn.Linear(144, 2)),
    ],
)
def test_sizes_that_pytorch_refuses_are_left_to_its_error(made):
    with pytest.raises((RuntimeError, ValueError)):
        made(torch.zeros(2, *SHAPE))
    assert not plan(made, SHAPE).whole
