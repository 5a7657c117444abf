"""Objects and their boundaries: by hand, and back again where objects touch."""

import numpy as np
import pytest
from scipy.ndimage import distance_transform_edt

from foveal.core.errors import DataTypeError, ParameterError
from foveal.data.instances import boundary_classes, instances_of
from foveal.tasks.instance_scores import score_instances


def test_two_squares_that_touch_by_hand():
    instances = np.zeros((5, 8), int)
    instances[1:4, 1:4], instances[1:4, 4:7] = 3, 9
    classes = boundary_classes(instances)
    assert classes.dtype == np.uint8
    assert classes.tolist() == [
        [0, 0, 0, 0, 0, 0, 0, 0],
        [0, 2, 2, 2, 2, 2, 2, 0],
        [0, 2, 1, 2, 2, 1, 2, 0],
        [0, 2, 2, 2, 2, 2, 2, 0],
        [0, 0, 0, 0, 0, 0, 0, 0],
    ]
    found = instances_of(classes)
    assert found.tolist() == [
        [0, 0, 0, 0, 0, 0, 0, 0],
        [0, 1, 1, 1, 2, 2, 2, 0],
        [0, 1, 1, 1, 2, 2, 2, 0],
        [0, 1, 1, 1, 2, 2, 2, 0],
        [0, 0, 0, 0, 0, 0, 0, 0],
    ]


def test_a_corner_of_another_object_bounds_too_and_the_images_border_does_not():
    instances = np.ones((4, 4), int)
    instances[3, 3] = 2
    assert boundary_classes(instances).tolist() == [[1, 1, 1, 1], [1, 1, 1, 1], [1, 1, 2, 2], [1, 1, 2, 2]]
    assert (boundary_classes(np.ones((4, 4), bool), 3) == 1).all()


def touching(ndim, size=24):
    """Cut a ball into two halves that touch, beside a ball of its own."""
    place = np.indices((size,) * ndim)
    one = ((place - 8) ** 2).sum(0) <= 36
    two = ((place - 18) ** 2).sum(0) <= 16
    return np.where(one, 1 + (place[0] > 8), np.where(two, 3, 0))


@pytest.mark.parametrize("ndim", [2, 3])
@pytest.mark.parametrize("width", [1, 2])
def test_objects_that_touch_come_back_in_any_number_of_axes(ndim, width):
    truth = touching(ndim)
    classes = boundary_classes(truth, width)
    near = np.stack([distance_transform_edt(truth == k) for k in (1, 2, 3)]).max(0)
    assert (near[classes == 1] > width).all()
    found = instances_of(classes)
    assert found.max() == 3
    assert (found[truth == 0] == 0).all()
    scores = score_instances(found, truth)
    assert scores.f1 == 1
    assert scores.mean_iou > 0.85  # 1.0 and 0.96 in two axes, 1.0 and 0.85 in three: a ball's rim is thin
    assert score_instances((truth > 0).astype(int), truth).recall < 1  # without boundaries two of them are one


def test_small_insides_are_dropped_and_numbers_leave_no_gap():
    classes = np.array([[1, 0, 1, 1, 1, 0, 1, 0, 1, 1]])
    assert instances_of(classes, smallest=2).tolist() == [[0, 0, 1, 1, 1, 0, 0, 0, 2, 2]]
    assert instances_of(classes, smallest=4).max() == 0


def test_what_no_object_reaches_along_the_boundary_is_background():
    classes = np.array([[1, 2, 0, 2, 2], [0, 0, 0, 0, 2]])
    assert instances_of(classes).tolist() == [[1, 1, 0, 0, 0], [0, 0, 0, 0, 0]]
    around = np.array([[1, 2, 2], [0, 0, 2], [1, 0, 2]])  # not straight across the background
    assert instances_of(around).tolist() == [[1, 1, 1], [0, 0, 1], [2, 0, 1]]


def test_a_pixel_is_the_nearest_objects_and_not_that_of_fewer_steps():
    classes = np.full((7, 7), 2)
    classes[0, 0] = classes[1, 6] = 1
    place = np.indices((7, 7))
    apart = [np.hypot(place[0] - row, place[1] - column) for row, column in ((0, 0), (1, 6))]
    clear = np.abs(apart[0] - apart[1]) > 1e-9
    found = instances_of(classes)
    np.testing.assert_array_equal(found[clear], (1 + (apart[1] < apart[0]))[clear])


def test_nothing_is_nothing():
    assert boundary_classes(np.zeros((3, 4), np.uint16)).max() == 0
    assert instances_of(np.zeros((3, 4), np.uint8)).max() == 0


def test_what_is_no_mask_is_refused():
    with pytest.raises(DataTypeError, match="instances must hold whole numbers, got float64"):
        boundary_classes(np.zeros((3, 3)))
    with pytest.raises(DataTypeError, match="classes must hold whole numbers, got float32"):
        instances_of(np.zeros((3, 3), np.float32))
    with pytest.raises(ParameterError, match="width must be at least 1, got 0"):
        boundary_classes(np.zeros((3, 3), int), 0)
