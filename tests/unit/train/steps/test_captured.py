"""The captured step beside the ordinary one, over a stand-in for the graph; when there is none to be had."""

import itertools
import math
import sys

import pytest
import torch

from foveal.augment import flip
from foveal.layers import BatchNorm
from foveal.train import loop, train
from foveal.train.optim.table import CAPTURABLE, OPTIMIZERS, make_optimizer
from foveal.train.schedule import SCHEDULES
from foveal.train.steps.recordings import WARM_UP

from ..standin import TASK, Setting, both, captured_step, check_same, config_of, small_run

FULL, EPOCHS = 5, 6  # batches of full size in an epoch of the small run, and its epochs


@pytest.fixture(autouse=True)
def _capturable_on_the_cpu(monkeypatch):
    """PyTorch's optimizers refuse capturable weights on the CPU, where their form for graphs computes as well."""
    for name in ("rmsprop", "nadam", "adadelta", "adamax"):
        module = sys.modules[f"torch.optim.{name}"]  # torch.optim has the functions under these names
        monkeypatch.setattr(module, "_get_capturable_supported_devices", lambda supports_xla=True: ["cpu"])


SETTINGS = {
    **{name: (Setting(optimizer=name), {}) for name in CAPTURABLE},
    **{f"schedule {name}": (Setting(), {"schedule": name}) for name in SCHEDULES},
    "weighted rows": (Setting(weighted=True), {}),
    "augmented": (Setting(augment=(flip(),)), {}),
    "balanced": (Setting(balanced=True), {}),
    "l2 and clipping": (Setting(), {"l2": 0.01, "clip_norm": 0.1}),
    "accumulated": (Setting(), {"accumulate": 3}),
    "no average": (Setting(), {"ema_decay": None}),
    "no batch norm": (Setting(batch_norm=False), {}),
    "all batches full": (Setting(rows=40), {}),
}


@pytest.mark.parametrize("name", SETTINGS)
def test_replayed_steps_give_the_bits_of_ordinary_ones(monkeypatch, name):
    setting, options = SETTINGS[name]
    ordinary, state, (graph,) = both(monkeypatch, setting, config_of(**options))
    check_same(ordinary, state)
    assert (graph.warmed, graph.recorded) == (WARM_UP, 1)
    assert graph.replayed >= FULL * (EPOCHS - 1) - WARM_UP


def test_a_long_last_batch_is_an_ordinary_step(monkeypatch):
    ordinary, state, (graph,) = both(monkeypatch, Setting(rows=41), config_of())  # four of 8, one of 9
    check_same(ordinary, state)
    assert 0 < graph.replayed <= 4 * EPOCHS - WARM_UP


def test_a_step_is_recorded_only_when_every_batch_norm_has_settled(monkeypatch):
    """At momentum 0.9 the rate is 1 / t for ten steps; 36 steps, of which 6 are short."""
    ordinary, state, (graph,) = both(monkeypatch, Setting(momentum=0.9), config_of())
    check_same(ordinary, state)
    steps = itertools.count(1)
    unsettled = sum(1 / t > 1 - 0.9 for t in itertools.takewhile(lambda t: t <= 36, steps))
    assert graph.replayed == 36 - EPOCHS - (unsettled - 1) - WARM_UP  # one of the unsettled steps was short


def test_batch_norm_without_memory_never_settles(monkeypatch):
    ordinary, state, (graph,) = both(monkeypatch, Setting(momentum=1.0), config_of())
    check_same(ordinary, state)
    assert (graph.warmed, graph.recorded, graph.replayed) == (0, 0, 0)


@pytest.mark.parametrize("momentum", [0.0, 0.5, 0.9, 0.99, 1.0])
def test_settled_is_when_the_rate_stays(momentum):
    norm, rates = BatchNorm(1, momentum), []
    for t in range(1, 300):
        rates.append((norm.settled, max(1 - momentum, 1 / t)))
        norm(torch.zeros(2, 1))
    assert not rates[0][0]
    assert all(rate == 1 - momentum for settled, rate in rates if settled)
    assert any(settled for settled, _ in rates) == (momentum < 1)


def test_what_lies_elsewhere_in_a_new_epoch_is_recorded_anew(monkeypatch):
    def move(state):
        if state.epoch == 3:
            state.net.head.weight.data = state.net.head.weight.data.clone()

    ordinary, state, graphs = both(monkeypatch, Setting(), config_of(), between=move)
    check_same(ordinary, state)
    assert [(graph.warmed, graph.recorded) for graph in graphs] == [(WARM_UP, 1)] * 2
    assert all(graph.replayed for graph in graphs)


def test_a_failed_capture_is_one_warning_and_ordinary_steps(monkeypatch):
    with pytest.warns(UserWarning, match="could not be captured") as caught:
        ordinary, state, (graph,) = both(monkeypatch, Setting(), config_of(), fails=1)
    check_same(ordinary, state)
    assert (graph.recorded, graph.replayed, len(caught)) == (1, 0, 1)
    assert str(caught[0].message) == (
        "the training step could not be captured in a CUDA graph (operation not permitted when stream is capturing); "
        "training goes on with ordinary steps, which take longer; kernels='off' asks for them from the start"
    )


@pytest.mark.parametrize("optimizer", ["adam", "nadam", "adagrad"])
def test_a_rate_on_the_host_would_be_seen(monkeypatch, optimizer):
    """The stand-in's own proof, with optimizers that are not made for a capture."""
    state, batches = small_run(Setting(optimizer=optimizer), capturable=False)
    step, _ = captured_step(state, batches)
    monkeypatch.setattr(loop, "choose_step", lambda *_: step)
    with pytest.raises(AssertionError, match="a graph would have repeated another step"):
        list(train(state, batches, None, TASK, config_of()))


@pytest.mark.parametrize("name", CAPTURABLE)
def test_the_form_for_a_capture_is_the_same_optimizer(name):
    """Rates in float32, counts beside the weights: other roundings, the same rule."""
    weights = {}
    for capturable in (False, True):
        state, batches = small_run(Setting(optimizer=name), capturable=capturable)
        list(train(state, batches, None, TASK, config_of(n_epochs=2)))
        weights[capturable] = list(state.net.parameters())
    torch.testing.assert_close(weights[True], weights[False], rtol=1e-3, atol=1e-4)


def test_optimizers_that_no_graph_can_hold_are_made_as_ever():
    p = torch.nn.Parameter(torch.ones(2))
    assert set(OPTIMIZERS) - set(CAPTURABLE) == {"adagrad"}
    assert make_optimizer("adagrad", [p], 0.1, capturable=True).param_groups[0]["lr"] == 0.1
    assert isinstance(make_optimizer("adam", [p], 0.1, capturable=True).param_groups[0]["lr"], torch.Tensor)
    assert not isinstance(make_optimizer("adam", [p], 0.1).param_groups[0]["lr"], torch.Tensor)


def test_the_loss_of_a_captured_run_that_diverges_is_seen(monkeypatch):
    setting = Setting(optimizer="sgd", batch_norm=False)
    state, batches = small_run(setting)
    step, _ = captured_step(state, batches)
    monkeypatch.setattr(loop, "choose_step", lambda *_: step)
    with pytest.raises(loop.DivergedError):
        list(train(state, batches, None, TASK, config_of(learning_rate=1e30)))
    assert math.isfinite(float(state.optimizer.param_groups[0]["lr"]))
