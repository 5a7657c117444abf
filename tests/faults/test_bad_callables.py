"""Networks, losses, optimizers, augmentations of the user's: what they give is checked, what they raise is theirs."""

import functools

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional

from foveal import CNNRegressor
from foveal.core.errors import DivergedError, ParameterError
from foveal.core.forms import form_of
from foveal.fitted.memory_format import order_by_trial

from .small import classes, classifier, cnn, images, linear, of_net, refused, regressor, values

X, Y, T = images(), classes(), values()


class Outputs(nn.Module):
    """Give what `change` makes of two logits."""

    def __init__(self, change):
        super().__init__()
        self.linear, self.change = nn.Linear(16, 2), change

    def forward(self, x):
        return self.change(self.linear(x.flatten(1)))


class OwnFloats(nn.Module):
    """Hold a float32 tensor that is no buffer."""

    def __init__(self):
        super().__init__()
        self.linear, self.mix = nn.Linear(16, 1), torch.eye(16)

    def forward(self, x):
        return self.linear(x.flatten(1) @ self.mix)


BAD_NETS = {
    "too many outputs": (linear((1, 4, 4), 3), ["(N, 1, 4, 4) into (N, 2)", "for N=2 it gave (2, 3)"]),
    "one axis": (Outputs(lambda out: out[:, 0]), ["into (N, 2)", "it gave (2,)"]),
    "feature maps": (nn.Sequential(nn.Conv2d(1, 2, 3)), ["into (N, 2)", "it gave (2, 2, 2, 2)"]),
    "a tuple": (Outputs(lambda out: (out, out)), ["into (N, 2)", "it gave tuple"]),
    "nothing": (Outputs(lambda out: None), ["into (N, 2)", "it gave NoneType"]),
    "no weights": (nn.Flatten(), ["net"]),
    "frozen weights": (linear().requires_grad_(False), ["net has no weights to train", "requires_grad"]),
    "a function that gives no module": (lambda shape, outputs: None, ["net must give a torch.nn.Module", "NoneType"]),
    "a function of nothing": (lambda: linear(), ["net=", "(input shape, outputs)"]),
    "a class of other arguments": (nn.ReLU, ["net=", "(input shape, outputs)"]),
    "a list": ([linear()], ["net must be", "got [Sequential("]),
    "a class that is no module": (int, ["net must be", "<class 'int'>"]),
}  # fmt: skip


@pytest.mark.usefixtures("no_epoch")
@pytest.mark.parametrize("case", BAD_NETS)
def test_a_network_that_does_not_fit(case):
    net, words = BAD_NETS[case]
    with refused(ParameterError, *words):
        of_net(net).fit(X, Y)


@pytest.mark.usefixtures("no_epoch")
@pytest.mark.parametrize(
    ("name", "value"), [("out_channels", 3), ("filter_size", 5), ("initializer", "he"), ("in_features_list", (None, 4))]
)
def test_parameters_of_the_plain_stack_beside_another_network(name, value):
    with refused(ParameterError, f"{name}={value!r} describes the plain stack", "beside net=", "leave it at"):
        of_net(linear(), **{name: value}).fit(X, Y)


@pytest.mark.parametrize(
    "net",
    [linear(), linear, functools.partial(linear), nn.Sequential(nn.Flatten(), nn.LazyLinear(2)), linear().double()],
)
def test_networks_that_fit(net):
    assert np.isfinite(of_net(net).fit(X, Y).predict_proba(X)).all()


class Tutorial(nn.Module):
    """Flatten with `view`, as PyTorch's tutorials do: it needs the ordinary memory order."""

    def __init__(self, channels):
        super().__init__()
        self.conv, self.linear = nn.Conv2d(channels, 3, 3), nn.Linear(3 * 2 * 2, 2)

    def forward(self, x):
        return self.linear(functional.relu(self.conv(x)).view(x.size(0), -1))


@pytest.mark.parametrize("channels", [1, 3])
def test_a_network_that_flattens_with_view(channels):
    pictures = images(12, (channels, 4, 4))
    model = of_net(Tutorial(channels), n_epochs=2).fit(pictures, Y)
    assert np.isfinite(model.partial_fit(pictures, Y).predict_proba(pictures)).all()


