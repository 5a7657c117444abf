"""The peak of a map between its pixels."""

import pytest
import torch

from foveal.train.heat_maps import heat_maps
from foveal.train.peaks import peaks

RNG = torch.Generator().manual_seed(0)


def anywhere(sizes, n=200):
    """Draw points all over rows, up to their very edges."""
    return torch.rand(n, 3, len(sizes), generator=RNG) * torch.tensor(sizes) - 0.5


@pytest.mark.parametrize("sizes", [(12,), (9, 14), (5, 6, 7), (3, 3)])
@pytest.mark.parametrize("deviation", [1.0, 1.5, 2.5])
def test_a_gaussian_is_found_wherever_it_is(sizes, deviation):
    points = anywhere(sizes)
    maps = heat_maps(points, sizes, deviation)
    assert (peaks(maps) - points).abs().max() < 0.05
    assert (peaks(maps * 7) - points).abs().max() < 0.05
    assert (peaks(maps.log() + 3, logarithms=True) - points).abs().max() < 0.05


def test_a_slanted_gaussian_is_found():
    points = anywhere((16, 16)) * 0.5 + 4
    y, x = torch.meshgrid(torch.arange(16.0), torch.arange(16.0), indexing="ij")
    down, right = y - points[..., 0, None, None], x - points[..., 1, None, None]
    maps = (-(down**2 + right**2 + 1.2 * down * right) / 4).exp()
    off = (peaks(maps) - points).abs()
    assert off.max() < 0.6  # the step is cut at half a pixel from the largest value
    assert (off < 0.05).float().mean() > 0.85
    nearest = maps.flatten(2).argmax(2)
    assert ((torch.stack((nearest // 16, nearest % 16), -1) - points).abs() > 0.05).float().mean() > 0.8


def test_noise_does_not_carry_the_peak_away():
    points = anywhere((16, 16))
    maps = heat_maps(points, (16, 16), 1.5) + 0.02 * torch.randn(200, 3, 16, 16, generator=RNG)
    assert (peaks(maps) - points).abs().mean() < 0.1
    wild = torch.randn(50, 2, 8, 8, generator=RNG)
    largest = wild.flatten(2).argmax(2)
    for logarithms in (False, True):
        off = peaks(wild, logarithms=logarithms) - torch.stack((largest // 8, largest % 8), -1)
        assert off.isfinite().all()
        assert off.abs().max() <= 0.5


@pytest.mark.parametrize("sizes", [(1, 9), (2, 9)])
def test_axes_of_one_or_two_pixels_have_no_step(sizes):
    points = torch.tensor([[[0.0, 3.3]]])
    found = peaks(heat_maps(points, sizes, 1.5))
    assert found[0, 0, 0] == 0
    assert found[0, 0, 1] == pytest.approx(3.3, abs=0.01)


@pytest.mark.parametrize("maps", [torch.zeros(1, 1, 4, 4), torch.full((1, 1, 4, 4), -2.0)])
def test_a_flat_map_has_its_first_pixel_as_peak(maps):
    assert peaks(maps).tolist() == peaks(maps, logarithms=True).tolist() == [[[0, 0]]]
