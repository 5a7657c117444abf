import pytest
import torch
from torch import nn

from foveal.core.errors import ParameterError
from foveal.explain.maximise import maximise_channel
from foveal.layers import Standardize

from .nets import rows, same, small, state


def test_the_channel_is_driven_up_and_the_network_left():
    net = small()
    before, drawn = state(net), torch.random.get_rng_state()
    x = maximise_channel(net, (1, 8, 8), "5", 2)
    assert x.shape == (1, 8, 8)
    assert same(before, state(net))
    assert torch.equal(drawn, torch.random.get_rng_state())
    part = net.eval()[:6]
    assert part(x[None])[:, 2].mean() > part(rows(64))[:, 2].mean((1, 2)).max()


def test_it_is_a_function_of_the_seed():
    net = small()
    one, again, other = (maximise_channel(net, (1, 8, 8), seed=seed, steps=8) for seed in (1, 1, 2))
    assert torch.equal(one, again)
    assert not torch.equal(one, other)


def test_bytes_stay_bytes():
    net = nn.Sequential()
    net.input, net.body = Standardize([0.5], [0.25], scale=255), small()
    x = maximise_channel(net, (1, 8, 8), channel=1, rate=0.5, steps=20)
    assert float(x.min()) >= 0
    assert float(x.max()) <= 255
    assert float(x.std()) > 1


@pytest.mark.parametrize("shape", [(2, 12), (1, 6, 5), (1, 4, 5, 6), (1, 8, 1)])
def test_rows_of_any_number_of_axes(shape):
    conv = {2: nn.Conv1d, 3: nn.Conv2d, 4: nn.Conv3d}[len(shape)]
    net = nn.Sequential(conv(shape[0], 2, 1), nn.Flatten(), nn.LazyLinear(2))
    net(torch.zeros(1, *shape))
    assert maximise_channel(net, shape, steps=5).shape == shape


def test_a_channel_that_is_not_there_is_told():
    with pytest.raises(ParameterError, match="channel must be from 0 to 5, got 6"):
        maximise_channel(small(), (1, 8, 8), "5", 6)
