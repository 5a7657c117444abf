"""Whatever a user does to `net_`, predictions of few rows and of many follow it, and agree with PyTorch's."""

import copy
import gc

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.utils import parametrizations, parametrize, prune

from foveal import CNNClassifier
from foveal.layers import BatchNorm

pytestmark = [
    pytest.mark.filterwarnings("ignore::FutureWarning"),  # of weight norm of the old kind
    pytest.mark.filterwarnings("ignore:X is uint8"),  # where the scale is changed
]

ROWS = (1, 4, 8, 9, 64)
RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(64, 12, 12)).astype(np.float32), np.arange(64) % 3
PIXELS = RNG.integers(0, 256, (64, 12, 12)).astype(np.uint8)


@pytest.fixture(scope="module")
def fitted():
    given = {"n_epochs": 1, "random_state": 0, "in_channels_list": (None, 8), "activation": "leaky_relu"}
    models = {"floats": CNNClassifier(**given).fit(X, Y), "pixels": CNNClassifier(**given).fit(PIXELS, Y)}
    other = CNNClassifier(**{**given, "random_state": 1}).fit(X * 3 + 1, Y)
    return {**models, "other": other}


def first(net, kind):
    return next(m for m in net.modules() if isinstance(m, kind))


def conv(net):
    return first(net, nn.Conv2d)


def norm(net):
    return first(net, BatchNorm)


def head(net):
    return [m for m in net.modules() if isinstance(m, nn.Linear)][-1]


def replace(net, kind, made):
    """Put another module where the first of a kind stands."""
    name, found = next((n, m) for n, m in net.named_modules() if isinstance(m, kind))
    parent, _, child = name.rpartition(".")
    setattr(net.get_submodule(parent), child, made(found))


def filled(tensor, value):
    return torch.full_like(tensor, value)


class Halved(nn.Module):
    def forward(self, x):
        return x / 2


class Widened(nn.Module):
    """A block of another class."""

    def forward(self, x):
        return nn.functional.relu(x) + 0.1


def in_columns(weight):
    """Lay a weight out in another order, at the same place in memory."""
    return nn.Parameter(weight.detach().clone().t().contiguous().t())


def at_the_same_place(net):
    """Read the same memory in another order: no address changes."""
    weight = conv(net).weight
    weight.data = weight.data.flip(2).contiguous() if weight.shape[2] == 1 else weight.data.transpose(2, 3)


def as_class(module, kind):
    module.__class__ = kind


def grown(net):
    """A last layer of other sizes, its attributes left as they were."""
    linear = head(net)
    linear.weight = nn.Parameter(torch.cat([linear.weight, linear.weight])[:3] * 2)


def hook(module, args, out):
    return out * 1.5


def before(module, args):
    return (args[0] + 1,)


def emptied(x):
    return torch.zeros(len(x), 8, 12, 12)


def pruned_for_good(module):
    prune.remove(prune.random_structured(module, "weight", amount=0.4, dim=1), "weight")


def stretched(module):
    module.parametrizations.weight.original0.data.mul_(2)


def no_momentum(net):
    for m in net.modules():
        if isinstance(m, BatchNorm):
            m.momentum, m.num_batches_tracked = 0.5, torch.tensor(3)


