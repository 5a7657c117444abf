"""Noise in units of a row's own deviation; blur against a sum in NumPy."""

import math

import numpy as np
import pytest
import torch

from foveal.augment import blur, noise


@pytest.mark.parametrize("unit", [1, 255])
def test_noise_is_a_share_of_each_channels_deviation(unit):
    x = torch.rand(10, 2, 100, 100, dtype=torch.float64) * unit
    x[:, 1] *= 10
    added = noise(0.2)(x, torch.Generator().manual_seed(0)) - x
    expected = 0.2 * x.std((2, 3))
    torch.testing.assert_close(added.std((2, 3)), expected, rtol=0.05, atol=0)
    assert added.mean((2, 3)).abs().max() < 0.02 * unit
    assert abs(float((added / expected.view(10, 2, 1, 1)).pow(4).mean()) - 3) < 0.1  # normal


def blurred(row, sigma, reach):
    """Blur along each axis by a sum over neighbours, edges repeated."""
    weights = np.array([math.exp(-0.5 * (k / sigma) ** 2) for k in range(-reach, reach + 1)])
    weights /= weights.sum()
    for axis in range(row.ndim):
        widths = [(0, 0)] * row.ndim
        widths[axis] = (reach, reach)
        padded = np.pad(row, widths, mode="edge")
        row = sum(w * np.take(padded, np.arange(row.shape[axis]) + k, axis) for k, w in enumerate(weights))
    return row


@pytest.mark.parametrize("sizes", [(20,), (9, 12), (5, 6, 7)])
def test_blur_is_a_gaussian_along_each_axis(sizes):
    x = torch.rand(4, 2, *sizes, dtype=torch.float64)
    out = blur(1.5)(x, torch.Generator().manual_seed(0))
    sigmas = torch.rand(4, generator=torch.Generator().manual_seed(0)) * 1.5
    for row, new, sigma in zip(x, out, sigmas.tolist(), strict=True):
        for channel, made in zip(row, new, strict=True):
            np.testing.assert_allclose(made.numpy(), blurred(channel.numpy(), sigma, 5), atol=1e-6)


def test_constant_rows_stay():
    x = torch.full((5, 1, 8, 8), 200, dtype=torch.uint8)
    for augmentation in (noise(3), blur(4)):
        assert torch.equal(augmentation(x, torch.Generator()), x)
