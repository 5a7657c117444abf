"""When checkpoints are written, what is never written, and what a run that goes on is told."""

import re
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from foveal import CNNClassifier
from foveal.core.checkpoints import checkpoints
from foveal.core.errors import DivergedError, ParameterError
from foveal.core.parameters import PARAMETERS
from foveal.data.rows import Rows
from foveal.fitting import checkpointing
from foveal.fitting.checkpointing import Keeper, keeping
from foveal.fitting.identity import identity_of
from foveal.train import start
from foveal.train.checkpoint import read_saved

RUN = identity_of(
    "CNNClassifier", CNNClassifier().get_params(deep=False), Rows(np.zeros((2, 2))), np.arange(2), (), None
)
STEPS = 10


def state_at(step=0):
    net = nn.Linear(2, 1)
    state = start(net, torch.optim.SGD(net.parameters(), lr=0.1), seed=5, threads=1)
    state.step, state.position = step, step
    return state


def begun(folder, every=(1, None), step=0):
    keeper = Keeper(folder, every)
    state = state_at(step)
    keeper.begin(state, RUN, STEPS)
    return keeper, state


def written(folder):
    return sorted(read_saved(path).state["step"] for path in folder.glob("*.safetensors"))


def test_without_a_folder_nothing_is_kept_and_no_pause_asked_for():
    keeper, state = begun(None)
    state.step = state.position = 3
    keeper.save(state)
    assert Keeper().pause(state) is False
    with keeper.watching():
        pass


def test_a_save_is_due_after_so_many_steps(tmp_path):
    keeper, state = begun(tmp_path, every=(3, None))
    due = []
    for step in range(1, 8):
        state.step = state.position = step
        due.append(keeper.pause(state))
        keeper.rest(state)
    assert due == [False, False, True, False, False, True, False]


def test_or_after_so_many_seconds(tmp_path, monkeypatch):
    now = [100.0]
    monkeypatch.setattr(checkpointing, "monotonic", lambda: now[0])
    keeper, state = begun(tmp_path, every=(None, 60.0))
    state.step = state.position = 1
    assert not keeper.pause(state)
    now[0] += 60
    assert keeper.pause(state)


def test_at_an_epochs_end_no_pause_is_asked_for(tmp_path):
    keeper, state = begun(tmp_path)
    state.step = state.position = STEPS
    assert not keeper.pause(state)
    keeper.rest(state)
    assert written(tmp_path) == [STEPS]


def test_a_place_is_saved_once(tmp_path, monkeypatch):
    keeper, state = begun(tmp_path)
    state.step = state.position = 4
    count = []
    monkeypatch.setattr(keeper, "_write", lambda state: count.append(state.step) or b"")
    keeper.save(state)
    keeper.save(state)
    assert count == [4]


def test_a_weight_that_is_not_finite_is_never_written(tmp_path):
    keeper, state = begun(tmp_path)
    state.step = state.position = 1
    with torch.no_grad():
        state.net.weight.fill_(float("inf"))
    with pytest.raises(DivergedError, match="no longer finite after step 1"):
        keeper.save(state)
    assert not list(tmp_path.glob("*.safetensors"))


def saved_by(folder):
    keeper, state = begun(folder)
    state.step = state.position = 4
    with torch.no_grad():
        state.net.weight.fill_(7.0)
    keeper.save(state)
    return read_saved(next(folder.glob("*.safetensors")))


def test_a_run_goes_on_where_the_last_checkpoint_stood(tmp_path):
    keeper = Keeper(tmp_path, (1, None), saved_by(tmp_path))
    assert keeper.goes_on
    assert keeper.seed(random_state=1) == 5
    state = state_at()
    keeper.begin(state, RUN, STEPS)
    assert (state.step, state.position, state.net.weight.tolist()) == (4, 4, [[7.0, 7.0]])


@pytest.mark.parametrize("other", ["2.13.0", "2.13.0+cpu", "2.13.0+cu130", "1.0"])
def test_another_torch_or_another_build_of_it_is_said(tmp_path, monkeypatch, other):
    saved = saved_by(tmp_path)
    monkeypatch.setattr(torch, "__version__", "2.13.0+cu126")
    says = re.escape(f"saved under torch {other}, this is 2.13.0+cu126: it goes on")
    with pytest.warns(UserWarning, match=says):
        Keeper(tmp_path, None, replace(saved, torch=other)).begin(state_at(), RUN, STEPS)


def test_the_same_build_is_not_worth_a_word(tmp_path):
    Keeper(tmp_path, None, saved_by(tmp_path)).begin(state_at(), RUN, STEPS)


def test_no_folder_no_keeper_of_files():
    with keeping(None, PARAMETERS["checkpoint_every"].default) as keeper:
        assert (keeper.folder, keeper.goes_on) == (None, False)


def test_a_period_is_checked_before_the_folder_is_made(tmp_path):
    with pytest.raises(ParameterError, match="checkpoint_every must be"), keeping(tmp_path / "x", "often"):
        pass
    assert not (tmp_path / "x").exists()


def test_the_newest_checkpoint_is_found(tmp_path):
    saved_by(tmp_path)
    with keeping(tmp_path, 1) as keeper:
        assert keeper.saved.state["step"] == 4
        assert len(list(checkpoints(tmp_path))) == 1