@pytest.mark.parametrize("flatten", ["view", "flatten"])
def test_filters_lie_channels_last_only_if_the_network_computes_the_same(flatten):
    net = (
        Tutorial(3)
        if flatten == "view"
        else nn.Sequential(nn.Conv2d(3, 3, 3), nn.ReLU(), nn.Flatten(), linear((12,), 2))
    )
    model = of_net(net, random_state=0).fit(images(12, (3, 4, 4)), Y)
    weight = next(p for p in model.net_.parameters() if p.ndim == 4)
    assert weight.is_contiguous(memory_format=torch.channels_last) == (flatten == "flatten")
    assert weight.is_contiguous() == (flatten == "view")


class InTraining(Tutorial):
    """Flatten with `view` in training only, as an auxiliary head does."""

    def forward(self, x):
        maps = functional.relu(self.conv(x))
        return self.linear(maps.view(len(x), -1) if self.training else maps.flatten(1))


class NotFinite(Tutorial):
    """Give -inf and NaN for some inputs; the trial of memory orders must bear it."""

    def forward(self, x):
        return self.linear(functional.relu(self.conv(x)).flatten(1)) + torch.log(x[:, 0, 0, :2].clamp(min=-0.5) + 0.5)


class Noisy(Tutorial):
    def forward(self, x):
        return self.linear(functional.relu(self.conv(x)).flatten(1)) + 1e-3 * torch.randn(len(x), 2)


def test_a_network_that_needs_the_ordinary_order_in_training_only_gets_it():
    model = of_net(InTraining(3), random_state=0).fit(images(12, (3, 4, 4)), Y)
    assert model.net_.body.conv.weight.is_contiguous()


def test_the_trial_of_orders_bears_outputs_that_are_not_finite():
    body = NotFinite(3)
    order_by_trial(body, form_of((3, 4, 4)))
    assert body.conv.weight.is_contiguous(memory_format=torch.channels_last)


class Looks(Tutorial):
    """Look values up in a table: the trial's own rows, which go below 0, are not in it."""

    def forward(self, x):
        found = [{0: 1.0}[int(row.min() < 0)] for row in x]
        return self.linear(functional.relu(self.conv(x)).flatten(1)) + torch.tensor(found)[:, None]


def test_the_trial_of_orders_bears_a_network_that_refuses_its_rows():
    body = Looks(3)
    order_by_trial(body, form_of((3, 4, 4)))
    assert body.conv.weight.is_contiguous()


def test_the_order_of_memory_does_not_depend_on_the_global_generator():
    pictures, lie, net = images(12, (3, 4, 4)), set(), Noisy(3)
    for seed in range(8):
        torch.manual_seed(seed)
        before = torch.random.get_rng_state()
        lie.add(of_net(net, random_state=0).fit(pictures, Y).net_.body.conv.weight.is_contiguous())
        assert torch.equal(torch.random.get_rng_state(), before)
    assert len(lie) == 1


class StridesMatter(nn.Module):
    """Read the memory as it lies: in another order it computes something else without an error."""

    def __init__(self):
        super().__init__()
        self.conv, self.linear = nn.Conv2d(3, 3, 3), nn.Linear(12, 2)

    def forward(self, x):
        maps = self.conv(x)
        return self.linear(maps.as_strided((len(x), 12), (12, 1)))


def test_a_network_that_reads_strides_is_trained_in_the_order_it_was_written_for():
    pictures = images(12, (3, 4, 4))
    model = of_net(StridesMatter(), random_state=0).fit(pictures, Y)
    x = torch.from_numpy(pictures)
    with torch.no_grad():
        ordinary = model.net_.body.linear(
            functional.conv2d(model.net_.input(x), *model.net_.body.conv.parameters()).flatten(1)
        )
    np.testing.assert_allclose(model.net_(x).detach(), ordinary, rtol=1e-5)


def test_a_regressor_predicts_with_a_network_that_holds_float32():
    model = of_net(OwnFloats(), CNNRegressor).fit(X, T)
    assert np.isfinite(model.predict(X)).all()


def raising(error):
    def raise_it(*arguments):
        raise error

    return raise_it


