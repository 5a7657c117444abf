"""One network of each family is one graph for `torch.compile`, and one for `torch.export`.

The graph is run by PyTorch's own operations: what is generated from it is PyTorch's affair, and takes minutes.
"""

import copy

import pytest
import torch

from foveal.layers import BatchNorm
from foveal.models import MODELS

from .test_catalogue import FAMILIES, LARGER, SHAPES


def _made(name, ndim=2):
    torch.manual_seed(0)
    shape = LARGER.get(name, SHAPES)[ndim]
    return MODELS[name].make(shape, 3, stem="auto"), torch.randn(4, *shape)


def _ndim(name):
    return 2 if 2 in MODELS[name].axes else MODELS[name].axes[0]


@pytest.fixture(autouse=True)
def _forgotten():
    torch.compiler.reset()
    yield
    torch.compiler.reset()


@pytest.mark.long
@pytest.mark.parametrize("name", FAMILIES)
def test_a_training_step_is_one_graph(name):
    net, x = _made(name, _ndim(name))
    net, x = net.double(), x.double()
    compiled = torch.compile(copy.deepcopy(net), fullgraph=True, backend="aot_eager")
    for seed in range(2):
        found = []
        for each in (net, compiled):
            torch.manual_seed(seed)  # dropout draws from the global generator where no engine lends one
            out = each(x)
            out.square().sum().backward()
            found.append(out.detach())
        torch.testing.assert_close(*found, rtol=1e-6, atol=1e-8)
    for mine, own in zip(net.parameters(), compiled.parameters(), strict=True):
        torch.testing.assert_close(own.grad, mine.grad, rtol=1e-5, atol=1e-6 * max(1.0, float(mine.grad.abs().max())))
    for mine, own in zip(net.buffers(), compiled.buffers(), strict=True):
        torch.testing.assert_close(own, mine, rtol=1e-6, atol=1e-8)


@pytest.mark.long
@pytest.mark.parametrize("name", FAMILIES)
def test_inference_is_exported(name):
    net, x = _made(name, _ndim(name))
    net(x)  # running statistics of its own
    program = torch.export.export(net.eval(), (x,))
    torch.testing.assert_close(program.module()(x), net(x), rtol=1e-5, atol=1e-5)


@pytest.mark.long
def test_batch_norm_is_one_graph_for_all_steps():
    """Its rate falls from step to step, which would be a new graph each time; after eight PyTorch gives up."""
    ours, graphs = BatchNorm(2), []
    theirs = copy.deepcopy(ours)
    compiled = torch.compile(theirs, fullgraph=True, backend=lambda graph, _: graphs.append(graph) or graph.forward)
    for seed in range(12):
        x = torch.randn(3, 2, 4, generator=torch.Generator().manual_seed(seed))
        torch.testing.assert_close(compiled(x), ours(x))
    for mine, own in zip(ours.buffers(), theirs.buffers(), strict=True):
        torch.testing.assert_close(own, mine)
    assert len(graphs) == 1
    torch.testing.assert_close(theirs(x), ours(x))  # and on without the graph, at the same step
    torch.testing.assert_close(theirs.running_var, ours.running_var)
