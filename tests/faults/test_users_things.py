"""Losses, optimizers, activations, augmentations of the user's: they train, or one line refuses them at once."""

import copy

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional

from foveal import CNNClassifier
from foveal.core.errors import ParameterError

from .small import classes, classifier, images, linear, of_net, refused

X, Y = images(24), classes(24)


class Scaled(nn.Module):
    """A loss with a weight of its own, an uncertainty, as Kendall et al. have it."""

    def __init__(self):
        super().__init__()
        self.scale = nn.Parameter(torch.zeros(()))
        self.register_buffer("calls", torch.zeros((), dtype=torch.int16))

    def forward(self, outputs, targets):
        if self.training:
            self.calls += 1
        return functional.cross_entropy(outputs, targets, reduction="none") * torch.exp(-self.scale) + self.scale


def of_loss(loss, **parameters):
    return classifier(loss=loss, task="classification", **{"n_epochs": 3, "batch_size": 6, **parameters})


def scale_of(model):
    return float(model._state.loss.scale.detach())


@pytest.mark.parametrize(
    "parameters", [{}, {"net": linear()}, {"ema_decay": 0.9}, {"early_stopping": True}, {"clip_norm": 0.1}]
)
def test_a_loss_with_weights_of_its_own_is_trained(parameters):
    loss = Scaled()
    model = (
        of_net(linear(), loss=loss, task="classification", n_epochs=3)
        if "net" in parameters
        else of_loss(loss, **parameters)
    )
    model.fit(X, Y)
    assert scale_of(model) != 0
    assert float(loss.scale.detach()) == 0  # the user's own stays as it is
    assert int(loss.calls) == 0


def test_a_loss_with_weights_is_trained_as_pytorch_does_it():
    torch.manual_seed(0)
    net, loss = linear(), Scaled()
    model = CNNClassifier(
        net=net,
        loss=loss,
        task="classification",
        optimizer="sgd",
        learning_rate=0.1,
        valid_size=0,
        schedule="constant",
        n_epochs=5,
        batch_size=24,
        shuffle=False,
        random_state=0,
    ).fit(X, Y)
    own, theirs = copy.deepcopy(loss), copy.deepcopy(net)
    optimizer = torch.optim.SGD([*theirs.parameters(), *own.parameters()], lr=0.1)
    x = model.net_.input(torch.from_numpy(X)[:, None])
    for _ in range(5):
        optimizer.zero_grad()
        own(theirs(x), torch.from_numpy(Y)).mean().backward()
        optimizer.step()
    assert scale_of(model) == pytest.approx(float(own.scale.detach()), rel=1e-5)
    np.testing.assert_allclose(model.net_.body[1].weight.detach(), theirs[1].weight.detach(), rtol=1e-4, atol=1e-6)


def test_a_loss_with_weights_goes_through_partial_fit():
    model = of_loss(Scaled()).fit(X, Y)
    before = scale_of(model)
    model.partial_fit(X, Y)
    assert scale_of(model) != before
    assert abs(scale_of(model) - before) < 0.05  # it went on, not anew
    calls = int(model._state.loss.calls)
    assert calls == 3 * 4 + 4


def test_another_loss_with_weights_cannot_go_on():
    model = of_loss(Scaled()).fit(X, Y)
    with refused(ParameterError, "loss: Scaled has weights of its own", "use fit"):
        model.set_params(loss=Scaled()).partial_fit(X, Y)
    model.set_params(loss=nn.CrossEntropyLoss()).partial_fit(X, Y)


def test_a_loss_with_weights_goes_on_from_a_checkpoint_to_the_same_bits(tmp_path):
    def stop(batch, rng):
        stop.n -= 1
        if not stop.n:
            raise KeyboardInterrupt
        return batch

    stop.n = 0
    whole = of_loss(Scaled(), augment=stop).fit(X, Y)
    stop.n = 8
    saving = {"checkpoint": tmp_path, "checkpoint_every": 1, "augment": stop}
    with pytest.raises(KeyboardInterrupt):
        of_loss(Scaled(), **saving).fit(X, Y)
    gone_on = of_loss(Scaled(), **saving).fit(X, Y)
    assert scale_of(gone_on) == scale_of(whole)
    assert int(gone_on._state.loss.calls) == int(whole._state.loss.calls)


