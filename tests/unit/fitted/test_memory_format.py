"""The order of filters and rows in memory: channels-last, but where PyTorch cannot train in it."""

import copy
import pickle
import subprocess
import sys

import pytest
import torch
from torch import nn

from foveal.core.forms import form_of
from foveal.fitted.memory_format import NARROW, order_by_trial, order_channels_last

#: In each, a 1x1 convolution of stride 2 of fewer channels than a vector has floats: fit ended in a ruined heap.
THIN = """
import numpy as np
from torch import nn
from foveal import CNNClassifier

class Residual(nn.Module):
    def __init__(self, before, after):
        super().__init__()
        self.inner = nn.Conv2d(before, after, 3, stride=2, padding=1)
        self.around = nn.Conv2d(before, after, 1, stride=2)

    def forward(self, x):
        return (self.inner(x) + self.around(x)).relu()

def ending(*parts):
    return nn.Sequential(*parts, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(8, 3))

def strided(channels, stride):
    return lambda shape, n: ending(nn.Conv2d(shape[0], channels, 3), nn.Conv2d(channels, 8, 1, stride=stride))

NETS = {
    "residual": {"net": lambda shape, n: ending(nn.Conv2d(shape[0], 4, 3), Residual(4, 8))},
    "on the inputs": {"net": lambda shape, n: ending(nn.Conv2d(shape[0], 8, 1, stride=2))},
    "strides 1 and 2": {"net": strided(5, (1, 2))},
    "stride 3": {"net": strided(7, 3)},
    "the plain stack": {"filter_size": 1, "stride": 2, "kernels": "off"},
    "the plain stack, thin": {"filter_size": 1, "stride": 2, "in_channels_list": (None, 3), "kernels": "off"},
}
rng = np.random.default_rng(0)
for channels in (1, 3):
    X, y = rng.normal(size=(400, channels, 17, 17)).astype("float32"), np.arange(400) % 3
    for name, options in NETS.items():
        model = CNNClassifier(**options, n_epochs=3, layout="NCHW", random_state=0).fit(X, y)
        junk = [np.ones(n) for n in (5, 50, 500, 5000)]
        print(channels, name, flush=True)
print("all trained")
"""


def test_thin_strided_convolutions_are_trained_and_the_heap_is_whole():
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", THIN], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.splitlines()[-1:]) == (0, ["all trained"]), done.stdout + done.stderr[-500:]


def placed(conv):
    net = nn.Sequential(conv, nn.Flatten())
    order_channels_last(net, 2)
    return net


def gradient(net, x):
    (found,) = torch.autograd.grad(net(x).square().mean(), [net[0].weight])
    return found


@pytest.mark.parametrize("channels", [1, 3, 7, 12, NARROW])
@pytest.mark.parametrize("stride", [1, 2, (1, 2), 3])
def test_gradients_are_those_of_double_precision(channels, stride):
    torch.manual_seed(0)
    net = placed(nn.Conv2d(channels, 8, 1, stride=stride))
    x = torch.randn(64, 12, 12, channels).movedim(-1, 1)  # as the store gives them
    exact = copy.deepcopy(net).double()
    torch.testing.assert_close(gradient(net, x).double(), gradient(exact, x.double()), rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize(
    ("conv", "ordinary"),
    [
        (nn.Conv2d(4, 8, 1, stride=2), True),
        (nn.Conv2d(4, 8, 1, stride=(1, 2)), True),
        (nn.Conv2d(4, 8, 1), False),
        (nn.Conv2d(4, 8, 3, stride=2), False),
        (nn.Conv2d(NARROW, 8, 1, stride=2), False),
        (nn.Conv2d(4, 8, 1, stride=2, device="meta"), False),
    ],
    ids=str,
)
def test_only_those_that_need_it_are_given_the_ordinary_order(conv, ordinary):
    assert bool(placed(conv)[0]._forward_pre_hooks) == ordinary


def test_it_is_given_once_and_survives_copies_and_pickles():
    net = placed(nn.Conv2d(4, 8, 1, stride=2))
    order_channels_last(net, 2)
    for other in (net, copy.deepcopy(net), pickle.loads(pickle.dumps(net))):
        assert len(other[0]._forward_pre_hooks) == 1


def test_a_users_network_lies_channels_last_where_it_computes_the_same():
    body = nn.Sequential(nn.Conv2d(2, 4, 3), nn.Flatten(), nn.Linear(64, 2))
    order_by_trial(body, form_of((2, 6, 6)))
    assert body[0].weight.is_contiguous(memory_format=torch.channels_last)
    assert not body._forward_pre_hooks


def test_one_that_wants_channels_first_is_given_them():
    class Views(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv = nn.Conv2d(2, 4, 3)

        def forward(self, x):
            return self.conv(x).view(len(x), -1)

    body = Views()
    order_by_trial(body, form_of((2, 6, 6)))
    assert body.conv.weight.is_contiguous()
    assert body(torch.zeros(3, 6, 6, 2).movedim(-1, 1)).shape == (3, 64)
