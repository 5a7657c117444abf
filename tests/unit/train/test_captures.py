"""When a run's steps are captured, and the reason that is given when they are not."""

import copy
from types import SimpleNamespace

import pytest
import torch

from foveal.data.batches import Batches
from foveal.train.optim.table import CAPTURABLE
from foveal.train.step import train_step
from foveal.train.steps import captured
from foveal.train.steps.captured import FEWEST, Captured, captures, choose_step

from .standin import Setting, config_of, small_run


def reason(*, device="cuda:0", optimizer="adam", momentum=0.9, rows=8 * FEWEST, **options):
    """Ask for a run on a device that need not be there."""
    state, _ = small_run(Setting(optimizer=optimizer, momentum=momentum))
    batches = Batches(range(rows), (SimpleNamespace(device=torch.device(device)),), None, 8)
    return captures(state, batches, config_of(**{"n_epochs": 1, "capture": True} | options))


@pytest.mark.parametrize("name", CAPTURABLE)
def test_nothing_speaks_against_a_capture(name):
    assert reason(optimizer=name) is None


WHY_NOT = {
    "cpu": ({"device": "cpu"}, "device cpu has no CUDA graphs"),
    "mps": ({"device": "mps"}, "device mps has no CUDA graphs"),
    "not asked": (
        {"capture": False},
        "it was not asked for: kernels are off, precision is float64, or a part of the step is the user's",
    ),
    "net": ({"borrow_generator": True}, "the network is the user's"),
    "adagrad": ({"optimizer": "adagrad"}, "optimizer Adagrad is the user's, or needs its rate on the host"),
    "class": ({"optimizer": torch.optim.RAdam}, "optimizer RAdam is the user's, or needs its rate on the host"),
    "momentum": ({"momentum": 1.0}, "batch norm with momentum 1.0 weighs its t-th batch by 1 / t"),
    "few": ({"rows": 8 * 99 + 7}, "99 full batches are too few to pay for a capture, 100 the fewest"),
    "all long": ({"rows": 9, "n_epochs": 1000}, "0 full batches are too few to pay for a capture, 100 the fewest"),
}


@pytest.mark.parametrize("name", WHY_NOT)
def test_what_speaks_against_a_capture(name):
    given, why = WHY_NOT[name]
    assert reason(**given) == why


def test_epochs_to_come_count():
    assert reason(rows=8 * 50, n_epochs=2) is None
    assert reason(rows=8 * 50, n_epochs=1) is not None


def test_a_run_takes_ordinary_steps_where_something_speaks_against_a_capture():
    state, batches = small_run(Setting())
    assert choose_step(state, batches, config_of(capture=True)) is train_step


def test_pytorch_does_not_warn_of_a_copied_optimizers_ordinary_steps():
    """It would in every `partial_fit` on a GPU; the mark is PyTorch's own, set by the constructor, lost in copies."""
    mark = "_warned_capturable_if_run_uncaptured"
    state, batches = small_run(Setting())
    assert hasattr(state.optimizer, mark)
    state.optimizer = copy.deepcopy(state.optimizer)
    assert not hasattr(state.optimizer, mark)
    choose_step(state, batches, config_of(capture=True))
    assert getattr(state.optimizer, mark) is True


def test_a_run_is_captured_where_nothing_does(monkeypatch):
    state, batches = small_run(Setting())
    monkeypatch.setattr(captured, "captures", lambda *_: None)
    monkeypatch.setattr(captured, "CudaGraph", lambda device: SimpleNamespace(device=device))
    step = choose_step(state, batches, config_of(capture=True))
    assert isinstance(step, Captured)
    assert step.recordings.graph.device == torch.device("cpu")
