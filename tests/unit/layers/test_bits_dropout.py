"""Masks drawn four at a time: as often as is said, by the generator that is lent, the same for shares of a batch."""

import pytest
import torch

from foveal.core.shares import Shared, Span
from foveal.layers.bits_dropout import BitsDropout


def dropping(rate, seed=0, shared=None):
    layer = BitsDropout(rate).train()
    layer.generator, layer.shared = torch.Generator().manual_seed(seed), shared
    return layer


@pytest.mark.parametrize("rate", [0.1, 0.5, 0.9])
def test_as_many_are_dropped_and_the_mean_is_kept(rate):
    x = torch.ones(1000, 333, requires_grad=True)
    y = dropping(rate)(x)
    assert float((y == 0).double().mean()) == pytest.approx(rate, abs=0.003)
    assert float(y.detach().mean()) == pytest.approx(1, abs=0.02)
    y.sum().backward()
    assert torch.equal(x.grad, y.detach())


def test_masks_of_neighbours_have_nothing_to_do_with_each_other():
    kept = (dropping(0.5)(torch.ones(4000, 64)) > 0).double()
    assert float(torch.corrcoef(kept.T).fill_diagonal_(0).abs().max()) < 0.08


def test_the_mask_is_a_function_of_the_generator_and_not_of_the_processes():
    x = torch.ones(10, 7)
    whole = dropping(0.3)(x)
    assert torch.equal(whole, dropping(0.3)(x))
    assert not torch.equal(whole, dropping(0.3, seed=1)(x))
    share = dropping(0.3, shared=Shared(Span(4, 10, 10), lambda t: t))(x[4:])
    assert torch.equal(share, whole[4:])


def test_nothing_is_dropped_in_inference_or_at_a_rate_of_0():
    assert torch.equal(BitsDropout(0.5).eval()(torch.ones(3)), torch.ones(3))
    assert torch.equal(dropping(0.0)(torch.ones(3)), torch.ones(3))
    assert "rate=0.5" in repr(BitsDropout(0.5))
