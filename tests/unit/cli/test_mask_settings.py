import pytest

from foveal.cli.mask_settings import for_masks
from foveal.core.errors import ParameterError


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
