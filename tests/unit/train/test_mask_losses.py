"""Losses of masks against their formulas, written with NumPy."""

import numpy as np
import pytest
import torch

from foveal.core.choices import MASK_LOSSES
from foveal.train.mask_losses import IGNORED, PARTS, mask_loss

RNG = np.random.default_rng(0)
Z = RNG.normal(size=(3, 4, 5, 6))
Y = RNG.integers(0, 4, size=(3, 5, 6)).astype(np.uint8)
Y[0, :2], Y[1, 3, 3] = IGNORED, IGNORED
W = np.array([0.5, 1.0, 2.0, 4.0])


def softmax(z):
    """Give probabilities over the classes."""
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def by_definition(name, weights, y=Y):
    """Compute a loss place by place."""
    p, found = softmax(Z), []
    for row in range(len(Z)):
        places = [(i, j) for i in range(5) for j in range(6) if y[row, i, j] != IGNORED]
        right = np.array([p[row, y[row, i, j], i, j] for i, j in places])
        w = np.array([weights[y[row, i, j]] for i, j in places])
        if name == "cross_entropy":
            found.append((-w * np.log(right)).mean())
        elif name == "focal":
            found.append((-w * (1 - right) ** 2 * np.log(right)).mean())
        else:
            lost = []
            for k in range(4):
                g = np.array([y[row, i, j] == k for i, j in places], float)
                q = np.array([p[row, k, i, j] for i, j in places])
                lost.append(1 - (2 * (q * g).sum() + 1) / (q.sum() + g.sum() + 1))
            found.append((weights * lost).sum() / weights.sum())
    return np.array(found)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("name", PARTS)
def test_a_loss_is_its_formula(name, weighted):
    weights = W if weighted else np.ones(4)
    loss = mask_loss(name, torch.from_numpy(W) if weighted else None)
    np.testing.assert_allclose(loss(torch.from_numpy(Z), torch.from_numpy(Y)), by_definition(name, weights))


@pytest.mark.parametrize("name", [name for name in MASK_LOSSES if "+" in name])
def test_a_sum_is_the_sum_of_its_parts(name):
    a, b = (by_definition(part, np.ones(4)) for part in name.split("+"))
    np.testing.assert_allclose(mask_loss(name)(torch.from_numpy(Z), torch.from_numpy(Y)), a + b)


@pytest.mark.parametrize("name", MASK_LOSSES)
def test_shares_that_are_certain_are_labels(name):
    shares = np.stack([k == Y for k in range(4)], axis=1).astype(float)  # 0 for all where nothing is known
    loss = mask_loss(name, torch.from_numpy(W))
    as_labels = loss(torch.from_numpy(Z), torch.from_numpy(Y))
    np.testing.assert_allclose(loss(torch.from_numpy(Z), torch.from_numpy(shares)), as_labels)


@pytest.mark.parametrize("name", MASK_LOSSES)
def test_what_does_not_count_has_no_gradient_and_a_row_of_it_no_loss(name):
    z = torch.from_numpy(Z).requires_grad_()
    y = torch.from_numpy(Y.copy())
    y[2] = IGNORED
    rows = mask_loss(name)(z, y)
    rows.sum().backward()
    assert rows[2] == 0
    assert not z.grad[2].any()
    assert not z.grad[0, :, :2].any()
    assert z.grad[0, :, 2:].all()
    assert torch.isfinite(z.grad).all()


def test_smoothing_spreads_a_share_over_all_classes():
    smoothed = mask_loss("cross_entropy", smoothing=0.2)(torch.from_numpy(Z), torch.from_numpy(Y))
    p = np.log(softmax(Z))
    q = np.stack([k == Y for k in range(4)], axis=1) * 0.8 + 0.05
    known = Y != IGNORED
    wanted = (-(q * p).sum(axis=1) * known).sum(axis=(1, 2)) / known.sum(axis=(1, 2))
    np.testing.assert_allclose(smoothed, wanted)


def test_what_is_found_as_it_should_be_costs_next_to_nothing():
    z = 50 * torch.nn.functional.one_hot(torch.from_numpy(Y).long().clamp(max=3), 4).movedim(-1, 1).double()
    for name in MASK_LOSSES:
        assert mask_loss(name)(z, torch.from_numpy(Y)).max() < 1e-6


@pytest.mark.parametrize("name", ["cross_entropy", "dice", "focal", "focal+dice"])
def test_weights_follow_the_outputs_to_their_device(name):
    z, y = torch.zeros(2, 3, 4, device="meta"), torch.zeros(2, 4, dtype=torch.uint8, device="meta")
    assert mask_loss(name, torch.tensor([1.0, 2.0, 3.0]))(z, y).device.type == "meta"
