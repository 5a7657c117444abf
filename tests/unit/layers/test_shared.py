"""Layers that look beyond their process's rows, held against one process that has all of them."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
import torch

from foveal.core.shares import Share, Shared, Span
from foveal.layers import BatchNorm, Dropout


class Meeting:
    """Threads that stand for processes: `add` gives each the sum of all their tensors."""

    def __init__(self, count: int) -> None:
        self.barrier, self.held = Barrier(count), [torch.zeros(())] * count

    def add(self, rank: int, x: torch.Tensor) -> torch.Tensor:
        self.held[rank] = x.clone()
        self.barrier.wait(20)
        total = torch.stack(self.held).sum(0)
        self.barrier.wait(20)
        return x.copy_(total)


def together(world: int, work):
    """Call `work(rank, add)` in as many threads."""
    meeting = Meeting(world)
    with ThreadPoolExecutor(world) as threads:
        return list(threads.map(lambda rank: work(rank, lambda x: meeting.add(rank, x)), range(world)))


def norm_with(weight, bias) -> BatchNorm:
    norm = BatchNorm(len(weight)).to(weight.dtype)
    norm.weight.data, norm.bias.data = weight.clone(), bias.clone()
    return norm


@pytest.mark.parametrize("world", [1, 2, 3, 5])
@pytest.mark.parametrize("shape", [(4, 3), (7, 3, 5), (3, 3, 4, 4), (2, 3, 2, 2, 2)], ids=str)
@pytest.mark.parametrize("centre", [0.0, 1e4])
def test_batch_norm_over_processes_is_that_of_one(world, shape, centre, rng):
    """Outputs, gradients and running statistics, in float64; five processes share two rows, too."""
    x = torch.randn(shape, dtype=torch.float64, generator=rng) + centre
    slopes = torch.randn(shape, dtype=torch.float64, generator=rng)
    weight, bias = torch.rand(2, 3, dtype=torch.float64, generator=rng)
    one, whole = norm_with(weight, bias), x.clone().requires_grad_()
    expected = one(whole)
    expected.backward(slopes)

    def work(rank, add):
        (span,) = Share(rank, world).spans(len(x))
        norm, own = norm_with(weight, bias), x[span.start : span.stop].clone().requires_grad_()
        norm.shared = Shared(span, add)
        out = norm(own)
        out.backward(slopes[span.start : span.stop])
        return out.detach(), own.grad, norm

    outs, grads, norms = zip(*together(world, work), strict=True)
    close = {"rtol": 1e-12, "atol": 1e-12 * max(1.0, centre)}
    torch.testing.assert_close(torch.cat(outs), expected.detach(), **close)
    torch.testing.assert_close(torch.cat(grads), whole.grad, **close)
    torch.testing.assert_close(sum(n.weight.grad for n in norms), one.weight.grad, **close)
    torch.testing.assert_close(sum(n.bias.grad for n in norms), one.bias.grad, **close)
    for norm in norms:
        torch.testing.assert_close(norm.running_mean, one.running_mean, **close)
        torch.testing.assert_close(norm.running_var, one.running_var, **close)
        assert norm.num_batches_tracked == one.num_batches_tracked


def test_a_single_value_in_all_processes_has_no_variance():
    def work(rank, add):
        norm = BatchNorm(2)
        (span,) = Share(rank, 2).spans(1)
        norm.shared = Shared(span, add)
        return norm(torch.full((span.stop - span.start, 2), 5.0)), norm

    for out, norm in together(2, work):
        assert (out == 5 / (1 + norm.eps) ** 0.5).all()
        assert norm.num_batches_tracked == 0


@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
@pytest.mark.parametrize("world", [2, 3, 9])
def test_masks_are_cut_from_one_mask(layout, world):
    x = torch.ones(8, 3, 5, 4).contiguous(memory_format=layout)
    dropout = Dropout(0.4)
    dropout.generator = torch.Generator().manual_seed(1)
    expected = dropout(x)
    pieces = []
    for rank in range(world):
        (span,) = Share(rank, world).spans(len(x))
        dropout.generator.manual_seed(1)
        dropout.shared = Shared(span, lambda t: t)
        pieces.append(dropout(x[span.start : span.stop]))
    assert torch.equal(torch.cat(pieces), expected)


def test_a_network_may_fold_an_axis_into_the_rows():
    """(N, T, F) -> (N T, F): three rows of the layer for each of the batch's."""
    dropout = Dropout(0.5)
    dropout.generator = torch.Generator().manual_seed(1)
    expected = dropout(torch.ones(12, 7))
    dropout.generator.manual_seed(1)
    dropout.shared = Shared(Span(2, 4, 4), lambda t: t)
    assert torch.equal(dropout(torch.ones(6, 7)), expected[6:])


@pytest.fixture
def rng():
    return torch.Generator().manual_seed(5)