SUMS = {
    "cross entropy": nn.CrossEntropyLoss(reduction="sum"),
    "a function": lambda out, y: functional.cross_entropy(out, y, reduction="sum"),
    "smoothed": nn.CrossEntropyLoss(reduction="sum", label_smoothing=0.1),
    "margins": nn.MultiMarginLoss(reduction="sum"),
    "by hand": lambda out, y: (out - functional.one_hot(y, 2)).square().sum(),
    "likelihood": lambda out, y: nn.NLLLoss(reduction="sum")(out.log_softmax(1), y),
}
MEANS = {
    "cross entropy": nn.CrossEntropyLoss(),
    "a function": functional.cross_entropy,
    "smoothed": nn.CrossEntropyLoss(label_smoothing=0.1),
    "margins": nn.MultiMarginLoss(),
    "by hand": lambda out, y: (out - functional.one_hot(y, 2)).square().sum(1).mean(),
    "likelihood": lambda out, y: nn.NLLLoss()(out.log_softmax(1), y),
}


@pytest.mark.parametrize("case", SUMS)
def test_a_loss_that_adds_rows_up_trains_as_their_mean(case):
    of_sum, of_mean = (of_loss(losses[case], batch_size=10, optimizer="sgd").fit(X, Y) for losses in (SUMS, MEANS))
    for a, b in zip(of_sum.net_.parameters(), of_mean.net_.parameters(), strict=True):
        torch.testing.assert_close(a, b, rtol=1e-3, atol=1e-4)
    np.testing.assert_allclose(of_sum.history_["train_loss"], of_mean.history_["train_loss"], rtol=1e-3)


@pytest.mark.usefixtures("no_epoch")
@pytest.mark.parametrize(
    ("loss", "name"), [(nn.CrossEntropyLoss, "CrossEntropyLoss"), (nn.MSELoss, "MSELoss"), (Scaled, "Scaled")]
)
def test_a_loss_that_is_a_class_is_told_to_be_made(loss, name):
    with refused(ParameterError, "loss must be one of", f"pass an object of it: loss={name}()"):
        of_loss(loss).fit(X, Y)


def raises_in_backward(outputs, targets):
    values = outputs.exp()
    loss = values.sum(1)
    values.mul_(2)
    return loss * values[:, 0]


#: What a user's function is called with the wrong number of things, or does wrong itself, and what is said of it.
BAD = {
    "loss of one": ({"loss": lambda out: out.sum()}, ["loss: <lambda> fails", "takes 1 positional", "loss(outputs"]),
    "loss of three": ({"loss": lambda out, y, z: out.sum()}, ["loss: <lambda> fails", "'z'", "loss(outputs"]),
    "loss in place": ({"loss": raises_in_backward}, ["inplace operation", ";"]),
    "loss of another dtype": ({"loss": nn.BCEWithLogitsLoss()}, ["loss: BCEWithLogitsLoss fails", "one loss a row"]),
    "augment of one": ({"augment": lambda x: x}, ["augment: <lambda> fails", "augment(batch, generator)"]),
    "augment of three": ({"augment": ["flip", lambda x, rng, more: x]}, ["augment: <lambda> fails", "'more'"]),
    "augment to complex": ({"augment": lambda x, rng: x.to(torch.complex64)}, ["augment", "torch.complex64"]),
    "augment to masks": ({"augment": lambda x, rng: x > 0}, ["augment", "torch.bool"]),
    "optimizer of one": ({"optimizer": lambda params: torch.optim.SGD(params)}, ["optimizer: <lambda> fails"]),
    "optimizer of three": ({"optimizer": lambda params, lr, more: None}, ["optimizer: <lambda> fails", "'more'"]),
    "sparse adam": ({"optimizer": torch.optim.SparseAdam}, ["optimizer: SparseAdam fails", "dense gradients"]),
    "matrices only": ({"optimizer": torch.optim.Muon}, ["optimizer: Muon fails", "2D parameters"]),
    "glu": ({"activation": nn.GLU()}, ["activation: GLU turns (2, 8) into (2, 4)", "'relu'"]),
    "glu by its class": ({"activation": nn.GLU}, ["activation: GLU turns", "net of your own"]),
    "an activation of other channels": ({"activation": nn.PReLU(3)}, ["activation: PReLU fails", "'relu'"]),
    "an activation of three arguments": ({"activation": nn.MultiheadAttention(4, 1)}, ["activation", "'relu'"]),
    "an activation that adds an axis": ({"activation": nn.Unflatten(1, (1, -1))}, ["activation: Unflatten turns"]),
    "an activation that flattens": ({"activation": nn.Flatten()}, ["activation"]),
    "one row a batch": (
        {"net": nn.Sequential(nn.Flatten(), nn.BatchNorm1d(16), nn.Linear(16, 2)), "batch_size": 1},
        ["net: BatchNorm1d '1' fails", "1 row", "larger batch_size", "foveal.layers.BatchNorm"],
    ),
    "one value a channel": (
        {"net": nn.Sequential(nn.Conv2d(1, 3, 4), nn.InstanceNorm2d(3), nn.Flatten(), nn.Linear(3, 2))},
        ["net: InstanceNorm2d '1' fails", "one value"],
    ),
}  # fmt: skip


