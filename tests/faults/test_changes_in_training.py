"""What code of the user's changes between two steps, or within one, the next step goes by, on kernels as in PyTorch."""

import pytest
import torch
from torch import nn

from foveal.layers import BatchNorm

from .small import of_net

OPTIONS = {
    "n_epochs": 3,
    "batch_size": 8,
    "random_state": 0,
    "valid_size": 0,
    "optimizer": "sgd",
    "learning_rate": 0.05,
}
RNG = torch.Generator().manual_seed(0)
X, Y = torch.randn(40, 2, 8, 8, generator=RNG).numpy(), torch.arange(40).numpy() % 3


class Meddling(nn.Module):
    """Changes a part of the network at its fourth batch."""

    def __init__(self, change, part):
        super().__init__()
        self.change, self.part, self.calls = change, [part], 0

    def forward(self, x):
        self.calls += self.training
        if self.calls == 4 and self.training:
            self.change(self.part[0])
            self.calls += 1
        return x


def parts():
    return nn.Sequential(
        nn.Conv2d(2, 6, 3, padding=1), BatchNorm(6), nn.LeakyReLU(0.1), nn.Conv2d(6, 6, 3, padding=1), nn.ReLU()
    )


def put(part, at, module):
    part[at] = module


def doubled(module, args, out):
    return out * 2


CHANGES = {
    "slope": lambda part: setattr(part[2], "negative_slope", 0.8),
    "eps": lambda part: setattr(part[1], "eps", 1.0),
    "momentum": lambda part: setattr(part[1], "momentum", 0.9),
    "filters": lambda part: setattr(part[0], "weight", nn.Parameter(part[0].weight.detach() * 2)),
    "statistics": lambda part: setattr(part[1], "running_var", torch.full((6,), 4.0)),
    "frozen": lambda part: part[0].requires_grad_(False),
    "a hook": lambda part: part[0].register_forward_hook(doubled),
    "a hook of the gradient": lambda part: part[3].weight.register_hook(lambda g: g * 3),
    "another activation": lambda part: put(part, 2, nn.Tanh()),
    "a module more": lambda part: part.append(nn.Hardtanh()),
    "a module less": lambda part: put(part, 1, nn.Identity()),
}


def weights_of(model):
    return list(model.net_.state_dict().values())


def close(on, off):
    for ours, theirs in zip(weights_of(on), weights_of(off), strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-3, atol=2e-4)


def net(change):
    with torch.random.fork_rng():
        torch.manual_seed(0)
        part = parts()
        return nn.Sequential(part, Meddling(change, part), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(6, 3))


@pytest.mark.parametrize("case", CHANGES)
def test_a_module_that_changes_its_neighbours(case):
    on, off = (of_net(net(CHANGES[case]), kernels=k, **OPTIONS).fit(X, Y) for k in ("auto", "off"))
    close(on, off)
    plain = of_net(net(lambda part: None), **OPTIONS).fit(X, Y)
    same = [
        a.shape == b.shape and torch.allclose(a, b) for a, b in zip(weights_of(plain), weights_of(on), strict=False)
    ]
    assert not all(same)


def test_weights_that_move_between_forward_and_backward_are_kept_until_then():
    """PyTorch's backward pass takes the new ones; the kernels have packed the old, which must not be gone."""

    def move(part):
        for weight in part.parameters():
            weight.data = weight.data * 2
        torch.full((1000,), float("nan"))

    fitted = of_net(net(move), **OPTIONS).fit(X, Y)
    assert all(w.isfinite().all() for w in weights_of(fitted))


def meddler(change):
    """Make an optimizer function whose optimizer changes its weights at its fourth step."""

    class Optimizer(torch.optim.SGD):
        steps = 0

        def step(self, closure=None):
            super().step(closure)
            self.steps += 1
            if self.steps == 4:
                change(self.param_groups[0]["params"])

    return lambda params, lr: Optimizer(params, lr=lr, momentum=0.9)


def set_hook(weights):
    weights[0].register_hook(lambda g: g * 3)


OF_WEIGHTS = {
    ".data": lambda weights: [setattr(w, "data", w.data * 0.5) for w in weights],
    ".data in another order": lambda weights: [
        setattr(w, "data", w.data.transpose(2, 3)) for w in weights if w.ndim == 4
    ],
    "frozen": lambda weights: weights[0].requires_grad_(False),
    "a hook": set_hook,
    "in place": lambda weights: [w.detach().neg_() for w in weights],
}


@pytest.mark.parametrize("case", OF_WEIGHTS)
def test_an_optimizer_that_changes_the_weights(case):
    def whole():
        with torch.random.fork_rng():
            torch.manual_seed(0)
            return nn.Sequential(parts(), nn.Flatten(), nn.Linear(384, 3))

    given = {**OPTIONS, "optimizer": meddler(OF_WEIGHTS[case]), "learning_rate": 0.01}
    on, off = (of_net(whole(), kernels=k, **given).fit(X, Y) for k in ("auto", "off"))
    close(on, off)
