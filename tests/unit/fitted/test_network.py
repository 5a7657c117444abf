"""From parameters to `net_`: a function of the seed, refused where it is too large, channels-last where it is ours."""

import pytest
import torch
from torch import nn

from foveal import CNNClassifier
from foveal.core.errors import ParameterError, ResourceError
from foveal.core.forms import form_of
from foveal.data.source import Statistics
from foveal.fitted import network
from foveal.fitted.network import build, check_network_parameters, place
from foveal.layers import Standardize

SIZES = {"in_channels_list": (None, 3), "out_channels": 4, "in_features_list": (None, 5)}
SHAPE = (1, 6, 6)


def given(**parameters):
    return CNNClassifier(**parameters).get_params(deep=False)


def built(seed=0, dtype=torch.float32, meta=False, **parameters):
    p = given(**SIZES | parameters if "net" not in parameters else parameters)
    return build(p, form_of(SHAPE), 3, statistics=Statistics([0.5], [2.0], 255.0), seed=seed, dtype=dtype, meta=meta)


def test_the_input_comes_first_with_the_statistics_it_was_given():
    net = built()
    assert [name for name, _ in net.named_children()] == ["input", "body"]
    assert isinstance(net.input, Standardize)
    assert (float(net.input.mean), float(net.input.deviation), float(net.input.scale)) == (0.5, 2.0, 255.0)


def test_weights_are_a_function_of_the_seed():
    one, two, other = (built(seed=seed).state_dict() for seed in (1, 1, 2))
    assert all(torch.equal(one[name], two[name]) for name in one)
    assert any(not torch.equal(one[name], other[name]) for name in one)


def test_the_global_generator_is_left_as_it_was():
    before = torch.random.get_rng_state()
    built(net=lambda shape, n: nn.Sequential(nn.Flatten(), nn.Linear(36, n)))
    assert torch.equal(torch.random.get_rng_state(), before)


def test_on_meta_it_has_shapes_and_no_memory():
    net = built(meta=True)
    assert {p.device.type for p in net.get_submodule("body").parameters()} == {"meta"}
    assert [p.shape for p in net.parameters()] == [p.shape for p in built().parameters()]


def test_an_initializer_changes_the_filters_alone():
    plain, dirac = built().state_dict(), built(initializer="dirac").state_dict()
    changed = {name for name in plain if not torch.equal(plain[name], dirac[name])}
    assert changed
    assert all(plain[name].ndim == 4 for name in changed)


def test_every_weight_takes_the_dtype():
    assert {p.dtype for p in built(dtype=torch.float64).parameters()} == {torch.float64}


@pytest.mark.parametrize("name", ["filter_size", "do_dropout", "out_channels"])
def test_what_describes_the_plain_stack_means_nothing_beside_another_network(name):
    value = {"filter_size": 5, "do_dropout": False, "out_channels": 7}[name]
    with pytest.raises(ParameterError, match=f"{name}={value} describes the plain stack"):
        check_network_parameters(given(net=nn.Flatten(), **{name: value}))
    check_network_parameters(given(net="plain", **{name: value}))


def test_a_network_beyond_the_memory_is_refused_before_it_is_made(monkeypatch):
    monkeypatch.setattr(network, "memory_for", lambda needed, device: 10**9)
    with pytest.raises(ResourceError, match=r"weights .* GB to train, but 1.0 GB are free; use fewer channels"):
        built(in_features_list=(None, 10**9))


def test_a_stride_beyond_the_axis_is_cut_to_it():
    assert built(stride=10**6).get_submodule("body")(torch.zeros(2, *SHAPE)).shape == (2, 3)


def test_our_network_lies_channels_last():
    net = place(built(), form_of(SHAPE), torch.device("cpu"), torch.float32, foreign=False)
    convs = [m for m in net.modules() if isinstance(m, nn.Conv2d)]
    assert all(m.weight.is_contiguous(memory_format=torch.channels_last) for m in convs)
