"""The steps of an inverted residual, and its sum, against plain torch."""

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from foveal.layers import Residual, SqueezeExcite, inverted_steps, unpacked, with_shortcut

SIZES = {1: (9,), 2: (7, 8), 3: (4, 5, 6)}
CONV = {1: F.conv1d, 2: F.conv2d, 3: F.conv3d}


def settled(steps, seed=0):
    net, rng = nn.Sequential(*steps).double().eval(), torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, value in net.state_dict().items():
            if value.is_floating_point():
                drawn = torch.randn(value.shape, generator=rng, dtype=value.dtype)
                value.copy_(drawn.abs() + 0.5 if name.endswith("running_var") else drawn)
    return net


def normed(x, norm):
    return F.batch_norm(x, norm.running_mean, norm.running_var, norm.weight, norm.bias, eps=norm.eps)


@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("ndim", [1, 2, 3])
def test_wide_each_channel_by_itself_gate_narrow(ndim, stride):
    steps = inverted_steps(ndim, 4, 12, 6, 5, stride=stride, squeeze=SqueezeExcite(ndim, 12, 3), eps=1e-3)
    net = settled(steps)
    x = torch.randn(2, 4, *SIZES[ndim], dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    (wide, norm0, _), (depthwise, norm1, _), gate, (narrow, norm2) = net
    y = F.relu6(normed(CONV[ndim](x, wide.weight), norm0))
    y = F.relu6(normed(CONV[ndim](y, depthwise.weight, stride=stride, padding=2, groups=12), norm1))
    mean = y.flatten(2).mean(2).view(2, 12, *(1,) * ndim)
    weights = CONV[ndim](F.relu(CONV[ndim](mean, gate.fc1.weight, gate.fc1.bias)), gate.fc2.weight, gate.fc2.bias)
    y = normed(CONV[ndim](y * weights.sigmoid(), narrow.weight), norm2)
    torch.testing.assert_close(net(x), y, rtol=0, atol=1e-10)
    assert {norm.eps for norm in (norm0, norm1, norm2)} == {1e-3}


def test_a_block_as_wide_as_its_input_does_not_widen():
    assert len(inverted_steps(2, 8, 8, 4)) == 2


def test_leaves_run_as_the_steps_do():
    net = settled(inverted_steps(2, 4, 8, 4, squeeze=SqueezeExcite(2, 8, 2)))
    leaves = unpacked(list(net))
    assert [type(leaf).__name__ for leaf in leaves[5:8]] == ["ReLU6", "SqueezeExcite", "Conv2d"]
    x = torch.ones(1, 4, 5, 5, dtype=torch.float64)
    assert torch.equal(nn.Sequential(*leaves)(x), net(x))


def test_the_input_is_added_where_shapes_are_alike():
    conv = nn.Conv1d(2, 2, 3, padding=1)
    x = torch.randn(1, 2, 5, generator=torch.Generator().manual_seed(0))
    added, alone = with_shortcut({"conv": conv}, alike=True), with_shortcut({"conv": conv}, alike=False)
    assert isinstance(added, Residual)
    torch.testing.assert_close(added(x) - alone(x), x)
    assert list(added.state_dict()) == list(alone.state_dict()) == ["conv.weight", "conv.bias"]
