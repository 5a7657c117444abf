import numpy as np
import pytest

from foveal.cli.mask_settings import for_masks, with_masks
from foveal.core.errors import ParameterError
from foveal.data.dataset import Dataset


def test_nothing_changes_without_masks():
    assert for_masks({"patch": 3}, {"size": 4}, validation="x") == ({"patch": 3}, {"size": 4})


@pytest.mark.parametrize(
    ("parameters", "reading", "size"),
    [({}, {}, None), ({"patch": 9}, {}, "own"), ({"patch": 9}, {"size": 4}, 4), ({"patch": None}, {}, None)],
)
def test_patches_are_of_pictures_that_keep_their_sizes(parameters, reading, size):
    found, read = for_masks(parameters, reading | {"masks": "m"})
    assert (found["task"], read.get("size")) == ("segmentation", size)


def test_what_does_not_go_with_masks():
    with pytest.raises(ParameterError, match="--masks is for a class at each pixel, and task='labels'"):
        for_masks({"task": "labels"}, {"masks": "m"})
    for option in ("validation", "cv"):
        with pytest.raises(ParameterError, match=f"--{option} does not go with --masks; put pictures into folders"):
            for_masks({}, {"masks": "m"}, **{option: "x"})


def test_arrays_of_masks_are_taken_for_masks():
    X, masks = np.zeros((4, 8, 8, 3), np.uint8), np.zeros((4, 8, 8), np.uint8)
    for given in (X, X[..., 0], np.moveaxis(X, -1, 1)):
        assert with_masks({}, Dataset("d", given, masks), quiet=True) == {"task": "segmentation"}
    for y in (np.zeros(4, int), np.zeros((4, 8, 7), int), np.zeros((4, 8, 8)), np.zeros((4, 3), int)):
        assert with_masks({}, Dataset("d", X, y)) == {}
    assert with_masks({"task": "labels"}, Dataset("d", X, masks)) == {"task": "labels"}
