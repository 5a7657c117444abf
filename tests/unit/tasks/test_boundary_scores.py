"""F1 of boundaries: values by hand, and boundaries that are not there."""

import numpy as np
import pytest

from foveal.core.errors import DataError, ShapeError
from foveal.tasks.boundary_scores import _boundary, boundary_f1, mean_over_images


def square(first, last, size=10):
    mask = np.zeros((size, size), int)
    mask[first:last, first:last] = 1
    return mask


def test_boundaries_by_hand():
    """A square of 6 has 20 boundary pixels; the one of 4 within it has 12, each 1 pixel from it."""
    truth, predicted = square(2, 8), square(3, 7)
    assert boundary_f1(predicted, truth, 2, 0.5)[1] == 0
    found = boundary_f1(predicted, truth, 2, 1)[1]
    assert found == pytest.approx(2 * 1 * (16 / 20) / (1 + 16 / 20))  # the 4 corners are 1.41 away
    assert boundary_f1(predicted, truth, 2, 1.5)[1] == 1
    assert boundary_f1(predicted, truth, 2, 1, spacing=(2.0, 2.0))[1] == 0


def test_the_images_border_and_ignored_pixels_bound_nothing():
    halves = np.repeat([[0, 0, 0, 1, 1, 1]], 4, axis=0)
    assert _boundary(halves == 1, np.zeros_like(halves, bool)).sum() == 4
    assert np.isnan(boundary_f1(np.ones_like(halves), np.ones_like(halves), 2, 1)).all()
    between = halves.copy()
    between[:, 2:4] = 255
    assert np.isnan(boundary_f1(halves, between, 2, 1, ignore=255)).all()


def test_a_class_with_a_boundary_on_one_side_only_is_0_and_on_none_nan():
    found = boundary_f1(square(0, 0), square(2, 5), 3, 2)
    assert found[:2].tolist() == [0, 0]
    assert np.isnan(found[2])


def test_boundaries_of_volumes_and_means_over_images():
    cube = np.zeros((6, 6, 6), int)
    cube[1:5, 1:5, 1:5] = 1
    moved = np.roll(cube, 1, axis=0)
    one, near = boundary_f1(moved, cube, 2, 0), boundary_f1(moved, cube, 2, 1)
    assert 0 < one[1] < 1
    assert near[1] == 1
    np.testing.assert_allclose(mean_over_images([one, near])[1], (one[1] + 1) / 2)


def test_what_is_no_mask_of_these_classes_is_refused():
    with pytest.raises(DataError, match=r"truth must hold class numbers of 0 to 1, got 2"):
        boundary_f1(square(2, 5), 2 * square(2, 5), 2, 1)
    with pytest.raises(ShapeError, match=r"same shape"):
        boundary_f1(square(2, 5), square(2, 5, 9), 2, 1)
