"""What was frozen for a call waits for the next: a bounded number, freed with their networks, never for two at once."""

import gc
import weakref

import pytest
import torch
from torch import nn

from foveal.fitted import lending
from foveal.fitted.lending import frozen_for
from foveal.kernels.sameness import Sameness
from foveal.layers import ConvBlock, Residual


class Own(nn.Module):
    def forward(self, x):
        return x / 2


def net_of(n=1, seed=0):
    torch.manual_seed(seed)
    row = {"a": ConvBlock(2, 4, 4), "b": ConvBlock(2, 4, 4, activation="linear")}
    return nn.Sequential(*(Residual(row, activation="relu") for _ in range(n))).eval()


def use(net, fold=True):
    with frozen_for(net, fold=fold) as frozen:
        return frozen


def test_it_goes_with_the_network():
    net = net_of()
    use(net)
    assert net in lending._SHELF
    gone = weakref.ref(net)
    del net
    gc.collect()
    assert gone() is None


def test_a_bounded_number_waits_and_the_oldest_goes_first(monkeypatch):
    nets = [net_of() for _ in range(lending.MOST_NETWORKS + 1)]
    for net in nets:
        use(net)
    assert nets[0] not in lending._SHELF
    assert all(net in lending._SHELF for net in nets[1:])
    use(nets[1])
    use(net_of())
    assert nets[1] in lending._SHELF
    assert nets[2] not in lending._SHELF
    one = use(nets[1]).folding.nbytes
    monkeypatch.setattr(lending, "MOST_BYTES", 2 * one)
    use(nets[3])
    assert sum(lent.nbytes for lent in lending._SHELF.values()) <= 2 * one
    monkeypatch.setattr(lending, "MOST_BYTES", one - 1)
    use(nets[3])
    assert nets[3] not in lending._SHELF


def test_two_calls_at_once_share_nothing():
    net = net_of()
    use(net)
    with frozen_for(net, fold=True) as one, frozen_for(net, fold=True) as two:
        assert not {s.weight.data_ptr() for s in one.folding.layers} & {s.weight.data_ptr() for s in two.folding.layers}


@pytest.mark.parametrize("change", [lambda net: net.append(Own()), lambda net: net[0].register_forward_hook(print)])
def test_what_may_hold_the_network_does_not_wait(change):
    net = net_of()
    change(net)
    assert not Sameness(net).looks_at_all
    use(net)
    assert net not in lending._SHELF


def test_what_raises_does_not_wait():
    net = net_of()
    with pytest.raises(KeyError), frozen_for(net, fold=True):
        raise KeyError
    assert net not in lending._SHELF
