import numpy as np
import pytest

from foveal.data.images.records import BadPicture
from foveal.data.volumes.dicom.places import Places
from foveal.data.volumes.dicom.stacking import stack_of, stacked

AXIAL = [1.0, 0, 0, 0, 1, 0]


def axial(*places):
    return stacked(np.tile(AXIAL, (len(places), 1)), np.array(places, float), (0.5, 0.8), None)


def test_the_matrix_by_hand():
    stack = axial((10, 20, 34), (10, 20, 30), (10, 20, 32))
    assert stack.order == (1, 2, 0)
    # A step along a row goes 0.8 mm to the left, one down a column 0.5 mm to the back, one slice 2 mm to the head.
    assert stack.affine.tolist() == [[-0.8, 0, 0, -10], [0, -0.5, 0, -20], [0, 0, 2, 30], [0, 0, 0, 1]]
    assert stack.said == ()


def test_a_coronal_series_is_sorted_along_its_own_normal():
    coronal = np.tile([1.0, 0, 0, 0, 0, -1], (3, 1))
    stack = stacked(coronal, np.array([[0, 5.0, 0], [0, 9, 0], [0, 7, 0]]), (1, 1), None)
    assert stack.order == (0, 2, 1)  # the normal of (left, feet) is the back
    assert stack.affine[:3, 2].tolist() == [0, -2, 0]


def test_a_tilted_gantry_is_kept_in_the_matrix_and_told():
    stack = axial(*((0, 0.5 * k, 2 * k) for k in range(4)))
    assert stack.affine[:3, 2].tolist() == [0, -0.5, 2]
    assert stack.said == ("its slices lean by 14.0 degrees (a tilted gantry): the matrix keeps that",)


@pytest.mark.parametrize(
    ("places", "words"),
    [
        ([(0, 0, 0), (0, 0, 2), (0, 0, 6)], "unequal steps, 2 to 4 mm"),
        ([(0, 0, 0), (0, 0, 2), (0, 0, 2), (0, 0, 4)], "has 1 slices at the place of another"),
        ([(0, 0, 0), (0, 3, 2), (0, 0, 4)], "lie on no straight line"),
    ],
)
def test_what_is_no_stack_is_refused(places, words):
    with pytest.raises(BadPicture, match=words):
        axial(*places)


def test_directions_that_differ_or_are_none():
    with pytest.raises(BadPicture, match="slices in several directions"):
        stacked(np.array([AXIAL, [0, 1, 0, 0, 0, 1]]), np.zeros((2, 3)), (1, 1), None)
    with pytest.raises(BadPicture, match="not at right angles"):
        stacked(np.array([[1.0, 0, 0, 1, 0, 0]]), np.zeros((1, 3)), (1, 1), None)


def test_one_slice_has_its_thickness_and_what_lacks_is_told():
    one = stacked(np.array([AXIAL]), np.zeros((1, 3)), (0.5, 0.8), 5.0)
    assert one.affine[2, 2] == 5
    assert stacked(np.array([AXIAL]), np.zeros((1, 3)), None, None).said == (
        "says nothing of a slice's thickness: 1 mm is taken",
        "says nothing of the distance of pixels: 1 mm is taken",
    )


def test_files_that_do_not_say_enough_are_no_stack():
    known = Places((tuple(AXIAL),), ((0, 0, 0),), (1, 1), 1, ((1, 0),))
    assert stack_of([known]).order == (0,)
    assert stack_of([known._replace(positions=None)]) is None
    with pytest.raises(BadPicture, match="not equally far apart"):
        stack_of([known, known._replace(positions=((0, 0, 1),), distances=(2, 2))])
