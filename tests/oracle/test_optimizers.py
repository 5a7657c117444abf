"""The first updates of every optimizer against its published rule in NumPy (`updates.py` names paper and equation)."""

import numpy as np
import pytest
import torch

from foveal.core import choices
from foveal.train.optim.table import make_optimizer

from .differences import array, close, tensor
from .updates import UPDATES, newton_schulz

#: PyTorch keeps NAdam's product of the mu_t in float32, whatever the weights are.
TOLERANCE = {"nadam": 1e-6}
SHAPES = [(5,), (4, 3), (3, 8), (4, 2, 3, 3), (2, 1, 5)]


def test_every_name_has_a_rule():
    assert set(choices.OPTIMIZERS) == set(UPDATES)


@pytest.mark.parametrize("lr", [0.001, 0.3])
@pytest.mark.parametrize("name", sorted(UPDATES))
def test_updates_follow_the_rule(name, lr):
    rng = np.random.default_rng(0)
    weights = [rng.normal(size=shape) for shape in SHAPES]
    params = [torch.nn.Parameter(tensor(w)) for w in weights]
    optimizer, states = make_optimizer(name, params, lr), [{} for _ in weights]
    for t in range(1, 6):
        for i, p in enumerate(params):
            g = rng.normal(size=p.shape) * 10.0 ** (t - 3)  # slopes of several sizes show the averages
            p.grad = tensor(g)
            weights[i] = UPDATES[name](states[i], weights[i], g, lr, t)
        optimizer.step()
        for p, w in zip(params, weights, strict=True):
            close(p, w, TOLERANCE.get(name, 1e-12))


@pytest.mark.parametrize("name", sorted(set(UPDATES) - {"adamw"}))  # its decay moves weights that have no slope
def test_no_slope_moves_nothing(name):
    p = torch.nn.Parameter(torch.ones(3, 2, dtype=torch.float64))
    optimizer = make_optimizer(name, [p], 0.1)
    p.grad = torch.zeros_like(p)
    optimizer.step()
    close(p, np.ones((3, 2)), 1e-15)


@pytest.mark.parametrize("name", sorted(UPDATES))
def test_a_changed_rate_counts_from_the_next_step(name):
    """A schedule writes the rate into the group; momentum buffers must not have it inside."""
    rng = np.random.default_rng(1)
    w = rng.normal(size=(4, 3))
    p, state = torch.nn.Parameter(tensor(w)), {}
    optimizer = make_optimizer(name, [p], 0.1)
    for t, lr in enumerate([0.1, 0.02, 0.2], start=1):
        for group in optimizer.param_groups:
            group["lr"] = lr
        g = rng.normal(size=(4, 3))
        p.grad = tensor(g)
        optimizer.step()
        w = UPDATES[name](state, w, g, lr, t)
        close(p, w, TOLERANCE.get(name, 1e-12))


def test_muon_evens_out_the_singular_values():
    """What three Newton-Schulz steps are for: directions whose sizes spread 30-fold come out within twofold."""
    rng = np.random.default_rng(2)
    u, v = (np.linalg.qr(rng.normal(size=(6, 6)))[0] for _ in range(2))
    g = u @ np.diag(np.geomspace(1, 1 / 30, 6)) @ v
    p = torch.nn.Parameter(torch.zeros(6, 6, dtype=torch.float64))
    optimizer = make_optimizer("muon", [p], 1.0)
    p.grad = tensor(g)
    optimizer.step()
    sizes = np.linalg.svd(array(p), compute_uv=False)
    close(p, -0.2 * np.sqrt(6) * newton_schulz(1.9 * g), 1e-12)
    assert sizes.max() / sizes.min() < 2
