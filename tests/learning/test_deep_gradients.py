"""What reaches the first layer of 110: the gradient's size, and whether it holds for a step.

Every pair below has the same layers and the same weights to begin with, one with shortcuts and one without.
"""

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from foveal.models.landmarks.small_resnet import small_resnet

DEPTH, SIZE, ROWS = 110, 16, 16


def of_first_and_last(*, shortcuts, norm, seed):
    """Give the gradient's norm at the first and the last convolution, and the cosine of the first with its next.

    The next is the gradient after a step of a thousandth of the first layer's weights. Float64: float32 has no numbers
    as small as some of these.
    """
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        net = small_resnet((3, SIZE, SIZE), 10, depth=DEPTH, shortcuts=shortcuts, norm=norm).double()
        if not norm:  # as networks began before weights were scaled for ReLU: PyTorch's own start
            for conv in (m for m in net.modules() if isinstance(m, nn.Conv2d)):
                conv.reset_parameters()
        x, y = torch.randn(ROWS, 3, SIZE, SIZE, dtype=torch.float64), torch.arange(ROWS) % 10
    weights = [net.conv1.weight, net.layer3[-1].conv2.weight]
    first, last = torch.autograd.grad(F.cross_entropy(net(x), y), weights)
    with torch.no_grad():
        weights[0] -= 1e-3 * weights[0].norm() * first / first.norm()
    after = torch.autograd.grad(F.cross_entropy(net(x), y), weights[:1])[0]
    cosine = (first * after).sum() / first.norm() / after.norm()
    return float(first.norm()), float(last.norm()), float(cosine)


SEEDS = [0, pytest.param(1, marks=pytest.mark.long), pytest.param(2, marks=pytest.mark.long)]


@pytest.mark.parametrize("seed", SEEDS)
def test_without_batch_norm_gradients_vanish_in_a_plain_stack_and_not_beside_shortcuts(seed):
    residual, plain = (of_first_and_last(shortcuts=s, norm=False, seed=seed) for s in (True, False))
    shown = f"first and last layer: {residual[0]:.2g} and {residual[1]:.2g} with shortcuts, "
    shown += f"{plain[0]:.2g} and {plain[1]:.2g} without"
    assert residual[0] > residual[1] / 100, shown
    assert plain[0] < 1e-30 * plain[1], shown


@pytest.mark.parametrize("seed", SEEDS)
def test_with_batch_norm_they_explode_in_a_plain_stack_and_change_with_every_step(seed):
    residual, plain = (of_first_and_last(shortcuts=s, norm=True, seed=seed) for s in (True, False))
    shown = f"first and last layer, cosine after a step: {residual[0]:.2g}, {residual[1]:.2g}, {residual[2]:.2f} "
    shown += f"with shortcuts, {plain[0]:.2g}, {plain[1]:.2g}, {plain[2]:.2f} without"
    assert residual[1] / 100 < residual[0] < 100 * residual[1], shown
    assert residual[2] > 0.8, shown
    assert plain[0] > 1e5 * plain[1], shown
    assert abs(plain[2]) < 0.4, shown
