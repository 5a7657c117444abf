"""Shift and crop: whole pixels, edges repeated or mirrored, held against NumPy's padding."""

import numpy as np
import torch

from foveal import CNNClassifier
from foveal.augment import crop, shift


def drawn(augmentation, x, seed=0):
    return augmentation(x, torch.Generator().manual_seed(seed))


def test_shift_moves_by_at_most_an_eighth_and_repeats_the_edge():
    x = torch.arange(16.0).view(1, 1, 16).expand(200, 1, 16)
    moved = drawn(shift(), x)
    by = moved[:, 0, 8] - 8
    assert by.min() == -2
    assert by.max() == 2
    for row, step in zip(moved[:, 0], by, strict=True):
        assert torch.equal(row, (torch.arange(16.0) + step).clamp(0, 15))


def windows(picture, most, mode):
    """Cut every window out of a padded picture, by NumPy."""
    (down, right), (height, width) = most, picture.shape
    padded = np.pad(picture, ((down, down), (right, right)), mode=mode)
    return [padded[i : i + height, j : j + width] for i in range(2 * down + 1) for j in range(2 * right + 1)]


def test_each_row_is_a_window_of_the_padded_picture():
    picture = np.random.default_rng(0).integers(0, 255, (8, 16), dtype=np.uint8)
    x = torch.from_numpy(picture).expand(300, 1, 8, 16)
    for augmentation, mode in ((shift(0.25), "edge"), (crop(0.25), "reflect")):
        possible = {window.tobytes() for window in windows(picture, (2, 4), mode)}
        found = {np.ascontiguousarray(row[0].numpy()).tobytes() for row in drawn(augmentation, x)}
        assert found <= possible
        assert len(found) > 40  # of 45


def test_a_window_of_larger_rows_lies_within_them():
    picture = np.random.default_rng(0).integers(0, 255, (3, 8, 10), dtype=np.uint8)
    x = torch.from_numpy(picture).expand(300, 3, 8, 10)
    out = drawn(crop(to=(6, 7)), x)
    rng = torch.Generator().manual_seed(0)
    down, right = (torch.randint(0, most + 1, (300, 1), generator=rng).flatten().tolist() for most in (2, 3))
    for row, i, j in zip(out, down, right, strict=True):
        np.testing.assert_array_equal(row, picture[:, i : i + 6, j : j + 7])
    assert len(set(zip(down, right, strict=True))) == 12
    assert torch.equal(drawn(crop(to=8), x[..., :8]), drawn(crop(), x[..., :8]))  # nothing is larger: it is padded


def test_crop_of_a_volume_mirrors_each_axis():
    x = torch.arange(4.0)[:, None, None].expand(50, 1, 4, 4, 4)
    planes = {tuple(row[0, :, 0, 0].tolist()) for row in drawn(crop(0.25), x)}
    assert planes == {(1.0, 0.0, 1.0, 2.0), (0.0, 1.0, 2.0, 3.0), (1.0, 2.0, 3.0, 2.0)}


def test_augmented_training_learns():
    x = torch.zeros(80, 8, 8)
    x[::2, 2:6, 2:6] = 1  # a square, or nothing
    y = torch.arange(80) % 2
    model = CNNClassifier(n_epochs=10, augment=("flip", "shift"), random_state=0).fit(x, y)
    assert model.score(x, y) == 1
