"""The graph gathers and augments its batches itself: per step, numbers of rows and seeds are all that it is given."""

import pytest
import torch

import foveal.augment
from foveal.augment import AUGMENTATIONS, rotate
from foveal.data.batches import Batches
from foveal.data.changes import InTurn
from foveal.data.rows import Rows
from foveal.data.store import Streamed
from foveal.train import loop, train
from foveal.train.report import Pause
from foveal.train.state import copied
from foveal.train.step import train_step
from foveal.train.steps.feeds import stored
from foveal.train.steps.recordings import WARM_UP

from ..standin import FITTING, TASK, Setting, bits, both, captured_step, check_same, config_of, small_run

flip, shift, cutout = foveal.augment.flip(), foveal.augment.shift(), foveal.augment.cutout()
EVERYTHING = Setting(augment=(flip, shift, cutout), weighted=True)


def noise(x, rng):
    """Add what a user may add."""
    return x + torch.randn(x.shape, generator=rng)


SETTINGS = {
    "nothing": Setting(),
    "weights": Setting(weighted=True),
    "flip in turn": Setting(augment=(flip,)),
    "flip, made anew": Setting(augment=(foveal.augment.flip(),)),
    "shift by chance": Setting(augment=(shift,)),
    "cutout by chance": Setting(augment=(cutout,)),
    "of another strength": Setting(augment=(rotate(70),)),
    **{f"{name}, weighted": Setting(augment=(each,), weighted=True) for name, each in FITTING.items()},
    "one twice": Setting(augment=(shift, flip, shift)),
    "everything": EVERYTHING,
    "a short last batch": Setting(rows=43, augment=(flip, shift)),
    "a long last batch": Setting(rows=41, augment=(flip, shift)),
}


@pytest.mark.parametrize("name", SETTINGS)
def test_a_graph_that_gathers_gives_the_bits_of_ordinary_steps(monkeypatch, name):
    ordinary, state, (graph,) = both(monkeypatch, SETTINGS[name], config_of(l2=0.01))
    check_same(ordinary, state)
    assert (graph.warmed, graph.recorded) == (WARM_UP, 1)
    assert graph.replayed >= 4 * 5 - WARM_UP
    assert len(graph.drawn) == 1 + sum(not isinstance(each, InTurn) for each in SETTINGS[name].augment)


def test_flips_by_chance_where_epochs_show_other_rows(monkeypatch):
    """`in_turn` is off for them: the flip then draws from a generator, too."""
    runs = []
    for captured in (False, True):
        state, batches = small_run(Setting(augment=(flip, shift)))
        object.__setattr__(batches, "in_turn", False)
        step, graphs = captured_step(state, batches)
        monkeypatch.setattr(loop, "choose_step", lambda *_, step=step if captured else train_step: step)
        list(train(state, batches, batches, TASK, config_of()))
        runs.append(state)
    check_same(*runs)
    assert len(graphs[0].drawn) == 3


def test_nothing_is_gathered_outside_of_the_graph(monkeypatch):
    """But for the ordinary steps: the warm-up, what runs before the batch norms settle, the short batches."""
    state, batches = small_run(EVERYTHING)
    step, (graph,) = captured_step(state, batches)
    monkeypatch.setattr(loop, "choose_step", lambda *_: step)
    gathered, gather = [], Batches.gather
    monkeypatch.setattr(Batches, "gather", lambda *args: (gathered.append(1), gather(*args))[1])
    monkeypatch.setattr(Batches, "epoch", None)
    list(train(state, batches, None, TASK, config_of()))
    assert len(gathered) == state.step + graph.recorded
    assert step.gathers
    assert list(step.recordings.kept) == [()]


