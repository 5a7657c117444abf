"""Between a public method and the layers stand few of our own frames: who debugs a network should reach it soon."""

import traceback
from pathlib import Path

import numpy as np
import pytest
from torch import nn
from torch.nn.modules.module import register_module_forward_hook

import foveal
from foveal import CNNClassifier
from foveal.kernels.program import Program

MOST = 6
OURS = Path(foveal.__file__).parent
X, Y = np.random.default_rng(0).normal(size=(12, 6, 6)), np.arange(12) % 2
OF_THE_USER = nn.Sequential(nn.Conv2d(1, 2, 3), nn.Flatten(), nn.Linear(32, 2))


@pytest.fixture
def stacks(monkeypatch):
    """Collect our functions on the stack, while a convolution runs in PyTorch, or layers run on kernels."""
    found = []

    def note(*_):
        found.append([f.name for f in traceback.extract_stack()[:-1] if OURS in Path(f.filename).parents])

    run = Program.run

    def noted(program, work):
        note()
        found[-1].append("run")  # the frame that this one stands for
        return run(program, work)

    monkeypatch.setattr(Program, "run", noted)
    hook = register_module_forward_hook(lambda module, *_: note() if isinstance(module, nn.Conv2d) else None)
    yield found
    hook.remove()


def longest(stacks, method, through):
    """Give the frames from a public method on, of the deepest moment after `through`."""
    found = [names[names.index(method) :] for names in stacks if method in names and through in names]
    assert found, "no layer ran"
    return max(found, key=len)


@pytest.mark.parametrize(
    ("net", "kernels"),
    [(None, "off"), (OF_THE_USER, "off"), (None, "auto"), ("resnet20", "off")],
    ids=["plain", "of the user", "on kernels", "residual"],
)
def test_at_most_six_of_our_frames_lead_to_the_layers(net, kernels, stacks):
    model = CNNClassifier(n_epochs=1, batch_size=6, valid_size=0.0, net=net, kernels=kernels, random_state=0)
    model.fit(X, Y)
    frames = longest(stacks, "fit", "train")  # not what is looked at before the first step
    assert len(frames) <= MOST, frames
    stacks.clear()
    model.predict(X)
    frames = longest(stacks, "predict", "outputs_of")
    assert len(frames) <= MOST, frames