@pytest.mark.usefixtures("no_epoch")
@pytest.mark.parametrize("case", BAD)
def test_what_is_wrong_is_said_before_the_first_epoch(case):
    parameters, words = BAD[case]
    make = of_net if "net" in parameters else classifier
    with refused(ParameterError, *words):
        make(**{"task": "classification", **parameters}).fit(X, Y)


class Sparse(nn.Module):
    def __init__(self):
        super().__init__()
        self.table = nn.Embedding(4, 2, sparse=True)

    def forward(self, x):
        return self.table((x.flatten(1).sum(1) > 0).long())


def test_sparse_gradients_are_for_optimizers_that_take_them():
    with refused(ParameterError, "optimizer: Adam fails", "sparse gradients", "sparse=False", "SparseAdam"):
        of_net(Sparse()).fit(X, Y)
    for optimizer in (torch.optim.SparseAdam, torch.optim.SGD):
        assert np.isfinite(of_net(Sparse(), optimizer=optimizer).fit(X, Y).predict_proba(X)).all()


GOOD = {
    "in place": {"augment": lambda x, rng: x.add_(1)},
    "in double precision": {"augment": lambda x, rng: x.double()},
    "as whole numbers": {"augment": lambda x, rng: x.round().long()},
    "in another order": {"augment": lambda x, rng: x.contiguous().flip(0).transpose(2, 3)},
    "softmax": {"activation": nn.Softmax(dim=1)},
    "prelu for each": {"activation": nn.PReLU},
    "rectified at random": {"activation": nn.RReLU()},
}


@pytest.mark.parametrize("case", GOOD)
def test_what_is_odd_but_right_trains(case):
    assert np.isfinite(classifier(**GOOD[case]).fit(X, Y).predict_proba(X)).all()


class Lookahead(torch.optim.SGD):
    """An optimizer with things of its own beside groups and state, which torch's copies leave out."""

    def __init__(self, params, lr):
        super().__init__(params, lr)
        self.slow = [p.detach().clone() for group in self.param_groups for p in group["params"]]
        self.made = 0

    def step(self, closure=None):
        super().step(closure)
        self.made += 1
        with torch.no_grad():
            for slow, fast in zip(self.slow, self.param_groups[0]["params"], strict=True):
                fast.copy_(slow.lerp_(fast, 0.5))


def test_an_optimizer_with_things_of_its_own_goes_on():
    model = classifier(optimizer=Lookahead, n_epochs=2).fit(X, Y).partial_fit(X, Y)
    assert model._state.optimizer.made == 3


@pytest.mark.parametrize("parameters", [{}, {"ema_decay": 0.5}, {"kernels": "off"}, {"optimizer": "momentum"}])
def test_what_is_frozen_in_net_stays_frozen_in_partial_fit(parameters):
    model = classifier(**parameters).fit(X, Y)
    frozen = next(iter(model.net_.body.parameters())).requires_grad_(False).detach().clone()
    others = [p.detach().clone() for p in list(model.net_.body.parameters())[1:]]
    model.partial_fit(X, Y)
    assert torch.equal(next(iter(model.net_.body.parameters())), frozen)
    now = list(model.net_.body.parameters())[1:]
    assert not all(torch.equal(a, b) for a, b in zip(others, now, strict=True))


def test_what_is_set_free_in_net_is_trained_in_partial_fit():
    net = linear()
    net.append(nn.Linear(2, 2).requires_grad_(False))
    model = of_net(net).fit(X, Y)
    before = model.net_.body[2].weight.detach().clone()
    assert torch.equal(before, net[2].weight)
    model.net_.requires_grad_(True)
    assert not torch.equal(model.partial_fit(X, Y).net_.body[2].weight, before)


def test_a_network_that_is_frozen_altogether_is_refused():
    model = classifier().fit(X, Y)
    model.net_.requires_grad_(False)
    with refused(ParameterError, "net_ has no weights to train", "requires_grad_(True)"):
        model.partial_fit(X, Y)


@pytest.mark.parametrize("norm", ["old", "new", "spectral"])
def test_lambda_counts_the_weights_that_a_weight_is_made_of(norm):
    made = {
        "old": nn.utils.weight_norm,
        "new": nn.utils.parametrizations.weight_norm,
        "spectral": nn.utils.parametrizations.spectral_norm,
    }[norm]
    with pytest.warns(FutureWarning) if norm == "old" else pytest.MonkeyPatch.context():
        dense = made(nn.Linear(16, 2))
    model = of_net(nn.Sequential(nn.Flatten(), dense), lambda_=0.1, n_epochs=3).fit(X, Y)
    assert np.isfinite(model.partial_fit(X, Y).predict_proba(X)).all()
