import numpy as np
import pytest
import torch
from PIL import Image

from foveal.cli.augment_masks import classes_in, painted
from foveal.data.images.reading.label_colours import DISTINCT

from .masked_pictures import COLOURS, folders


@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory, monkeypatch):
    monkeypatch.setenv("FOVEAL_CACHE", str(tmp_path_factory.mktemp("cache")))


def test_masks_move_with_their_pictures(foveal, tmp_path):
    folders(tmp_path, 4)
    how = ["--masks", "masks", "--colours", "table.csv", "--augment", "vertical_flip", "--seed", 2]
    shown = foveal("augment", "images", *how)
    assert shown.code == 0, shown.err
    assert "4 of 4, each as it is and, to its right, changed" in shown.out
    page = np.asarray(Image.open("augment.png")).astype(int)
    times = 128 // 16
    turned = 0
    for number in range(4):
        left = 8 + number * (2 * 128 + 2 + 8)
        before = page[8 : 8 + 128, left : left + 128][times // 2 :: times, times // 2 :: times]
        after = page[8 : 8 + 128, left + 130 : left + 258][times // 2 :: times, times // 2 :: times]
        yellow = (before[..., 0] > 200) & (before[..., 2] < 150)  # inside and border of what is light
        assert 5 < yellow.sum() < 40
        flipped = (after[..., 0] > 200) & (after[..., 2] < 150)
        same = abs(yellow.sum(1) - flipped.sum(1)).sum()
        mirrored = abs(yellow.sum(1)[::-1] - flipped.sum(1)).sum()
        assert min(same, mirrored) <= 12  # borders are drawn below and to the right alone
        turned += mirrored < same
    assert 0 < turned <= 4


def test_crops_of_patches(foveal, tmp_path):
    folders(tmp_path, 2, coloured=False)
    assert foveal("augment", "images", "--masks", "masks", "--set", "patch=8", "--augment", "crop").code == 0
    assert Image.open("augment.png").size[1] > 128


def test_what_a_mask_cannot_follow(foveal, tmp_path):
    folders(tmp_path, 2, coloured=False)
    wrong = foveal("augment", "images", "--masks", "masks", "--augment", "mixup")
    assert wrong.code == 2
    assert "a mask cannot follow mixup" in wrong.err


def test_classes_and_colours():
    found = classes_in(np.array([[[0, 2, 255]]], np.uint8), 255, tuple(COLOURS), None)
    assert [(each.label, each.name) for each in found] == [(0, "ground"), (2, "dark")]
    assert found[1].colour == DISTINCT[1]
    drawn = painted(torch.full((1, 2, 2, 2), 5.0), torch.zeros(1, 1, 2, 2), found, 5.0, 9.0)
    assert drawn.shape == (1, 3, 2, 2)
    assert int(drawn.max()) == 0


def test_of_volumes_the_middle_slice_is_drawn():
    x, mask = torch.zeros(2, 1, 4, 5, 6), torch.zeros(2, 1, 4, 5, 6)
    mask[..., 3] = 1
    classes = classes_in(np.array([[[0, 1]]], np.uint8), None, None, {})
    page = painted(x, mask, classes, 0, 1)
    assert page.shape == (2, 3, 4, 5)
    assert page.any()
