import pytest
import torch

from foveal.layers import separable_convolution


@pytest.mark.parametrize("ndim", [1, 2, 3])
def test_each_channel_is_filtered_alone_and_then_all_are_mixed_at_each_place(ndim):
    row = separable_convolution(ndim, 3, 5, stride=2, dilation=2, bias=True, names=("a", "b"))
    x = torch.randn(2, 3, *(7, 8, 9)[:ndim])
    alone = {1: torch.conv1d, 2: torch.conv2d, 3: torch.conv3d}[ndim]
    each = [alone(x[:, c : c + 1], row.a.weight[c : c + 1], row.a.bias[c : c + 1], 2, 2, 2) for c in range(3)]
    mixed = torch.einsum("oc,nc...->no...", row.b.weight.flatten(1), torch.cat(each, 1))
    want = mixed + row.b.bias.view(-1, *(1,) * ndim)
    assert torch.allclose(row(x), want, atol=1e-5)
    assert [name for name, _ in row.named_children()] == ["a", "b"]
