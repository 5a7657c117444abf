"""Between a public method and the layers stand few of our own frames: who debugs a network should reach it soon."""

import traceback
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn

import foveal
from foveal import CNNClassifier
from foveal.kernels.library import load
from foveal.layers import frozen

MOST = 6
OURS = Path(foveal.__file__).parent
X, Y = np.random.default_rng(0).normal(size=(12, 6, 6)), np.arange(12) % 2
OF_THE_USER = nn.Sequential(nn.Conv2d(1, 2, 3), nn.Flatten(), nn.Linear(32, 2))


@pytest.fixture
def stacks(monkeypatch):
    """Collect our functions on the stack where a convolution runs in PyTorch, and where layers run on kernels.

    What lies below them is replaced, so that no hook keeps a network off the kernels.
    """
    found = {"PyTorch": [], "kernels": []}

    def noting(kind, function):
        def noted(*args, **kwargs):
            names = [f.name for f in traceback.extract_stack()[:-1] if OURS in Path(f.filename).parents]
            found[kind].append(names)
            return function(*args, **kwargs)

        return noted

    monkeypatch.setattr(F, "conv2d", noting("PyTorch", F.conv2d))
    monkeypatch.setitem(frozen.CONVOLVE, nn.Conv2d, noting("PyTorch", torch.conv2d))
    if load() is not None:
        monkeypatch.setattr(load().calls, "foveal_run", noting("kernels", load().calls.foveal_run))
    return found


def longest(stacks, method, through):
    """Give the frames from a public method on, of the deepest moment after `through`."""
    found = [names[names.index(method) :] for names in stacks if method in names and through in names]
    assert found, "no layer ran"
    return max(found, key=len)


ON_KERNELS = pytest.mark.skipif(load() is None, reason="there are no compiled kernels")


@pytest.mark.parametrize(
    ("net", "kernels", "where"),
    [
        pytest.param(None, "off", {"PyTorch"}, id="plain"),
        pytest.param(OF_THE_USER, "off", {"PyTorch"}, id="of the user"),
        pytest.param("resnet20", "off", {"PyTorch"}, id="residual"),
        pytest.param(None, "auto", {"kernels"}, id="on kernels", marks=ON_KERNELS),
        pytest.param("resnet20", "auto", {"PyTorch", "kernels"}, id="residual on kernels", marks=ON_KERNELS),
    ],
)
def test_at_most_six_of_our_frames_lead_to_the_layers(net, kernels, where, stacks):
    model = CNNClassifier(n_epochs=1, batch_size=6, valid_size=0.0, net=net, kernels=kernels, random_state=0)
    model.fit(X, Y)
    assert {kind for kind, names in stacks.items() if any("train" in own for own in names)} == where
    for kind in where:
        frames = longest(stacks[kind], "fit", "train")  # not what is looked at before the first step
        assert len(frames) <= MOST, frames
    stacks["PyTorch"].clear(), stacks["kernels"].clear()
    model.predict(X)
    frames = longest(stacks["PyTorch"] + stacks["kernels"], "predict", "outputs_of")
    assert len(frames) <= MOST, frames
