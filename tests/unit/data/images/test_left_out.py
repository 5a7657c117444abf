"""Files that are no pictures: told all at once, or counted; `test_load` opens such."""

import numpy as np
import pytest

from foveal.core.errors import DataError
from foveal.data.images.left_out import refuse, tell_empty
from foveal.data.images.records import Bad, Listing, Place


def bad(count):
    return [Bad(Place(f"{i}", f"{i}.png"), "is damaged") for i in range(count)]


def test_nothing_bad_is_nothing_to_say():
    said = []
    refuse([], 10, "stop", said.append)
    assert said == []


def test_fifty_are_named_and_the_rest_counted():
    with pytest.raises(DataError, match="53 of 60 files are no pictures that can be read") as error:
        refuse(bad(53), 60, "stop", print)
    lines = str(error.value).splitlines()
    assert (len(lines), lines[1], lines[-1]) == (52, "  0.png: is damaged", "  and 3 more")


def test_where_they_are_left_out_that_is_said():
    said = []
    refuse(bad(1), 60, "skip", said.append)
    assert said == ["1 of 60 files is no picture that can be read, and left out:\n  0.png: is damaged"]


@pytest.mark.parametrize("y", [np.array([0, 2, 2]), np.array([[1, 0, 0], [0, 0, 1], [1, 0, 1]])])
def test_a_class_without_a_picture_is_named(y):
    said = []
    tell_empty(Listing("in", (), y, ("a", "b", "c")), said.append)
    assert said == ["no picture that can be read is left of 'b'"]
