import numpy as np
import pytest

from foveal.data.images.records import Listing
from foveal.data.images.refusing import tell_empty


@pytest.mark.parametrize("y", [np.array([0, 2, 2]), np.array([[1, 0, 0], [0, 0, 1], [1, 0, 1]])])
def test_a_class_without_a_picture_is_named(y):
    said = []
    tell_empty(Listing("in", (), y, ("a", "b", "c")), said.append)
    assert said == ["no picture that can be read is left of 'b'"]
