import numpy as np
import pytest
import torch

from foveal.data.volumes.resample import fitted, nearest, new_size, resampled, starts_of, unfitted, weights


@pytest.mark.parametrize(("old", "new"), [(8, 4), (9, 3), (6, 12), (10, 4)])
def test_where_the_ratio_is_old_to_new_it_is_pytorchs_antialiased_operator(old, new):
    line = torch.rand(1, 1, 1, old, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    theirs = torch.nn.functional.interpolate(line, (1, new), mode="bilinear", antialias=True)
    ours = weights(old, new, old / new) @ line.ravel().numpy()
    # At the ends PyTorch's triangle is not moved to the nearest voxel, ours is.
    inner = slice(1, -1)
    np.testing.assert_allclose(ours[inner], theirs.ravel().numpy()[inner], rtol=1e-6)


def test_a_slope_stays_a_slope_and_a_constant_a_constant():
    line = np.arange(20.0).reshape(20, 1)
    inner = resampled(line, (2.0,), (10,), labels=False)[2:-2, 0]
    np.testing.assert_allclose(inner, (np.arange(10) * 2 + 0.5)[2:-2], rtol=1e-6)
    assert (resampled(np.ones((5, 6, 2)), (0.7, 1.3), (7, 5), labels=False).round(6) == 1).all()


def test_labels_are_copied():
    mask = np.array([[0, 5], [9, 0]], np.uint8)[..., None]
    wide = resampled(mask, (0.5, 0.5), (4, 4), labels=True)
    assert wide[..., 0].tolist() == [[0, 0, 5, 5], [0, 0, 5, 5], [9, 9, 0, 0], [9, 9, 0, 0]]
    assert wide.dtype == np.uint8
    assert resampled(wide, (2, 2), (2, 2), labels=True).tolist() == mask.tolist()
    assert nearest(3, 5, 1.0).tolist() == [0, 1, 2, 2, 2]


def test_sizes_cover_what_was_covered():
    assert [new_size(10, ratio) for ratio in (0.5, 1.0, 3.0, 100.0)] == [20, 10, 3, 1]


@pytest.mark.parametrize(("old", "new"), [(5, 3), (3, 5), (4, 4), (6, 3), (1, 4)])
def test_cut_and_filled_and_back(old, new):
    values = np.arange(1, old + 1).reshape(old, 1)
    out = fitted(values, (new,), 0)
    assert len(out) == new
    back = unfitted(out, (old,))
    kept = back.ravel() != 0
    assert (back.ravel()[kept] == values.ravel()[kept]).all()
    assert kept.sum() == min(old, new)
    assert starts_of((5, 2), (3, 5)) == (1, -1)
