"""A value as it is, its gradient scaled."""

import torch

from foveal.layers.scaled_gradient import scaled_gradient


def test_the_value_is_the_same_and_the_gradient_scaled():
    x = torch.randn(3, requires_grad=True)
    y = scaled_gradient(x, 0.5)
    assert torch.equal(x, y)
    (y**2).sum().backward()
    torch.testing.assert_close(x.grad, x.detach())
