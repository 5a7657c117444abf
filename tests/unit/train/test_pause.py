"""A pause between two steps: the caller may save, leave or go on, and what follows is a function of the state."""

import pytest
import torch

from foveal.train import EpochReport, Pause, train

from .standin import TASK, Setting, config_of, small_run


def run(pauses, n_epochs=3, valid=True, **setting):
    """Train with a pause wherever `pauses(state)` says so; return the state and the events."""
    state, batches = small_run(Setting(**setting))
    config = config_of(n_epochs=n_epochs)
    return state, list(train(state, batches, batches if valid else None, TASK, config, pauses))


def told(report):
    return repr((report.epoch, report.train_loss, report.train_score, report.valid_loss, report.learning_rate))


@pytest.mark.parametrize("valid", [True, False])
def test_a_run_with_a_pause_after_every_step_is_the_same_run(valid):
    asked = []

    def once(state):
        asked.append((state.epoch, state.position))
        return asked.count(asked[-1]) == 1  # not again in the validation after the last step

    expected, reports = run(lambda state: False, valid=valid)
    state, events = run(once, valid=valid)
    assert all(torch.equal(a, b) for a, b in zip(state.net.parameters(), expected.net.parameters(), strict=True))
    assert [told(e) for e in events if isinstance(e, EpochReport)] == [told(r) for r in reports]
    assert sum(isinstance(e, Pause) for e in events) == 3 * 5  # of six steps an epoch the last one closes it


def test_nothing_pauses_unasked():
    _, events = run(lambda state: False)
    assert [e.epoch for e in events] == [1, 2, 3]


def test_a_pause_in_the_last_step_comes_after_the_step_and_before_the_epoch_is_closed():
    state, batches = small_run(Setting())
    steps = len(batches)
    events = train(state, batches, batches, TASK, config_of(n_epochs=1), lambda s: s.position == steps and s.step < 99)
    assert isinstance(next(events), Pause)
    assert (state.epoch, state.position, state.step) == (0, steps, steps)
    state.step = 99
    assert isinstance(next(events), EpochReport)
    assert (state.epoch, state.position) == (1, 0)
