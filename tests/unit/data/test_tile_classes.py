"""The rarest class of each mask, and rows drawn evenly by it."""

import numpy as np
import pytest

from foveal.core.errors import DataError
from foveal.data.balance import balanced_rows
from foveal.data.tile_classes import rarest_classes
from foveal.data.tiles import Tiles


def test_the_rarest_class_by_hand():
    """Pixels in all: 8 of class 0, 3 of 1, 1 of 2."""
    masks = np.array([[0, 0, 0, 0], [0, 0, 1, 1], [1, 2, 0, 0], [255, 255, 255, 255]])
    assert rarest_classes(masks, 3).tolist() == [0, 1, 2, 0]
    assert rarest_classes(masks[:2], 4).tolist() == [0, 1]
    assert rarest_classes(masks[:1], 1, ignore=None).tolist() == [0]
    assert rarest_classes(masks.astype(np.uint64), 3).tolist() == [0, 1, 2, 0]


def test_tiles_with_a_rare_class_are_drawn_as_often_as_the_others():
    mask = np.zeros((80, 80), np.uint8)
    mask[3:6, 3:6] = 1
    tiles = Tiles([np.zeros((80, 80), np.float32)], [mask], size=(10, 10))
    classes = rarest_classes(tiles.masks, 2)
    assert classes.sum() == 1
    drawn = balanced_rows(classes, shuffle=True, seed=0)
    assert (classes[drawn] == 1).sum() == 32


def test_a_number_that_is_no_class_is_refused():
    with pytest.raises(DataError, match=r"masks\[1\] must hold class numbers of 0 to 1, or 255 .*, got 7"):
        rarest_classes(np.array([[0, 1], [7, 1]]), 2)
