"""TrivialAugment draws each change for as many pictures, whatever their place in the batch."""

import pytest
import torch

from foveal.augment import trivial_augment


@pytest.mark.parametrize("rows", [1, 2, 13, 14, 15, 64])
@pytest.mark.parametrize("channels", [1, 3])
def test_batches_of_any_size(rows, channels):
    x = torch.randint(0, 256, (rows, channels, 12, 10), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    out = trivial_augment()(x, torch.Generator().manual_seed(0))
    assert out.shape == x.shape
    assert out.dtype == torch.uint8


def test_about_a_fourteenth_stays_as_it_is_at_every_place():
    x = torch.randint(0, 256, (28, 1, 12, 10), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    rng = torch.Generator().manual_seed(0)
    same = torch.stack([(trivial_augment()(x, rng) == x).flatten(1).all(1) for _ in range(400)]).float()
    share = same.mean(0)
    assert share.min() > 1 / 14  # changes of strength 0 are none, too
    assert share.max() < 0.35
    assert share.max() - share.min() < 0.15


def test_floats_keep_their_range():
    for low, high in ((0, 1), (-3, 2), (7, 7)):
        x = torch.rand(50, 3, 12, 10, generator=torch.Generator().manual_seed(0)) * (high - low) + low
        out = trivial_augment()(x, torch.Generator().manual_seed(1))
        assert out.min() >= low - 1e-4
        assert out.max() <= high + 1e-4
