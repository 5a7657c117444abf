"""Whatever a user does to a residual network of the catalogue, answers follow it, folded and kept or not."""

import copy
import threading

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.utils import prune

from foveal import CNNClassifier
from foveal.fitted import computing, lending
from foveal.layers import BatchNorm

#: Networks with residual blocks; with branches that part and come together; with clipped activations and depthwise.
NETS = ("resnet20", "shufflenet_v2_x1_0", "mobilenet_v2_050")
RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(12, 8, 8)).astype(np.float32), np.arange(12) % 3


@pytest.fixture(autouse=True)
def few_rows_fold(monkeypatch):
    """Fold for more than one row, so that these nets need not be large."""
    monkeypatch.setattr(computing, "folds", lambda fitted, n_rows: n_rows > 1)


@pytest.fixture(scope="module")
def fitted():
    def fit(name, seed):
        model = CNNClassifier(net=name, n_epochs=1, batch_size=4, valid_size=0.0, random_state=seed)
        return model.fit(X * (seed + 1), Y)

    return {name: (fit(name, 0), fit(name, 1)) for name in NETS}


def all_of(net, kind):
    return [m for m in net.modules() if isinstance(m, kind)]


def conv(net):
    return all_of(net, nn.Conv2d)[3]


def wide(net):
    return next(m for m in all_of(net, nn.Conv2d)[1:] if m.kernel_size == (3, 3) and m.stride == (1, 1))


def norm(net):
    return all_of(net, BatchNorm)[3]


def act(net):
    return next(m for m in net.modules() if type(m) in (nn.ReLU, nn.ReLU6))


def head(net):
    return all_of(net, nn.Linear)[-1]


def replaced(net, old, new):
    name = next(n for n, m in net.named_modules() if m is old)
    parent, _, child = name.rpartition(".")
    setattr(net.get_submodule(parent), child, new)


def filled(tensor, value):
    return torch.full_like(tensor, value)


class Halved(nn.Module):
    def forward(self, x):
        return x / 2


def turned_round(module):
    own = module.forward
    module.forward = lambda x: -own(x)


def as_class(module, kind):
    module.__class__ = kind


CHANGES = {
    "load_state_dict": lambda net, other: net.load_state_dict(other.state_dict()),
    "load_state_dict(assign)": lambda net, other: net.load_state_dict(other.state_dict(), assign=True),
    "new filters": lambda net, _: setattr(conv(net), "weight", nn.Parameter(-conv(net).weight)),
    "one value in place": lambda net, _: conv(net).weight.detach()[0, 0, 0, 0].add_(9),
    "through NumPy": lambda net, _: np.negative(*[conv(net).weight.detach().numpy()] * 2),
    ".data in place": lambda net, _: conv(net).weight.data.neg_(),
    ".data": lambda net, _: [setattr(p, "data", p.data * 0.5) for p in net.parameters()],
    "float64": lambda net, _: net.double(),
    ".data in float64": lambda net, _: [setattr(p, "data", p.data.double()) for p in net.parameters()] + [net.double()],
    "a bias": lambda net, _: setattr(conv(net), "bias", nn.Parameter(2 * torch.ones(len(conv(net).weight)))),
    "running mean in place": lambda net, _: norm(net).running_mean.add_(3),
    "running variance in place": lambda net, _: [m.running_var.mul_(9) for m in all_of(net, BatchNorm)],
    "running variance through NumPy": lambda net, _: norm(net).running_var.numpy().fill(30),
    "running mean assigned": lambda net, _: setattr(norm(net), "running_mean", filled(norm(net).running_mean, 2)),
    "statistics begun anew": lambda net, _: norm(net).reset_running_stats(),
    "gamma in place": lambda net, _: norm(net).weight.data.fill_(3),
    "beta in place": lambda net, _: norm(net).bias.data.fill_(3),
    "no gamma": lambda net, _: [setattr(m, name, None) for m in all_of(net, BatchNorm) for name in ("weight", "bias")],
    "eps": lambda net, _: setattr(norm(net), "eps", 20.0),
    "dilation": lambda net, _: [setattr(wide(net), name, (2, 2)) for name in ("dilation", "padding")],
    "head": lambda net, _: head(net).weight.data.mul_(2),
    "mean of the input": lambda net, _: net.input.mean.fill_(0.9),
    "an activation": lambda net, _: replaced(net, act(net), nn.Tanh()),
    "another class": lambda net, _: as_class(act(net), nn.Sigmoid),
    "a module of the user's": lambda net, _: replaced(net, act(net), Halved()),
    "a norm less": lambda net, _: replaced(net, norm(net), nn.Identity()),
    "a norm of PyTorch's": lambda net, _: replaced(net, norm(net), nn.BatchNorm2d(norm(net).num_features).eval()),
    "one module more": lambda net, _: net.append(Halved()),
    "a forward of its own": lambda net, _: turned_round(conv(net)),
    "a hook": lambda net, _: conv(net).register_forward_hook(lambda m, args, out: out * 1.5),
    "a hook on a norm": lambda net, _: norm(net).register_forward_hook(lambda m, args, out: out + 1),
    "a hook on an activation": lambda net, _: act(net).register_forward_pre_hook(lambda m, args: (args[0] + 1,)),
    "a hook of the whole": lambda net, _: net.register_forward_hook(lambda m, args, out: out * 1.5),
    "pruning": lambda net, _: prune.random_structured(conv(net), "weight", amount=0.5, dim=0),
    "training mode": lambda net, _: net.train(),
    "a part in training mode": lambda net, _: norm(net).train(),
    "channels first": lambda net, _: net.to(memory_format=torch.contiguous_format),
}  # fmt: skip
SAME = {"float64", ".data in float64", "training mode", "a part in training mode", "channels first"}


