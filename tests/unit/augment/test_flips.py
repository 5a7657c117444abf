"""Mirrored rows are whole, half of them, and along the axis that is asked for."""

import pytest
import torch

from foveal.augment import flip, vertical_flip
from foveal.core.errors import ParameterError
from foveal.data.changes import InTurn


@pytest.mark.parametrize(
    ("augmentation", "axis"), [(flip(), -1), (flip(-2), -2), (flip(-3), -3), (vertical_flip(), -2)]
)
def test_rows_are_mirrored_whole_or_left(augmentation, axis):
    x = torch.arange(100 * 24.0).view(100, 1, 2, 3, 4)
    out = augmentation(x, torch.Generator().manual_seed(0))
    flipped = [torch.equal(a, b.flip(axis)) for a, b in zip(out, x, strict=True)]
    same = [torch.equal(a, b) for a, b in zip(out, x, strict=True)]
    assert all(f != s for f, s in zip(flipped, same, strict=True))
    assert 30 < sum(flipped) < 70


@pytest.mark.parametrize("augmentation", [flip(), flip(-2), vertical_flip()])
def test_they_take_turns(augmentation):
    assert isinstance(augmentation, InTurn)
    x, marked = torch.rand(4, 2, 3, 5), torch.tensor([True, False, True, False])
    assert torch.equal(
        augmentation.change(x, marked) + augmentation.change(x, ~marked),
        x + x.flip(augmentation.axis if isinstance(augmentation, flip) else -2),
    )


def test_another_axis_is_refused():
    with pytest.raises(ParameterError, match="axis of flip must be -1, -2 or -3"):
        flip(1)
