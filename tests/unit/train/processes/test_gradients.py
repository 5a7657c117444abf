import torch

from foveal.train.processes.gradients import by_dtype, flatten, spread


def weights():
    a = torch.zeros(2, 3, 2, 2).contiguous(memory_format=torch.channels_last).requires_grad_()
    b, c = torch.zeros(4, requires_grad=True), torch.zeros(2, requires_grad=True)
    a.grad, b.grad = torch.randn(2, 3, 2, 2, generator=torch.Generator().manual_seed(0)).to(a), torch.arange(4.0)
    return [a, b, c]


def test_there_and_back():
    """The order is that of the weights and their axes, whatever theirs in memory."""
    kept = weights()
    flat = flatten(kept)
    assert torch.equal(flat[:24], kept[0].grad.contiguous().view(-1))
    assert flat[24:].tolist() == [0, 1, 2, 3, 0, 0, 1, 1, 0]
    spread(flat * 2, kept)
    assert torch.equal(kept[0].grad, weights()[0].grad * 2)
    assert kept[1].grad.tolist() == [0, 2, 4, 6]


def test_a_weight_without_a_gradient_gets_that_of_the_others_or_none():
    kept = weights()
    flat = flatten(kept)
    spread(flat, kept)
    assert kept[2].grad is None
    flat[28:30], flat[-1] = 7, 1
    spread(flat, kept)
    assert kept[2].grad.tolist() == [7, 7]


def test_weights_that_are_not_trained_are_left_out():
    assert by_dtype([torch.zeros(1), torch.zeros(1, dtype=torch.float64, requires_grad=True)]).keys() == {torch.float64}
