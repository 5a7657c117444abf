"""Networks that users bring: modules, functions, lazy ones."""

import copy

import numpy as np
import pytest
import torch
from torch import nn

from foveal import CNNClassifier, CNNRegressor
from foveal.core.errors import ParameterError
from foveal.models import PlainStack


@pytest.fixture
def data():
    return np.random.default_rng(0).normal(size=(30, 1, 6, 6)).astype(np.float32), np.arange(30) % 3


def lazy(shape, outputs):
    return nn.Sequential(nn.LazyConv2d(4, 3), nn.Flatten(), nn.LazyLinear(outputs))


def test_a_module_is_copied_and_trained_as_it_stands(data):
    net = PlainStack((1, 6, 6), 3)
    before = copy.deepcopy(net.state_dict())
    model = CNNClassifier(net=net, n_epochs=2, random_state=0).fit(*data)
    assert all(torch.equal(before[name], value) for name, value in net.state_dict().items())
    assert not torch.equal(model.net_.body.head.weight, net.head.weight)


def test_a_functions_lazy_weights_follow_the_seed(data):
    torch.manual_seed(1)
    first = CNNClassifier(net=lazy, n_epochs=1, random_state=0).fit(*data).predict_proba(data[0])
    torch.manual_seed(2)
    second = CNNClassifier(net=lazy, n_epochs=1, random_state=0).fit(*data).predict_proba(data[0])
    np.testing.assert_array_equal(first, second)


def test_a_class_that_takes_shape_and_outputs_is_a_function(data):
    assert CNNRegressor(net=PlainStack, n_epochs=1).fit(data[0], data[1]).net_.body.head.out_features == 1


@pytest.mark.parametrize(
    ("net", "message"),
    [
        (nn.Linear, r"net=.*could not be called as net\(\(1, 6, 6\), 3\)"),
        (lambda shape, outputs: 3, "net must give a torch.nn.Module, got int"),
        (nn.Flatten(), r"net must turn \(N, 1, 6, 6\) into \(N, 3\).*it gave \(2, 36\)"),
        (nn.Sequential(nn.Flatten(), nn.Linear(36, 3).requires_grad_(False)), "net has no weights to train"),
    ],
)
def test_a_network_that_does_not_fit_is_refused(net, message, data):
    with pytest.raises(ParameterError, match=message):
        CNNClassifier(net=net, n_epochs=1).fit(*data)


def test_a_module_may_use_the_name_generator_for_its_own(data):
    class Generating(nn.Module):
        def __init__(self):
            super().__init__()
            self.generator = nn.Linear(36, 3)

        def forward(self, x):
            return self.generator(x.flatten(1))

    model = CNNClassifier(net=Generating(), n_epochs=1, random_state=0).fit(*data)
    assert isinstance(model.net_.body.generator, nn.Linear)


def test_a_function_that_gives_the_same_module_each_time_is_copied_too(data):
    net = PlainStack((1, 6, 6), 3)
    before = net.head.weight.detach().clone()
    CNNClassifier(net=lambda shape, outputs: net, n_epochs=1).fit(*data)
    assert torch.equal(net.head.weight, before)


def test_the_l2_term_needs_weights_to_count_and_leaves_frozen_ones(data):
    class Scale(nn.Module):
        def __init__(self):
            super().__init__()
            self.gain = nn.Parameter(torch.ones(36, 3))

        def forward(self, x):
            return x.flatten(1) @ self.gain

    with pytest.raises(ParameterError, match=r"lambda_=0\.1 finds no convolution or dense weights"):
        CNNClassifier(net=Scale(), lambda_=0.1, n_epochs=1).fit(*data)
    frozen = nn.Sequential(nn.Flatten(), nn.Linear(36, 36).requires_grad_(False), nn.Unflatten(1, (1, 6, 6)), Scale())
    model = CNNClassifier(net=frozen, lambda_=0.1, n_epochs=1).fit(*data)
    assert torch.equal(model.net_.body[1].weight, frozen[1].weight)


@pytest.mark.parametrize(
    ("loss", "parameters", "message"),
    [
        (nn.functional.cross_entropy, {"class_weight": "balanced"}, "loss must return one loss a row"),
        (
            lambda z, y: z,
            {},
            r"loss must return a tensor with one loss a row.* got \(2, 3\)",
        ),
        (lambda z, y: 3.0, {}, "got float"),
        (lambda z, y: (z.detach() ** 2).sum(1), {}, r"loss gives a torch\.float32 tensor without a gradient"),
        (lambda z, y: (z.argmax(1) != y).sum(), {}, r"loss gives a torch\.int64 tensor without a gradient"),
    ],
)
def test_a_loss_that_does_not_fit_is_refused_before_the_first_epoch(loss, parameters, message, data):
    model = CNNClassifier(loss=loss, n_epochs=1, **parameters)
    with pytest.raises(ParameterError, match=message):
        model.fit(*data)


def test_parameters_that_a_network_makes_meaningless_are_refused(data):
    with pytest.raises(ParameterError, match="filter_size=5 describes the plain stack"):
        CNNClassifier(net=lazy, filter_size=5).fit(*data)
