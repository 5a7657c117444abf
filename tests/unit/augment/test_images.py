"""Augmentations change pixels, not shapes, dtypes or labels, and follow their generator alone."""

import pytest
import torch

from foveal import CNNClassifier
from foveal.augment import AUGMENTATIONS

SHAPES = [(6, 1, 20), (6, 3, 16, 12), (6, 2, 9, 8, 10)]


def drawn(name, x, seed=0):
    return AUGMENTATIONS[name](x, torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("dtype", [torch.uint8, torch.float32, torch.float64])
@pytest.mark.parametrize("name", AUGMENTATIONS)
def test_shape_and_dtype_stay_and_the_seed_decides(name, dtype, shape):
    x = torch.randint(0, 255, shape, generator=torch.Generator().manual_seed(1)).to(dtype)
    kept = x.clone()
    first = drawn(name, x)
    assert first.shape == x.shape
    assert first.dtype == x.dtype
    assert torch.equal(x, kept)
    assert torch.equal(first, drawn(name, x))
    assert not torch.equal(first, drawn(name, x, seed=1))


def test_flip_mirrors_whole_images_or_leaves_them():
    x = torch.arange(600.0).view(100, 1, 2, 3)
    flipped = [torch.equal(a, b.flip(-1)) for a, b in zip(drawn("flip", x), x, strict=True)]
    same = [torch.equal(a, b) for a, b in zip(drawn("flip", x), x, strict=True)]
    assert all(f != s for f, s in zip(flipped, same, strict=True))
    assert 30 < sum(flipped) < 70


def test_shift_moves_by_at_most_an_eighth_and_repeats_the_edge():
    x = torch.arange(16.0).view(1, 1, 16).expand(200, 1, 16)
    moved = drawn("shift", x)
    by = moved[:, 0, 8] - 8
    assert by.min() == -2
    assert by.max() == 2
    for row, step in zip(moved[:, 0], by, strict=True):
        assert torch.equal(row, (torch.arange(16.0) + step).clamp(0, 15))


def test_cutout_sets_a_box_to_the_mean():
    x = torch.rand(50, 2, 16, 16, generator=torch.Generator().manual_seed(0))
    cut = drawn("cutout", x)
    changed = (cut != x).all(1).flatten(1).sum(1)
    assert changed.max() == 16
    assert changed.min() >= 4  # a corner
    for image, before in zip(cut, x, strict=True):
        inside = (image != before)[0]
        assert torch.allclose(image[:, inside], before.mean((1, 2))[:, None].expand(-1, int(inside.sum())))


def test_augmented_training_learns():
    x = torch.zeros(80, 8, 8)
    x[::2, 2:6, 2:6] = 1  # a square, or nothing
    y = torch.arange(80) % 2
    model = CNNClassifier(n_epochs=10, augment=("flip", "shift"), random_state=0).fit(x, y)
    assert model.score(x, y) == 1