@pytest.mark.parametrize("first_pause", [2, 8, 15, 23])
def test_resumed_within_an_epoch(monkeypatch, first_pause):
    whole, batches = small_run(EVERYTHING)
    monkeypatch.setattr(loop, "choose_step", lambda *_: train_step)
    list(train(whole, batches, batches, TASK, config_of()))
    state, batches = small_run(EVERYTHING)
    for stop in (first_pause, None):
        state = copied(state)  # as in another process: the recording is gone, the memory another
        step, graphs = captured_step(state, batches)
        monkeypatch.setattr(loop, "choose_step", lambda *_, step=step: step)
        for report in train(state, batches, batches, TASK, config_of(), lambda state, stop=stop: state.step == stop):
            if isinstance(report, Pause):
                break
    check_same(whole, state)
    assert graphs[0].replayed


def test_rows_that_lie_elsewhere_in_a_new_epoch_are_gathered_from_there(monkeypatch):
    ordinary, batches = small_run(EVERYTHING)
    monkeypatch.setattr(loop, "choose_step", lambda *_: train_step)
    list(train(ordinary, batches, batches, TASK, config_of()))
    state, batches = small_run(EVERYTHING)
    step, graphs = captured_step(state, batches)
    monkeypatch.setattr(loop, "choose_step", lambda *_: step)
    for _ in train(state, batches, batches, TASK, config_of()):
        if state.epoch == 3:
            left, batches.inputs.parts = batches.inputs.parts, tuple(part.clone() for part in batches.inputs.parts)
            left[0].fill_(torch.nan)
    check_same(ordinary, state)
    assert [graph.recorded for graph in graphs] == [1, 1]


def test_targets_and_weights_are_looked_at_too():
    _, batches = small_run(EVERYTHING)
    assert [t.data_ptr() for t in stored(batches)] == [
        t.data_ptr() for t in (*batches.inputs.parts, *batches.targets, batches.weights)
    ]


def test_a_failed_capture_is_one_warning_and_ordinary_steps(monkeypatch):
    with pytest.warns(UserWarning, match="the training step could not be captured") as caught:
        ordinary, state, (graph,) = both(monkeypatch, EVERYTHING, config_of(), fails=1)
    check_same(ordinary, state)
    assert (graph.recorded, graph.replayed, len(caught)) == (1, 0, 1)


def test_a_users_augmentation_runs_before_the_step_and_its_batch_is_copied(monkeypatch):
    setting = Setting(augment=(flip, noise), weighted=True)
    ordinary, state, (graph,) = both(monkeypatch, setting, config_of())
    check_same(ordinary, state)
    assert graph.replayed
    assert stored(small_run(setting)[1]) is None


@pytest.mark.parametrize("setting", [EVERYTHING, Setting(augment=(foveal.augment.mixup(),), weighted=True)])
def test_rows_that_stay_in_their_source_are_copied(monkeypatch, setting):
    runs = []
    for captured in (False, True):
        state, resident = small_run(setting)
        rows = Rows(resident.inputs.parts[0].numpy())
        object.__setattr__(resident, "inputs", Streamed(rows, torch.float32, torch.device("cpu")))
        step, graphs = captured_step(state, resident)
        assert not step.gathers
        monkeypatch.setattr(loop, "choose_step", lambda *_, step=step if captured else train_step: step)
        list(train(state, resident, resident, TASK, config_of()))
        runs.append(state)
    check_same(*runs)
    assert graphs[0].replayed


def test_every_augmentation_of_ours_can_be_recorded():
    _, batches = small_run(Setting(augment=tuple(AUGMENTATIONS.values())))
    assert stored(batches) is not None


def test_another_index_gives_another_step(monkeypatch):
    """The proof that the index is read at each replay, and the parity of the epoch with it."""
    state, batches = small_run(Setting(augment=(flip,)))
    step, (graph,) = captured_step(state, batches)
    monkeypatch.setattr(loop, "choose_step", lambda *_: step)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("foveal.train.steps.feeds.Gathered.fill", lambda self, pick: None)
        list(train(state, batches, None, TASK, config_of()))
    assert graph.replayed
    ordinary, _, _ = both(monkeypatch, Setting(augment=(flip,)), config_of())
    assert bits(state.net) != bits(ordinary.net)
