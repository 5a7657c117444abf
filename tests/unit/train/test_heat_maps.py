"""Gaussians about points, and losses by their formulas."""

import numpy as np
import pytest
import torch

from foveal.train.heat_maps import BROAD, SHARP, cross_entropy, heat_maps, mse, visible

POINTS = torch.tensor([[[1.2, 3.7], [4.0, 0.1]], [[0.0, 2.5], [torch.nan, torch.nan]]], dtype=torch.float64)
SIZES = (6, 5)
Z = torch.randn(2, 2, *SIZES, generator=torch.Generator().manual_seed(0), dtype=torch.float64)


def gaussian(point, deviation, sizes=SIZES):
    grid = np.stack(np.meshgrid(*map(np.arange, sizes), indexing="ij"), -1)
    return np.exp(-((grid - np.asarray(point)) ** 2).sum(-1) / (2 * deviation**2))


def test_gaussians():
    maps = heat_maps(POINTS[:1], SIZES, 1.5)
    for k in range(2):
        np.testing.assert_allclose(maps[0, k], gaussian(POINTS[0, k], 1.5))
    shares = heat_maps(POINTS[:1], SIZES, 1.5, shares=True)
    np.testing.assert_allclose(shares.sum((2, 3)), 1)
    np.testing.assert_allclose(shares[0, 0] / shares[0, 0].max(), maps[0, 0] / maps[0, 0].max())


@pytest.mark.parametrize("sizes", [(9,), (4, 5, 6)])
def test_gaussians_of_signals_and_volumes(sizes):
    place = torch.tensor([[[1.3] * len(sizes)]])
    np.testing.assert_allclose(heat_maps(place, sizes, 2.0)[0, 0], gaussian(place[0, 0], 2.0, sizes), rtol=1e-5)


def test_visible():
    assert visible(POINTS).tolist() == [[True, True], [True, False]]


def by_hand(loss):
    rows = []
    for z, points in zip(Z.numpy(), POINTS.numpy(), strict=True):
        there = [(heat, p) for heat, p in zip(z, points, strict=True) if not np.isnan(p).any()]
        rows.append(np.mean([loss(heat, p) for heat, p in there]))
    return rows


def test_squares():
    def of(z, p):
        g = gaussian(p, BROAD)
        return ((1 + 10 * g) * (z - g) ** 2).sum()

    np.testing.assert_allclose(mse(Z, POINTS), by_hand(of))


def test_cross_entropy():
    def of(z, p):
        q = gaussian(p, SHARP)
        return -(q / q.sum() * np.log(np.exp(z) / np.exp(z).sum())).sum()

    np.testing.assert_allclose(cross_entropy(Z, POINTS), by_hand(of))


@pytest.mark.parametrize("loss", [mse, cross_entropy])
def test_what_is_not_visible_has_no_loss_and_no_gradient(loss):
    z = Z.clone().requires_grad_()
    nothing = torch.full_like(POINTS, torch.nan)
    assert loss(z, nothing).tolist() == [0, 0]
    loss(z, POINTS).sum().backward()
    assert z.grad.isfinite().all()
    assert (z.grad[1, 1] == 0).all()
    assert (z.grad[1, 0] != 0).any()


@pytest.mark.parametrize("loss", [mse, cross_entropy])
def test_the_best_map_is_the_gaussian(loss):
    wanted = heat_maps(POINTS[:1], SIZES, BROAD if loss is mse else SHARP, shares=loss is cross_entropy)
    best = (wanted.log() if loss is cross_entropy else wanted).requires_grad_()
    loss(best, POINTS[:1]).sum().backward()
    assert best.grad.abs().max() < 1e-9
