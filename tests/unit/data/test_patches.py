"""Patches of pictures of any size, and the tiles that training cuts others out of."""

import numpy as np
import pytest

from foveal.core.errors import DataError, ParameterError, ShapeError
from foveal.data.patches import Patches, patches_of
from foveal.data.source import is_source, stored_form

PICTURES = [np.arange(20 * 14).reshape(20, 14, 1), np.arange(25).reshape(5, 5, 1)]
MASKS = [picture[..., 0] % 3 for picture in PICTURES]


def test_patches_are_the_middle_of_tiles_and_masks_those_of_tiles():
    patches = Patches(PICTURES, MASKS, (8, 6))
    assert is_source(patches)
    assert patches.form[0].shape == (1, 8, 6)
    assert stored_form(patches)[0].shape == (1, 12, 9)
    rows = np.arange(len(patches))
    np.testing.assert_array_equal(patches.read(rows)[0], patches.larger.read(rows)[0][:, 2:10, 1:7])
    np.testing.assert_array_equal(patches.y[:], patches.larger.read(rows)[0][..., 0] % 3)


def test_tiles_of_a_picture_are_one_group_and_cover_it():
    patches = Patches(PICTURES, MASKS, (8, 6))
    assert sorted(set(patches.groups.tolist())) == [0, 1]
    seen = np.unique(patches.larger.read(np.flatnonzero(patches.groups == 0))[0])
    np.testing.assert_array_equal(seen, np.arange(20 * 14))


def test_small_pictures_go_on_with_their_edge_and_masks_with_what_does_not_count():
    ignored = Patches(PICTURES[1:], MASKS[1:], (8, 6), ignored=9)
    assert (ignored.y[0][5:] == 9).all()
    edge = Patches(PICTURES[1:], MASKS[1:], (8, 6))
    np.testing.assert_array_equal(edge.y[0][4:], np.repeat(edge.y[0][4:5], 8, axis=0))


def test_parts_read_nothing_and_are_those_rows():
    patches = Patches(PICTURES, MASKS, (8, 6))
    some = patches.chosen(np.array([2, 0]))
    np.testing.assert_array_equal(some.read(np.arange(2))[0], patches.read(np.array([2, 0]))[0])
    assert some.digest() != patches.digest()
    assert Patches(PICTURES, MASKS, (8, 6)).digest() == patches.digest()
    assert Patches(PICTURES, MASKS, (7, 6)).digest() != patches.digest()


@pytest.mark.parametrize(
    ("images", "masks", "patch", "error", "words"),
    [
        (PICTURES, MASKS[:1], 8, DataError, "X has 2 pictures, but there are 1 masks"),
        ([], [], 8, DataError, "0 pictures"),
        (PICTURES, [MASKS[0], MASKS[1][:4]], 8, ShapeError, r"masks\[1\] must have the size of its image"),
        (PICTURES, MASKS, (8, 8, 8), ParameterError, "patch"),
    ],
)
def test_what_does_not_fit(images, masks, patch, error, words):
    with pytest.raises(error, match=words):
        patches_of(images, masks, patch)