def agree(model, tolerance=3e-5):
    """One row, and many, twice, are what the network itself gives."""
    found = [model.predict_proba(X[:n]) for n in (1, 12, 12, 1)]
    with torch.no_grad():
        like = next(model.net_.parameters()).dtype
        direct = model.net_.eval()(torch.from_numpy(X)[:, None].to(like)).float().softmax(1).numpy()
    for probabilities in found:
        np.testing.assert_allclose(probabilities, direct[: len(probabilities)], atol=tolerance, rtol=0)
    return direct


@pytest.mark.parametrize("name", CHANGES)
@pytest.mark.parametrize("kind", NETS)
def test_answers_follow_a_change(name, kind, fitted):
    model, other = fitted[kind]
    model = copy.deepcopy(model)
    before = agree(model)
    CHANGES[name](model.net_, other.net_)
    changed = np.abs(agree(model) - before).max()
    assert changed > 1e-4 or name in SAME


def test_answers_follow_changes_one_after_the_other_and_back(fitted):
    model, other = (copy.deepcopy(m) for m in fitted["resnet20"])
    kept = copy.deepcopy(model.net_.state_dict())
    first = agree(model)
    for name in ("load_state_dict", "running variance in place", "one value in place", "gamma in place"):
        CHANGES[name](model.net_, other.net_)
        agree(model)
    handle = conv(model.net_).register_forward_hook(lambda m, args, out: out * 1.5)
    agree(model)
    handle.remove()
    model.net_.load_state_dict(kept)
    np.testing.assert_allclose(agree(model), first, atol=1e-7)


def test_hooks_of_all_modules_are_run(fitted):
    model = copy.deepcopy(fitted["resnet20"][0])
    before = agree(model)
    handle = nn.modules.module.register_module_forward_hook(lambda m, args, out: out * 1.01)
    try:
        assert np.abs(agree(model) - before).max() > 1e-3
    finally:
        handle.remove()
    np.testing.assert_array_equal(agree(model), before)


def made_by(monkeypatch):
    made = []
    true = lending.Frozen
    monkeypatch.setattr(lending, "Frozen", lambda net, **how: made.append(how["fold"]) or true(net, **how))
    return made


def test_what_was_made_is_made_once_for_few_rows_and_once_for_many(fitted, monkeypatch):
    model, other = (copy.deepcopy(m) for m in fitted["resnet20"])
    made = made_by(monkeypatch)
    agree(model)
    assert made == [False, True]
    CHANGES["load_state_dict"](model.net_, other.net_)
    CHANGES["running variance through NumPy"](model.net_, other.net_)
    agree(model)
    assert made == [False, True]  # folded anew, in the same steps
    CHANGES["eps"](model.net_, other.net_)
    agree(model)
    assert made == [False, True] * 2


def test_threads_answer_alike(fitted):
    model, found = copy.deepcopy(fitted["resnet20"][0]), []
    expected = agree(model)
    threads = [
        threading.Thread(target=lambda: found.extend(model.predict_proba(X) for _ in range(4))) for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 12
    for probabilities in found:
        np.testing.assert_allclose(probabilities, expected, atol=3e-5)
