"""Between `fit` and the convolution stand few of our own frames: who debugs a network should reach it soon."""

import traceback
from pathlib import Path

import numpy as np
import pytest
from torch import nn
from torch.nn.modules.module import register_module_forward_hook

import foveal
from foveal import CNNClassifier

MOST = 6
OURS = Path(foveal.__file__).parent


def frames_to_the_convolution(model: CNNClassifier) -> list[str]:
    """Fit and return our functions on the stack, from `fit` on, while a convolution runs in training."""
    stacks = []

    def note(module: nn.Module, *_: object) -> None:
        if isinstance(module, nn.Conv2d) and module.training:
            stacks.append(traceback.extract_stack())

    hook = register_module_forward_hook(note)
    try:
        rng = np.random.default_rng(0)
        model.fit(rng.normal(size=(12, 6, 6)), np.arange(12) % 2)
    finally:
        hook.remove()
    assert stacks, "no convolution ran in training"
    ours = [[f.name for f in stack if OURS in Path(f.filename).parents] for stack in stacks]
    return max((names[names.index("fit") :] for names in ours), key=len)


@pytest.mark.parametrize(
    "net", [None, nn.Sequential(nn.Conv2d(1, 2, 3), nn.Flatten(), nn.Linear(32, 2))], ids=["plain", "of the user"]
)
def test_at_most_six_of_our_frames_lead_from_fit_to_the_convolution(net: nn.Module | None):
    frames = frames_to_the_convolution(CNNClassifier(n_epochs=1, batch_size=6, net=net, random_state=0))
    assert frames[0] == "fit"
    assert len(frames) <= MOST, frames
