import pytest
import torch
from torch import nn

from foveal.core.errors import ParameterError
from foveal.explain.inside import feature_maps
from foveal.explain.methods import METHODS
from foveal.explain.running import calls_of, changed, hooked, undisturbed, watchable
from foveal.layers import Masked

from .nets import Words, rows, same, sentences, small, state


@pytest.mark.parametrize("method", METHODS)
def test_a_network_in_training_is_as_it_was_after_an_explanation(method):
    net = small()
    net[0].weight.grad = torch.ones_like(net[0].weight)
    net[4].eval()
    before, drawn = state(net), torch.random.get_rng_state()
    with torch.no_grad():
        METHODS[method].function(net, rows(), 1)
        assert not torch.is_grad_enabled()
    assert same(before, state(net))
    assert torch.equal(net[0].weight.grad, torch.ones_like(net[0].weight))
    assert torch.equal(drawn, torch.random.get_rng_state())


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("fails_at", [0, 1, 2, 3])
def test_a_network_that_fails_on_the_way_is_as_it_was(method, fails_at):
    class Fails(nn.Module):
        def __init__(self):
            super().__init__()
            self.body, self.count = small(), 0

        def forward(self, x):
            self.count += 1
            out = self.body(x)
            if self.count > fails_at:
                raise KeyError("the user's own mistake")
            return out

    net = Fails().train()
    before = state(net)
    try:
        METHODS[method].function(net, rows(), 1)
        assert method in ("saliency", "integrated_gradients")  # which run the network twice
    except KeyError:
        assert net.count == fails_at + 1
    assert same(before, state(net))


@pytest.mark.parametrize("method", METHODS)
def test_the_rows_are_left_as_they_were(method):
    x = rows()
    before = x.clone()
    METHODS[method].function(small(), x, 0)
    assert torch.equal(x, before)
    assert not x.requires_grad
    assert x.grad is None


@pytest.mark.parametrize("method", METHODS)
def test_the_same_call_gives_the_same_map_also_within_inference_mode_and_autocast(method):
    net, x = small(), rows()
    one = METHODS[method].function(net, x, 1)
    with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16):
        other = METHODS[method].function(net, x, 1)
    assert torch.equal(one, other)
    assert not one.requires_grad


def test_modes_of_single_modules_come_back():
    net = small()
    net[1].eval()
    with undisturbed(net):
        assert not any(m.training for m in net.modules())
    assert [m.training for m in net][:3] == [True, False, True]


def test_calls_stand_in_the_order_in_which_they_are_done_and_count_repeats():
    relu = nn.ReLU()
    net = nn.Sequential(nn.Sequential(relu), relu)
    calls, out = calls_of(net, lambda: net(torch.ones(1, 2)))
    assert [(call.name, call.number) for call in calls] == [("0.0", 0), ("0", 0), ("0.0", 1)]
    assert torch.equal(calls[-1].output, out)


def test_only_the_wanted_run_of_a_module_is_changed():
    relu = nn.ReLU()
    net = nn.Sequential(relu, relu)
    with changed({(relu, 0): lambda output: output + 1}):
        assert net(torch.zeros(1)).item() == 1
    with changed({(relu, 1): lambda output: output + 2}):
        assert net(torch.zeros(1)).item() == 2
    assert net(torch.zeros(1)).item() == 0


def test_hooks_go_after_an_error():
    net = small()

    def fails():
        raise KeyError

    with pytest.raises(KeyError), hooked([(net[0], lambda *given: None)]):
        fails()
    assert not net[0]._forward_hooks


def test_of_signals_of_unequal_length_only_layers_without_parts_are_watched():
    body = nn.Sequential(nn.Sequential(nn.Conv1d(1, 2, 3), nn.ReLU()), nn.AdaptiveAvgPool1d(1), nn.Flatten())
    net = Masked(None, body)
    assert list(watchable(net)) == ["body.0.0", "body.0.1", "body.1", "body.2"]
    x, mask = torch.rand(2, 1, 9, generator=torch.Generator().manual_seed(0)), torch.ones(2, 9, dtype=torch.bool)
    for method in METHODS.values():
        assert method.function(net, (x, mask), 1).shape == (2, 9)


def test_a_layer_that_is_not_there_is_told_with_the_nearest():
    with pytest.raises(ParameterError, match=r"layer must be one of the network's, got 'convs\.9'; .* did you mean"):
        feature_maps(Words(), sentences(), "convs.9")