CHANGES = {
    "load_state_dict": lambda net, other: net.load_state_dict(other.state_dict()),
    "load_state_dict(assign)": lambda net, other: net.load_state_dict(other.state_dict(), assign=True),
    "new filters": lambda net, _: setattr(conv(net), "weight", nn.Parameter(-conv(net).weight)),
    "new dense weights": lambda net, _: setattr(head(net), "weight", in_columns(head(net).weight * 2)),
    "new bias": lambda net, _: setattr(head(net), "bias", nn.Parameter(torch.tensor([1.0, 0.0, -1.0]))),
    "no bias": lambda net, _: setattr(head(net), "bias", None),
    "a bias where none was": lambda net, _: setattr(conv(net), "bias", nn.Parameter(torch.ones(8))),
    "weights in place": lambda net, _: [p.detach().mul_(0.5) for p in net.parameters()],
    "one value in place": lambda net, _: conv(net).weight.detach()[0, 0, 0, 0].add_(2),
    "through NumPy": lambda net, _: np.negative(*[conv(net).weight.detach().numpy()] * 2),
    ".data": lambda net, _: [setattr(p, "data", p.data * 0.5) for p in net.parameters()],
    ".data in place": lambda net, _: conv(net).weight.data.neg_(),
    ".data in another order": lambda net, _: at_the_same_place(net),
    ".data in float64": lambda net, _: [setattr(p, "data", p.data.double()) for p in net.parameters()] + [net.double()],
    "an expanded statistic": lambda net, _: setattr(norm(net), "running_var", torch.full((1,), 3.0).expand(8)),
    "a statistic with gaps": lambda net, _: setattr(norm(net), "running_mean", torch.arange(16.0)[::2]),
    "mean filled": lambda net, _: net.input.mean.fill_(0.7),
    "deviation multiplied": lambda net, _: net.input.deviation.mul_(3),
    "scale filled": lambda net, _: net.input.scale.mul_(2),
    "mean assigned": lambda net, _: setattr(net.input, "mean", torch.full_like(net.input.mean, 0.3)),
    "mean of another shape": lambda net, _: setattr(net.input, "mean", torch.full((1, 1), 0.3)),
    "running mean assigned": lambda net, _: setattr(norm(net), "running_mean", torch.full((8,), 0.4)),
    "running variance in place": lambda net, _: net.body.dense1.norm.running_var.mul_(9),
    "statistics begun anew": lambda net, _: norm(net).reset_running_stats(),
    "no gamma": lambda net, _: [setattr(norm(net), name, None) for name in ("weight", "bias")],
    "eps": lambda net, _: setattr(norm(net), "eps", 2.0),
    "momentum": lambda net, _: no_momentum(net),
    "slope": lambda net, _: setattr(first(net, nn.LeakyReLU), "negative_slope", 0.9),
    "dilation": lambda net, _: [setattr(conv(net), name, (2, 1)) for name in ("dilation", "padding")],
    "pool": lambda net, _: replace(net, nn.MaxPool2d, lambda m: nn.AvgPool2d(m.kernel_size, m.stride)),
    "activation": lambda net, _: replace(net, nn.LeakyReLU, lambda _: nn.Tanh()),
    "a module of the user's": lambda net, _: replace(net, nn.LeakyReLU, lambda _: Widened()),
    "another convolution": lambda net, _: replace(net, nn.Conv2d, lambda m: nn.Conv2d(1, m.out_channels, 3, padding=1)),
    "one module more": lambda net, _: net.append(Halved()),
    "one module less": lambda net, _: setattr(net.body.conv1, "norm", nn.Identity()),
    "another class": lambda net, _: as_class(first(net, nn.LeakyReLU), nn.Tanh),
    "another standardisation": lambda net, _: setattr(net, "input", Halved()),
    "a forward of its own": lambda net, _: setattr(conv(net), "forward", emptied),
    "a hook": lambda net, _: conv(net).register_forward_hook(hook),
    "a hook before": lambda net, _: first(net, nn.Linear).register_forward_pre_hook(before),
    "a hook of the whole": lambda net, _: net.register_forward_hook(hook),
    "float64": lambda net, _: net.double(),
    "pruning": lambda net, _: prune.l1_unstructured(conv(net), "weight", amount=0.5),
    "pruned for good": lambda net, _: pruned_for_good(head(net)),
    "weight norm": lambda net, _: stretched(parametrizations.weight_norm(head(net))),
    "weight norm of the old kind": lambda net, _: nn.utils.weight_norm(head(net)).weight_g.data.mul_(2),
    "a parametrisation": lambda net, _: parametrize.register_parametrization(conv(net), "weight", Halved()),
    "frozen": lambda net, _: net.requires_grad_(False).body.head.weight.mul_(2),
    "training mode": lambda net, _: net.train(),
    "a part in training mode": lambda net, _: norm(net).train(),
    "channels last": lambda net, _: net.to(memory_format=torch.channels_last),
    "channels first": lambda net, _: net.to(memory_format=torch.contiguous_format),
}  # fmt: skip
LOW = {"half": (lambda net: net.half(), 2e-3), "bfloat16": (lambda net: net.bfloat16(), 2e-2)}


