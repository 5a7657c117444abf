"""When an estimator lets its training steps be captured: on a GPU, where all that runs in them has a name."""

import pytest
import torch
from torch import nn

from foveal import CNNClassifier
from foveal.fitting.inputs import Machine
from foveal.fitting.settings import make_config, may_capture

GPU = Machine(torch.device("cuda"), "bfloat16")


def parameters(**given):
    return CNNClassifier(**given).get_params(deep=False)


@pytest.mark.parametrize(
    "given", [{}, {"optimizer": "muon", "clip_norm": 1.0}, {"augment": lambda x, rng: x}, {"ema_decay": 0.9}]
)
@pytest.mark.parametrize("precision", ["bfloat16", "float32"])
def test_named_parts_may_be_captured(given, precision):
    """A user's augmentation runs before the step."""
    assert may_capture(parameters(**given), Machine(torch.device("cuda"), precision))


@pytest.mark.parametrize(
    "given",
    [
        {"kernels": "off"},
        {"net": nn.Flatten()},
        {"loss": lambda z, t: (z - t).square().mean()},
        {"optimizer": torch.optim.Adam},
        {"optimizer": lambda params, lr: torch.optim.SGD(params, lr)},
        {"activation": nn.ReLU},
        {"activation": nn.ReLU()},
    ],
    ids=["switched off", "net", "loss", "optimizer class", "optimizer function", "activation class", "activation"],
)
def test_parts_of_the_user_are_not_captured(given):
    assert not may_capture(parameters(**given), GPU)


@pytest.mark.parametrize("machine", [Machine(torch.device("cpu"), "float32"), Machine(torch.device("cuda"), "float64")])
def test_other_machines_capture_nothing(machine):
    assert not may_capture(parameters(), machine)


def test_the_engine_is_told():
    assert make_config(parameters(), GPU, 10).capture
    assert not make_config(parameters(kernels="off"), GPU, 10).capture
