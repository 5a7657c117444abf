"""Ctrl-C keeps the last finished epoch, and a module of the user's is only ever read."""

import copy

import numpy as np
import pytest
import torch
from torch import nn

from .small import classes, classifier, images, linear, of_net, unharmed, weights_of

X, Y = images(30), classes(30)


class Interrupt:
    """A hook of the loss that presses Ctrl-C at one of its calls."""

    def __init__(self, at):
        self.at, self.calls = at, 0

    def __call__(self, outputs, targets):
        self.calls += 1
        if self.calls == self.at:
            raise KeyboardInterrupt
        return nn.functional.cross_entropy(outputs, targets, reduction="none")


def interrupted(at, **parameters):
    """Give an estimator of three steps an epoch, interrupted at some call of its loss."""
    hook = Interrupt(at)
    return classifier(**{"batch_size": 10, "valid_size": 0, "n_epochs": 6, "schedule": "constant", **parameters}), hook


def press(model, hook, monkeypatch):
    """Fit with the hook in the place of the loss."""
    monkeypatch.setattr("foveal.tasks.fits.row_loss", lambda name, smoothing=0.0: hook)
    with pytest.raises(KeyboardInterrupt):
        model.fit(X, Y)
    monkeypatch.undo()


def unpressed(monkeypatch, **parameters):
    """Fit with a hook that never presses: a loss that is no one's name is computed elsewhere than a named one."""
    model, hook = interrupted(0, **parameters)
    monkeypatch.setattr("foveal.tasks.fits.row_loss", lambda name, smoothing=0.0: hook)
    model.fit(X, Y)
    monkeypatch.undo()
    return model


@pytest.mark.parametrize(("call", "epochs"), [(4, 1), (5, 1), (6, 1), (7, 2), (12, 3)])
@pytest.mark.parametrize("ema_decay", [None, 0.9])
def test_the_network_of_the_last_finished_epoch_is_kept(call, epochs, ema_decay, monkeypatch):
    model, hook = interrupted(call, ema_decay=ema_decay)
    press(model, hook, monkeypatch)
    expected = unpressed(monkeypatch, n_epochs=epochs, ema_decay=ema_decay)
    assert model.n_epochs_ == epochs
    assert model.history_["epoch"] == list(range(1, epochs + 1))
    assert all(torch.equal(a, b) for a, b in zip(weights_of(model), weights_of(expected), strict=True))
    np.testing.assert_array_equal(model.predict_proba(X), expected.predict_proba(X))
    assert not model.net_.training


@pytest.mark.parametrize("call", [1, 2, 3])
def test_before_the_first_epoch_is_finished_there_is_nothing_to_keep(call, monkeypatch):
    model, hook = interrupted(call)
    press(model, hook, monkeypatch)
    assert not hasattr(model, "net_")
    fitted, hook = interrupted(call)
    fitted.fit(X, Y)
    with unharmed(fitted, X):
        press(fitted, hook, monkeypatch)


def test_an_interrupt_during_validation_keeps_the_epoch_before(monkeypatch):
    model, hook = interrupted(8, valid_size=0.2)  # three batches and a validation an epoch
    press(model, hook, monkeypatch)
    assert model.n_epochs_ == 1
    expected = unpressed(monkeypatch, n_epochs=1, valid_size=0.2)
    np.testing.assert_array_equal(model.predict_proba(X), expected.predict_proba(X))


def test_early_stopping_keeps_the_best_epoch_when_interrupted(monkeypatch):
    parameters = {"early_stopping": True, "patience": 50, "valid_size": 0.4, "learning_rate": 0.05}
    model, hook = interrupted(17, **parameters)  # two batches and a validation an epoch: the sixth is broken off
    press(model, hook, monkeypatch)
    best = int(np.argmax(model.history_["valid_score"])) + 1
    expected = unpressed(monkeypatch, **{**parameters, "early_stopping": False, "n_epochs": best})
    np.testing.assert_array_equal(model.predict_proba(X), expected.predict_proba(X))


def test_partial_fit_goes_on_after_an_interrupt(monkeypatch):
    model, hook = interrupted(5)
    press(model, hook, monkeypatch)
    before = model.predict_proba(X)
    model.partial_fit(X, Y)
    assert model.n_epochs_ == 2
    assert not np.array_equal(model.predict_proba(X), before)


def test_an_interrupted_partial_fit_leaves_the_model_alone(monkeypatch):
    model, hook = interrupted(2)
    model.partial_fit(X, Y, classes=[0, 1])
    with unharmed(model, X):
        monkeypatch.setattr("foveal.tasks.fits.row_loss", lambda name, smoothing=0.0: hook)
        with pytest.raises(KeyboardInterrupt):
            model.partial_fit(X, Y)
        monkeypatch.undo()
    other = interrupted(0)[0].partial_fit(X, Y, classes=[0, 1]).partial_fit(X, Y)
    np.testing.assert_array_equal(model.partial_fit(X, Y).predict_proba(X), other.predict_proba(X))


@pytest.mark.parametrize("fails", [False, True])
@pytest.mark.parametrize("training", [False, True])
def test_a_users_module_is_only_read(training, fails):
    """Neither weights nor mode, gradients, dtype or buffers of it change, whether the fit succeeds or not."""
    net = nn.Sequential(nn.Conv2d(1, 3, 3), nn.BatchNorm2d(3), linear((3, 2, 2)).double().float())
    net.train(training)
    net[0].weight.grad = torch.ones_like(net[0].weight)
    net[0].bias.requires_grad_(False)
    before = copy.deepcopy(net)
    model = of_net(net, n_epochs=2, precision="float64")
    if fails:
        with pytest.raises(RuntimeError):
            model.fit(images(30, (5, 5)), Y)
    else:
        model.fit(X, Y).partial_fit(X, Y).predict(X)
        assert model.net_[1] is not net
    assert net.training == training
    for (name, old), new in zip(before.state_dict().items(), net.state_dict().values(), strict=True):
        assert torch.equal(old, new), name
        assert old.dtype == new.dtype
    assert [p.requires_grad for p in net.parameters()] == [p.requires_grad for p in before.parameters()]
    assert torch.equal(net[0].weight.grad, torch.ones_like(net[0].weight))
    assert all(p.grad is None for p in list(net.parameters())[1:])


def test_activations_and_lists_are_only_read_too():
    prelu, channels, features = nn.PReLU(), [None, 3], [None, 5]
    classifier(activation=prelu, in_channels_list=channels, in_features_list=features, n_epochs=2).fit(X, Y)
    assert prelu.weight.item() == 0.25
    assert prelu.weight.grad is None
    assert (channels, features) == ([None, 3], [None, 5])


def test_x_y_and_weights_are_only_read():
    X1, Y1, W1 = X.astype(np.float32), Y.copy(), np.linspace(0, 3, 30)
    before = X1.copy(), Y1.copy(), W1.copy()
    for array in (X1, Y1, W1):
        array.setflags(write=False)
    model = classifier(augment=["flip", "shift", "cutout"], class_weight="balanced").fit(X1, Y1, W1)
    model.predict(X1), model.score(X1, Y1, W1)
    for array, old in zip((X1, Y1, W1), before, strict=True):
        np.testing.assert_array_equal(array, old)
