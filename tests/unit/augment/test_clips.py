"""What a clip's frames are changed by is the same for all of them: motion stays what it is."""

import pytest
import torch

from foveal.augment.table import AUGMENTATIONS

#: They blank a box of some frames, or differ from frame to frame.
OVER_TIME = {"cutout", "erase", "noise"}
#: Made for pictures, or of several rows.
OTHERS = {"trivial_augment", "mixup", "cutmix"}


@pytest.mark.parametrize("name", sorted(set(AUGMENTATIONS) - OVER_TIME - OTHERS))
def test_all_frames_are_changed_alike(name):
    rng = torch.Generator().manual_seed(0)
    frame = torch.randint(0, 255, (6, 3, 1, 12, 12), dtype=torch.uint8, generator=rng)
    changed = AUGMENTATIONS[name](frame.expand(-1, -1, 5, -1, -1).contiguous(), rng)
    assert (changed == changed[:, :, :1]).all()
    assert (changed[:, :, :1] != frame).any()
