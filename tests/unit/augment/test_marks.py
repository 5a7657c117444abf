"""Points drawn in their pictures."""

import numpy as np
import pytest
import torch

from foveal.augment import page_of_points
from foveal.augment.marks import ARM, COLOURS
from foveal.augment.page import GAP
from foveal.core.errors import ShapeError


def test_a_mark_lies_about_its_point():
    points = np.array([[[2.0, 5.5], [np.nan, np.nan]], [[7.0, 7.0], [0.0, 0.0]]])
    page = page_of_points(torch.zeros(2, 1, 8, 8), points, side=64)  # each pixel 8 times as large
    first = page[GAP : GAP + 64, GAP : GAP + 64]
    at = np.argwhere((first == COLOURS[0]).all(-1))
    assert len(at) == 4 * ARM + 1
    np.testing.assert_allclose(at.mean(0), (np.array([2.0, 5.5]) + 0.5) * 8 - 0.5, atol=0.5)
    assert not (first == COLOURS[1]).all(-1).any()
    second = page[GAP : GAP + 64, 2 * GAP + 64 : 2 * GAP + 128]
    assert (second == COLOURS[1]).all(-1).any()
    assert page.shape == (64 + 2 * GAP, 128 + 3 * GAP, 3)


def test_the_truth_has_another_mark():
    points = np.full((1, 1, 2), 3.0)
    pages = [page_of_points(torch.zeros(1, 3, 8, 8), points, truth) for truth in (None, points)]
    alone, both = [(page == COLOURS[0]).all(-1).sum() for page in pages]
    assert both > alone


def test_what_are_no_pictures_with_points_is_refused():
    with pytest.raises(ShapeError, match=r"got \(2, 8, 8\) with \(2, 1, 2\); pass x\[:, None\]"):
        page_of_points(torch.zeros(2, 8, 8), np.zeros((2, 1, 2)))
    with pytest.raises(ShapeError, match=r"with \(3, 1, 2\)"):
        page_of_points(torch.zeros(2, 1, 8, 8), np.zeros((2, 1, 2)), np.zeros((3, 1, 2)))