def agree(model, given, tolerance=1e-5):
    """Few rows and many, on kernels and without, are the same; and the same again."""
    on, off = [{n: model.predict_proba(given[:n]) for n in ROWS} for _ in range(2)], {}
    model.fitted_.settings["kernels"] = "off"
    try:
        off = {n: model.predict_proba(given[:n]) for n in ROWS}
    finally:
        model.fitted_.settings["kernels"] = "auto"
    with torch.no_grad():
        like = next(model.net_.parameters()).dtype
        rows = torch.from_numpy(given)[:, None]
        direct = model.net_.eval()(rows if like == torch.float32 else rows.to(like)).float().softmax(1).numpy()
    for found in (*on, off):
        for n, probabilities in found.items():
            np.testing.assert_allclose(probabilities, direct[:n], atol=tolerance, rtol=0)
    return direct


def changed(model, change, other):
    """Copy a model whose few rows have been answered, and change the copy."""
    model = copy.deepcopy(model)
    before = agree(model, X if model.net_.input.scale == 1 else PIXELS)
    change(model.net_, other.net_)
    return model, before


@pytest.mark.parametrize("name", CHANGES)
@pytest.mark.parametrize("kind", ["floats", "pixels"])
def test_predictions_follow_a_change(name, kind, fitted):
    given = X if kind == "floats" else PIXELS
    model, _ = changed(fitted[kind], CHANGES[name], fitted["other"])
    agree(model, given)


def test_the_changes_change_something(fitted):
    nothing = {"momentum", "training mode", "a part in training mode", "channels last", "channels first", "float64",
               ".data in float64"}  # fmt: skip
    for name in CHANGES.keys() - nothing:
        model, before = changed(fitted["floats"], CHANGES[name], fitted["other"])
        assert np.abs(agree(model, X) - before).max() > 1e-4, name


@pytest.mark.parametrize("name", LOW)
def test_predictions_follow_a_lower_precision(name, fitted):
    change, tolerance = LOW[name]
    model, _ = changed(fitted["floats"], lambda net, _: change(net), fitted["other"])
    agree(model, X, tolerance)


def test_predictions_follow_hooks_of_all_modules(fitted):
    model = copy.deepcopy(fitted["floats"])
    before = agree(model, X)
    handle = nn.modules.module.register_module_forward_hook(hook)
    try:
        assert np.abs(agree(model, X) - before).max() > 1e-3
    finally:
        handle.remove()
    np.testing.assert_array_equal(agree(model, X), before)


@pytest.mark.parametrize("seed", [0, 1, *(pytest.param(k, marks=pytest.mark.long) for k in range(2, 12))])
def test_predictions_follow_changes_one_after_the_other(seed, fitted):
    """Between two changes few rows, or many, are answered, or none."""
    rng = np.random.default_rng(seed)
    last_ones = {"a statistic with gaps", "an expanded statistic", "float64", ".data in float64"}
    model = copy.deepcopy(fitted["floats"])
    done = []
    for _ in range(12):
        name = list(CHANGES)[rng.integers(len(CHANGES))]
        tried = copy.deepcopy(model)
        try:
            CHANGES[name](tried.net_, fitted["other"].net_)
            tried.net_.eval()(torch.from_numpy(X[:2, None]))
        except (RuntimeError, AttributeError, StopIteration, ValueError, KeyError, IndexError, TypeError):
            continue  # it cannot be made after the others
        if name in last_ones:
            continue
        model.predict(X[: rng.choice([1, 8, 20])])
        CHANGES[name](model.net_, fitted["other"].net_)
        done.append(name)
        agree(model, X)
    assert done


def test_what_is_kept_goes_with_the_network(fitted):
    from foveal.kernels.inference import _KEPT

    model = copy.deepcopy(fitted["floats"])
    gc.collect()
    before = len(_KEPT)
    model.predict(X[:1])
    assert len(_KEPT) in (before, before + 1)  # none without kernels
    del model
    gc.collect()
    assert len(_KEPT) == before
