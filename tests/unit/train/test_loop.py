"""The loop: a report an epoch, a pause where one is asked for, and the same course whatever happens in between."""

import math
from copy import deepcopy
from dataclasses import replace

import pytest
import torch

from foveal.core.errors import DivergedError
from foveal.train import EpochReport, Pause, loop, train

from .standin import TASK, Setting, bits, config_of, small_run

STEPS = 6  # of an epoch of the small run


def begun(**options):
    state, batches = small_run(Setting(), capturable=False)
    return state, batches, config_of(n_epochs=3, **options)


def test_an_epoch_yields_a_report():
    state, batches, config = begun()
    reports = list(train(state, batches, batches, TASK, config))
    assert [type(r) for r in reports] == [EpochReport] * 3
    assert [r.epoch for r in reports] == [1, 2, 3]
    assert state.history == reports
    assert (state.epoch, state.position, state.step) == (3, 0, 3 * STEPS)


def test_without_validation_its_columns_are_nan():
    state, batches, config = begun()
    first = next(iter(train(state, batches, None, TASK, config)))
    assert math.isnan(first.valid_loss)
    assert math.isnan(first.valid_score)


def test_a_run_that_is_over_yields_nothing():
    state, batches, config = begun()
    state.epoch = 3
    assert list(train(state, batches, None, TASK, config)) == []


def test_the_rate_of_a_report_is_that_of_the_last_step():
    state, batches, config = begun()
    rates = [r.learning_rate for r in train(state, batches, None, TASK, config)]
    assert rates[0] > rates[1] > rates[2] > 0
    assert state.optimizer.param_groups[0]["lr"] == pytest.approx(rates[-1])


def test_a_pause_after_every_step_changes_nothing():
    whole, batches, config = begun()
    list(train(whole, batches, batches, TASK, config))
    state, batches, config = begun()
    events = list(train(state, batches, batches, TASK, config, lambda state: state.position < STEPS))
    assert sum(isinstance(e, Pause) for e in events) == 3 * (STEPS - 1)
    assert bits(state.net) == bits(whole.net)


@pytest.mark.parametrize("step", [1, STEPS, STEPS + 2])
def test_a_copy_of_the_state_goes_on_to_the_same_end(step):
    state, batches, config = begun()
    copies = []

    def pause(state):
        if state.step == step:
            copies.append(deepcopy(state))
        return False

    list(train(state, batches, None, TASK, config, pause))
    (copied,) = copies
    list(train(copied, batches, None, TASK, config))
    assert bits(copied.net) == bits(state.net)


def test_the_caller_may_leave_between_reports():
    state, batches, config = begun()
    threads, before = torch.get_num_threads(), torch.random.get_rng_state()
    for _ in train(state, batches, batches, TASK, config):
        break
    assert (state.epoch, torch.get_num_threads()) == (1, threads)
    assert torch.equal(torch.random.get_rng_state(), before)
    assert not any(getattr(m, "generator", None) for m in state.net.modules())


def test_the_average_is_what_is_validated():
    state, batches, config = begun()
    list(train(state, batches, None, TASK, config))
    assert state.result is state.average
    assert bits(state.average) != bits(state.net)


def poisoned(step):
    """Make a loss that is infinite in one step."""
    steps, task_loss = [], TASK.loss

    def loss(outputs, targets):
        steps.append(1)
        return task_loss(outputs, targets) * (math.inf if len(steps) == step else 1)

    return replace(TASK, loss=loss)


def test_on_a_processor_it_diverges_at_the_very_step():
    state, batches, config = begun()
    with pytest.raises(DivergedError, match=rf"epoch 2 \(step {STEPS + 2}, rate"):
        list(train(state, batches, None, poisoned(STEPS + 2), config))


def test_where_looking_costs_it_diverges_after_the_epoch(monkeypatch):
    monkeypatch.setattr(loop, "LOOKED_AT", ())
    state, batches, config = begun()
    with pytest.raises(DivergedError, match=rf"epoch 1 \(step {STEPS}, rate"):
        list(train(state, batches, None, poisoned(2), config))


def test_a_report_tells_the_mean_loss_the_share_of_right_answers_and_the_speed():
    state, batches, config = begun()
    report = next(iter(train(state, batches, batches, TASK, config)))
    assert 0 < report.train_loss < 10
    assert report.train_score * 44 == pytest.approx(round(report.train_score * 44))
    assert report.images_per_second * report.seconds > 0