@pytest.mark.parametrize("error", [ZeroDivisionError("mine"), RuntimeError("mine"), KeyError("mine")])
def test_what_a_users_code_raises_is_passed_on(error):
    for model in (
        of_net(Outputs(raising(error))),
        cnn(loss=raising(error), task="classification"),
        classifier(optimizer=raising(error)),
        classifier(augment=raising(error)),
    ):
        with pytest.raises(type(error), match="mine"):
            model.fit(X, Y)


def test_a_network_for_other_images_is_told_what_it_was_given():
    with pytest.raises(RuntimeError, match="cannot be multiplied") as caught:
        of_net(linear((1, 3, 3), 2)).fit(X, Y)
    assert isinstance(caught.value, ParameterError)
    assert "net: Linear '1' fails in inference on (2, 1, 4, 4)" in str(caught.value)


BAD_LOSSES = {
    "a number": (lambda out, y: 1.0, ["loss must return a tensor with one loss a row", "got float"]),
    "nothing": (lambda out, y: None, ["got NoneType"]),
    "an array": (lambda out, y: out.detach().numpy(), ["got ndarray"]),
    "one for each output": (lambda out, y: out, ["one loss a row", ", 2)"]),
    "a column": (lambda out, y: out[:, :1], ["one loss a row", ", 1)"]),
    "too few": (lambda out, y: out[:1, 0], ["one loss a row", "got (1,)"]),
}


@pytest.mark.parametrize("case", BAD_LOSSES)
def test_a_loss_that_gives_something_else(case):
    loss, words = BAD_LOSSES[case]
    with refused(ParameterError, *words):
        cnn(loss=loss, task="classification").fit(X, Y)


def test_a_loss_that_is_not_made():
    with refused(ParameterError, "loss must be one of", "or a function (outputs, targets)", "CrossEntropyLoss"):
        cnn(loss=nn.CrossEntropyLoss, task="classification").fit(X, Y)


def test_a_mean_loss_cannot_be_weighted():
    model = cnn(loss=functional.cross_entropy, task="classification", class_weight="balanced")
    with refused(ParameterError, "loss must return one loss a row", "weighted", "returned their mean"):
        model.fit(X, Y)


def test_a_loss_that_is_not_a_number():
    with refused(DivergedError, "training loss became nan", "epoch 1"):
        cnn(loss=lambda out, y: out.sum() * float("nan"), task="classification").fit(X, Y)


BAD_OPTIMIZERS = {
    "nothing": (lambda params, lr: None, ["optimizer must give a torch.optim.Optimizer", "NoneType"]),
    "a number": (lambda params, lr: lr, ["optimizer must give a torch.optim.Optimizer", "float"]),
    "one of other weights": (
        lambda params, lr: torch.optim.SGD([nn.Parameter(torch.zeros(2))], lr), ["SGD holds none of the network's"],
    ),
    "one that wants a closure": (torch.optim.LBFGS, ["LBFGS needs a closure", "mini-batches", "'adam'"]),
    "a class of something else": (nn.ReLU, ["optimizer must be one of", "ReLU"]),
    "one that is made already": (torch.optim.SGD([nn.Parameter(torch.zeros(2))], 0.1), ["optimizer must be one of"]),
}  # fmt: skip


@pytest.mark.usefixtures("no_epoch")
@pytest.mark.parametrize("case", BAD_OPTIMIZERS)
def test_an_optimizer_that_is_none(case):
    optimizer, words = BAD_OPTIMIZERS[case]
    with refused(ParameterError, *words):
        classifier(optimizer=optimizer).fit(X, Y)


BAD_AUGMENTATIONS = {
    "nothing": (lambda x, rng: None, ["augment", "(12, 1, 4, 4)", "got NoneType"]),
    "fewer rows": (lambda x, rng: x[:1], ["augment", "(12, 1, 4, 4)", "got (1, 1, 4, 4)"]),
    "smaller images": (lambda x, rng: x[..., :2], ["augment", "got (12, 1, 4, 2)"]),
    "an array": (lambda x, rng: x.numpy(), ["augment", "got ndarray"]),
}


@pytest.mark.parametrize("case", BAD_AUGMENTATIONS)
def test_an_augmentation_that_gives_something_else(case):
    augment, words = BAD_AUGMENTATIONS[case]
    for model in (classifier(augment=augment, valid_size=0), regressor(augment=["flip", augment], valid_size=0)):
        with refused(ParameterError, *words):
            model.fit(X, Y)
