import numpy as np
import pytest

from foveal.data.images.records import BadPicture
from foveal.data.volumes import stored
from foveal.data.volumes.stored import check_affine, check_room, plain


@pytest.mark.parametrize(
    ("shape", "channels", "words"),
    [
        ((60_000, 60_000, 60_000), 1, "60000 x 60000 x 60000 voxels, at most 2,147,483,648 values"),
        ((100_000, 2, 2), 1, "at most 65,535 along an axis"),
        ((2, 2, 2), 5000, "has 5,000 channels, at most 4,096"),
        ((1000, 1000, 1000), 3, "voxels of 3 channels"),
        ((0, 2, 2), 1, "has no voxels: 0 x 2 x 2"),
    ],
)
def test_too_much_is_refused_from_the_header(shape, channels, words):
    with pytest.raises(BadPicture, match=words):
        check_room(shape, channels)


def test_what_memory_has_no_room_for_is_refused(monkeypatch):
    monkeypatch.setattr(stored, "available_memory", lambda device: 1000)
    check_room((5, 5, 10))
    with pytest.raises(BadPicture, match=r"would take 1 MB of memory, 1 MB are free"):
        check_room((5, 5, 11))


def test_a_geometry_that_is_none():
    assert (check_affine(plain((1.0, 2.0, 3.0))) == np.diag([1, 2, 3, 1])).all()
    for wrong in (np.zeros((4, 4)), np.full((4, 4), np.nan), np.diag([1e9, 1, 1, 1])):
        with pytest.raises(BadPicture, match="geometry that is none"):
            check_affine(wrong)
