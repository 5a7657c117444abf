import numpy as np
import pytest

from foveal.compare.boundaries import boundaries, boundary_score
from foveal.data.masks import with_unknown
from foveal.tasks.kind import Problem
from foveal.tasks.segmentation import SEGMENTATION

PROBLEM = Problem(SEGMENTATION, 2, np.arange(2, dtype=np.uint8), one_axis=False)


def square(top, size=40):
    mask = np.zeros((size, size), np.uint8)
    mask[top : top + 10, 10:20] = 1
    return mask


def test_a_pixel_beside_is_near_enough_and_three_are_not():
    assert boundary_score(PROBLEM, [square(11)], [square(10)]) == 1
    assert boundary_score(PROBLEM, [square(13)], [square(10)]) < 0.8


def test_it_is_the_mean_over_pictures_then_over_classes():
    found, truth = [square(10), np.zeros((40, 40), np.uint8)], [square(10), square(10)]
    assert boundary_score(PROBLEM, found, truth) == pytest.approx(0.5)


def test_what_does_not_count_bounds_nothing_and_volumes_have_boundaries():
    truth = square(10)
    truth[:, 9] = 255
    assert boundary_score(PROBLEM, [square(10)], [with_unknown(truth, 255)]) > 0.9
    ball = np.zeros((8, 8, 8), np.uint8)
    ball[2:6, 2:6, 2:6] = 1
    assert boundary_score(PROBLEM, [ball], [ball]) == 1


def test_a_label_that_the_model_does_not_know_is_a_class():
    found = boundaries(square(10), square(10) * 7, np.array([0, 1, 7]), None)
    assert found[1:].tolist() == [0, 0]
