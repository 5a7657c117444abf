"""What was frozen for a call waits for the next: a bounded number, freed with their networks, never for two at once."""

import gc
import weakref

import pytest
import torch
from torch import nn

from foveal.fitted import lending
from foveal.fitted.lending import frozen_for
from foveal.kernels.inference import Answers
from foveal.kernels.library import load
from foveal.kernels.mixed_answers import Calls
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


CALLS = Calls((4, 8, 8), 1)
kernels = pytest.mark.skipif(load() is None, reason="there are no compiled kernels")


def held(net):
    return lending._SHELF[net].made


@kernels
def test_rows_of_layers_on_kernels_wait_too_and_see_new_weights():
    net, x = net_of(2), torch.randn(3, 4, 8, 8)
    with torch.inference_mode():
        with frozen_for(net, fold=True, calls=CALLS) as frozen:
            torch.testing.assert_close(frozen(x), net(x), rtol=1e-4, atol=1e-5)
        assert len(held(net)[True, CALLS].on_kernels) == 2
        net[0].a.conv.weight.data.mul_(2)
        net[1].b.norm.running_mean.add_(1)
        with frozen_for(net, fold=True, calls=CALLS) as again:
            torch.testing.assert_close(again(x), net(x), rtol=1e-4, atol=1e-5)
    assert again is frozen
    net[0].a.conv.weight.data = net[0].a.conv.weight.data.clone()
    with torch.inference_mode(), frozen_for(net, fold=True, calls=CALLS) as moved:
        torch.testing.assert_close(moved(x), net(x), rtol=1e-4, atol=1e-5)
    assert moved is frozen


@kernels
def test_their_memory_counts_and_one_kind_of_call_is_kept():
    net = net_of()
    with frozen_for(net, fold=True) as plain:
        pass
    with frozen_for(net, fold=True, calls=CALLS):
        pass
    sizes = [answers.program.size for answers in held(net)[True, CALLS].on_kernels]
    assert lending._SHELF[net].nbytes == sum(sizes) + 2 * plain.folding.nbytes - held_by_kernels(net)
    with frozen_for(net, fold=True, calls=CALLS._replace(threads=2)):
        pass
    assert set(held(net)) == {(True, None), (True, CALLS._replace(threads=2))}


def held_by_kernels(net) -> int:
    """Count the filters that are folded no more, since kernels fold for themselves."""
    return sum(p.nbytes for name, p in net.named_parameters() if name.endswith("conv.weight"))


@kernels
@pytest.mark.parametrize("change", [lambda net: net.append(Own()), lambda net: net[0].register_forward_hook(len)])
def test_what_is_not_foveals_own_is_left_to_pytorch(change):
    net = net_of()
    change(net)
    with frozen_for(net, fold=True, calls=CALLS) as frozen:
        assert not any(isinstance(step.call, Answers) for step in frozen.steps)


@kernels
def test_with_kernels_it_goes_with_the_network():
    net = net_of()
    with frozen_for(net, fold=True, calls=CALLS) as frozen:
        assert any(isinstance(step.call, Answers) for step in frozen.steps)
    del frozen
    gone = weakref.ref(net)
    del net
    gc.collect()
    assert gone() is None
