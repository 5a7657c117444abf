"""Every loss, and its derivative by the outputs, against its formula; label smoothing and weights."""

import numpy as np
import pytest
import torch

from foveal.core import choices
from foveal.train import losses

from .differences import close, tensor
from .losses import LOSSES, OF_CLASSES, some_targets

SMOOTHED = ("binary_cross_entropy", "cross_entropy", "kl")


def check(name, function, z, targets, **options):
    """Compare the losses of the rows, and the derivative of their weighted sum."""
    weight = np.arange(1.0, len(z) + 1)
    rows, slopes = LOSSES[name](z, targets, **options)
    leaf = tensor(z, grad=True)
    found = function(leaf, tensor(targets))
    close(found, rows, 1e-12)
    (found * tensor(weight)).sum().backward()
    close(leaf.grad, weight[:, None] * slopes, 1e-12)


def test_every_name_has_a_definition():
    assert set(losses.LOSSES) == set(LOSSES) == set(choices.LOSSES)
    assert set(losses.SMOOTHED) == set(SMOOTHED)


@pytest.mark.parametrize("scale", [0.1, 1.0, 100.0])
@pytest.mark.parametrize("outputs", [1, 2, 5])
@pytest.mark.parametrize("name", sorted(LOSSES))
def test_rows_and_slopes(name, outputs, scale):
    k = max(outputs, 2) if name in OF_CLASSES else outputs  # one class is no classification
    rng = np.random.default_rng(outputs)
    check(name, losses.LOSSES[name], rng.normal(size=(12, k)) * scale, some_targets(name, rng, 12, k))


@pytest.mark.parametrize("smoothing", [0.1, 0.5])
@pytest.mark.parametrize("name", SMOOTHED)
def test_label_smoothing(name, smoothing):
    rng = np.random.default_rng(0)
    z, targets = rng.normal(size=(10, 4)), some_targets(name, rng, 10, 4)
    check(name, losses.row_loss(name, smoothing), z, targets, smoothing=smoothing)


@pytest.mark.parametrize("name", sorted(LOSSES))
def test_no_smoothing_is_the_plain_loss(name):
    rng = np.random.default_rng(1)
    check(name, losses.row_loss(name, 0.0), rng.normal(size=(6, 3)), some_targets(name, rng, 6, 3))


@pytest.mark.parametrize("name", ["binary_cross_entropy", "cross_entropy", "kl"])
def test_no_overflow_far_out(name):
    z = tensor([[1e4, -1e4], [-1e4, 1e4]], grad=True)
    targets = tensor([[1.0, 0.0]] * 2) if name == "binary_cross_entropy" else tensor([0, 0])
    rows = losses.LOSSES[name](z, targets)
    close(rows, np.array([0.0, 1e4 if name == "binary_cross_entropy" else 2e4]))
    rows.sum().backward()
    assert torch.isfinite(z.grad).all()


def test_kl_is_cross_entropy_less_the_targets_own_entropy():
    rng = np.random.default_rng(2)
    z, classes, s, k = tensor(rng.normal(size=(8, 4))), tensor(rng.integers(0, 4, 8)), 0.2, 4
    q = np.array([1 - s + s / k] + [s / k] * (k - 1))
    difference = losses.cross_entropy(z, classes, s) - losses.kl(z, classes, s)
    close(difference, np.full(8, -(q * np.log(q)).sum()), 1e-12)


def test_hinge_by_hand():
    z = tensor([[2.0, 0.5, -1.0], [2.0, 1.5, -1.0], [0.0, 3.0, 1.0]])
    close(losses.hinge(z, tensor([0, 0, 2])), np.array([0.0, 0.5, 3.0]))


def test_huber_is_quadratic_to_one_and_linear_beyond():
    y = tensor([[0.0], [0.5], [1.0], [3.0], [-3.0]])
    close(losses.huber(torch.zeros_like(y), y), np.array([0, 0.125, 0.5, 2.5, 2.5]))
