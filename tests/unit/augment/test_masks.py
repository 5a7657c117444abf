"""A mask follows its picture: moved by the same numbers, and no value comes in that was not there."""

import pytest
import torch

from foveal.augment import AUGMENTATIONS, rotate, together
from foveal.core.errors import ParameterError

GEOMETRIC = ("flip", "vertical_flip", "shift", "crop", "resized_crop", "rotate", "scale", "shear", "warp")


def blobs():
    """Give pictures that are 200 where their mask is 3, and 0 where it is 1."""
    mask = torch.ones(20, 1, 24, 24, dtype=torch.int64)
    mask[:, :, 6:15, 3:12] = 3
    return (mask == 3) * 200.0, mask


@pytest.mark.parametrize("name", GEOMETRIC)
def test_a_mask_moves_as_its_picture(name):
    x, mask = blobs()
    out, moved = together(AUGMENTATIONS[name], x, mask, torch.Generator().manual_seed(0))
    assert not torch.equal(moved, mask)
    assert set(moved.unique().tolist()) == {1, 3}
    assert torch.equal(moved == 3, out > 100) or ((moved == 3) != (out > 100)).float().mean() < 0.01  # ties
    assert torch.equal(out, AUGMENTATIONS[name](x, torch.Generator().manual_seed(0)))


@pytest.mark.parametrize("name", sorted(set(AUGMENTATIONS) - set(GEOMETRIC) - {"mixup", "cutmix", "trivial_augment"}))
def test_what_changes_values_leaves_the_mask(name):
    x, mask = blobs()
    x = x.expand(-1, 3, -1, -1)
    out, same = together(AUGMENTATIONS[name], x, mask, torch.Generator().manual_seed(0))
    assert torch.equal(same, mask)
    assert torch.equal(out, AUGMENTATIONS[name](x, torch.Generator().manual_seed(0)))


@pytest.mark.parametrize("name", ["mixup", "cutmix", "trivial_augment"])
def test_what_a_mask_cannot_follow_is_refused(name):
    x, mask = blobs()
    with pytest.raises(ParameterError, match=f"a mask cannot follow {name}; use others"):
        together(AUGMENTATIONS[name], x, mask, torch.Generator())


def test_one_motion_moves_several_batches_alike():
    x = torch.rand(4, 3, 9, 9)
    move = rotate(40).motion(x, torch.Generator().manual_seed(0))
    assert torch.equal(move(x)[:, :1], move(x[:, :1].clone()))
