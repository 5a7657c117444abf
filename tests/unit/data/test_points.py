"""Points: what they may be, where they may lie, and what is said of those that may not."""

import numpy as np
import pytest
import torch

from foveal.core.errors import DataError, ShapeError
from foveal.data.points import as_points, check_inside, in_middle, inside, some_visible

GOOD = np.array([[[1, 2], [3, 4]], [[5, 6], [7, 0]]])


def with_value(value, axes=slice(None)):
    points = GOOD.astype(float)
    points[1, 0, axes] = value
    return points


def test_points_of_any_numbers():
    for y in (GOOD, GOOD.tolist(), torch.from_numpy(GOOD), GOOD.astype(object), GOOD[::-1][::-1]):
        assert as_points(y).dtype == np.float64
        np.testing.assert_array_equal(as_points(y), GOOD)
    assert np.isnan(as_points(with_value(np.nan))[1, 0]).all()
    own = as_points(with_value(3.0))
    own[:] = 0  # a copy
    assert GOOD.any()


@pytest.mark.parametrize(
    ("y", "error", "message"),
    [
        (GOOD[0], DataError, r"got shape \(2, 2\); for one point a row pass y\[:, None\]"),
        (GOOD[0, 0], DataError, r"got shape \(2,\)$"),
        (GOOD[:0], DataError, r"got shape \(0, 2, 2\)"),
        (with_value(np.inf), DataError, "y: point 0 of row 1 is infinite"),
        (with_value(np.nan, 1), DataError, "y: point 0 of row 1 has a place along one axis only"),
        (GOOD.astype(str), DataError, "must hold real numbers"),
        (GOOD + 1j, DataError, "Complex data not supported"),
        ([[[1, 2]], [[1, 2], [3, 4]]], DataError, "give every row the same points"),
    ],
)
def test_what_are_no_points_is_refused(y, error, message):
    with pytest.raises(error, match=message):
        as_points(y)


def test_points_of_which_none_is_visible():
    with pytest.raises(DataError, match="v is NaN throughout: no point is visible"):
        some_visible(np.full((2, 2, 2), np.nan), "v")
    assert some_visible(with_value(np.nan)).shape == GOOD.shape


def test_points_lie_within_their_rows():
    check_inside(GOOD.astype(float), (8, 7))
    check_inside(with_value([7.5, -0.5]), (8, 8))
    check_inside(with_value(np.nan), (8, 7))
    with pytest.raises(DataError, match=r"y: point 0 of row 1, \(5\.0, 6\.0\), lies outside of a row of \(8, 6\)"):
        check_inside(GOOD.astype(float), (8, 6))
    with pytest.raises(ShapeError, match="got points of 2 axes"):
        check_inside(GOOD.astype(float), (8,))


def test_points_of_larger_rows_in_their_middle():
    found = in_middle(np.array([[[2.0, 3.0], [0.5, 5.0]]]), (10, 9), (6, 6))
    np.testing.assert_array_equal(found, [[[0, 2], [np.nan, np.nan]]])


def test_points_outside_are_not_visible():
    points = torch.tensor([[[-0.5, 3.5], [-0.6, 2.0], [1.0, 3.6], [torch.nan, torch.nan]]])
    assert inside(points, (4, 4)).isnan().any(-1).tolist() == [[False, True, True, True]]
