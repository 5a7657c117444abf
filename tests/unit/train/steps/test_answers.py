"""Validation and prediction by recorded passes, over a stand-in for the graph."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch

from foveal import CNNClassifier, CNNRegressor
from foveal.data.batches import Batches
from foveal.fitted import computing, predict
from foveal.train import evaluate, loop, train
from foveal.train.step import train_step
from foveal.train.steps import answers
from foveal.train.steps.answers import CapturedAnswers, captured_prediction, validation_recordings
from foveal.train.steps.recordings import FEWEST, WARM_UP, Recordings

from ..standin import TASK, Setting, Standin, captured_step, check_same, config_of, small_run


def held_by(net):
    """List what a pass through a network reads."""
    return [*net.parameters(), *net.buffers()]


def recordings_of(net, **options):
    """Make recordings over stand-ins, and the list of those."""
    made = []
    make = lambda: Standin(net, lambda: held_by(net), made, **options)  # noqa: E731
    return Recordings(make, lambda: held_by(net), "the validation", "it goes on with ordinary passes"), made


def trained(monkeypatch, setting, *, captured, between=lambda state: None, steps=False, **options):
    """Train a small run, its validations recorded or not."""
    state, batches = small_run(setting)
    recordings, graphs = recordings_of(state.result, **options)
    step, _ = captured_step(state, batches)
    monkeypatch.setattr(loop, "choose_step", lambda *_: step if steps else train_step)
    monkeypatch.setattr(loop, "validation_recordings", lambda *_: recordings if captured else None)
    for _ in train(state, batches, batches, TASK, config_of()):
        between(state)
    return state, graphs


SETTINGS = {
    "plain": Setting(),
    "weighted": Setting(weighted=True),
    "no batch norm": Setting(batch_norm=False),
    "a long last batch": Setting(rows=41),
    "all batches full": Setting(rows=40),
}


@pytest.mark.parametrize("name", SETTINGS)
def test_recorded_validations_give_the_bits_of_ordinary_ones(monkeypatch, name):
    ordinary, _ = trained(monkeypatch, SETTINGS[name], captured=False)
    state, (graph,) = trained(monkeypatch, SETTINGS[name], captured=True)
    check_same(ordinary, state)
    full = 4 if SETTINGS[name].rows == 41 else 5
    assert (graph.warmed, graph.recorded, graph.replayed) == (WARM_UP, 1, 6 * full - WARM_UP)


def test_steps_and_validations_are_both_recorded(monkeypatch):
    ordinary, _ = trained(monkeypatch, Setting(weighted=True), captured=False)
    state, _ = trained(monkeypatch, Setting(weighted=True), captured=True, steps=True)
    check_same(ordinary, state)


def test_weights_that_lie_elsewhere_are_recorded_anew(monkeypatch):
    def move(state):
        if state.epoch == 3:
            state.result.head.weight.data = state.result.head.weight.data.clone()

    ordinary, _ = trained(monkeypatch, Setting(), captured=False)
    state, graphs = trained(monkeypatch, Setting(), captured=True, between=move)
    check_same(ordinary, state)
    assert [graph.recorded for graph in graphs] == [1, 1]


def test_a_validation_that_cannot_be_captured_is_one_warning(monkeypatch):
    ordinary, _ = trained(monkeypatch, Setting(), captured=False)
    with pytest.warns(UserWarning, match="could not be captured") as caught:
        state, (graph,) = trained(monkeypatch, Setting(), captured=True, fails=1)
    check_same(ordinary, state)
    assert (graph.recorded, graph.replayed, len(caught)) == (1, 0, 1)
    assert str(caught[0].message) == (
        "the validation could not be captured in a CUDA graph (operation not permitted when stream is capturing); it "
        "goes on with ordinary passes, which take longer; kernels='off' asks for them from the start"
    )


def test_a_pause_within_a_validation_keeps_the_recording():
    state, batches = small_run(Setting())
    recordings, (graph,) = recordings_of(state.net)
    asked = []
    whole = evaluate(state.net, batches, TASK, config_of())
    assert (
        evaluate(state.net, batches, TASK, config_of(), lambda: len(asked) == 4 or asked.append(1), 1, recordings)
        is None
    )
    assert evaluate(state.net, batches, TASK, config_of(), recordings=recordings) == whole
    assert (graph.recorded, graph.replayed) == (1, 7)


def test_measures_of_recorded_passes_are_those_of_ordinary_ones():
    state, batches = small_run(Setting(weighted=True))
    recordings, (graph,) = recordings_of(state.net)
    config = config_of(measures=TASK.measures)
    whole = evaluate(state.net, batches, TASK, config)
    for _ in range(3):
        assert evaluate(state.net, batches, TASK, config, recordings=recordings) == whole
    assert len(whole[1]) == 5
    assert graph.replayed > 0


def why(*, device="cuda", rows=8 * FEWEST, n_epochs=1, task=TASK, validates=True, **options):
    """Ask for the recordings of a run on a device that need not be there."""
    state, _ = small_run(Setting())
    valid = Batches(range(rows), (SimpleNamespace(device=torch.device(device)),), None, 8)
    config = config_of(**{"n_epochs": n_epochs, "capture": True} | options)
    return validation_recordings(state, valid if validates else None, task, config)


@pytest.fixture
def fake_graphs(monkeypatch):
    """Let graphs be made without a GPU."""
    made = []
    monkeypatch.setattr(answers, "CudaGraph", lambda device: Standin(torch.nn.Identity(), list, made))
    return made


@pytest.mark.usefixtures("fake_graphs")
def test_when_validations_are_recorded():
    assert why() is not None
    assert why(rows=8 * 50, n_epochs=2) is not None
    for given in (
        {"device": "cpu"},
        {"rows": 8 * FEWEST - 1},
        {"capture": False},
        {"borrow_generator": True},
        {"validates": False},
        {"task": SimpleNamespace(run=print)},
    ):
        assert why(**given) is None, given


def test_a_prediction_is_recorded_from_a_hundred_full_blocks_on(fake_graphs):
    net, cuda = torch.nn.Linear(3, 2), torch.device("cuda")
    assert captured_prediction(net, 5, 5 * FEWEST - 1, cuda) is net
    compute = captured_prediction(net, 5, 5 * FEWEST + 2, cuda)
    X = torch.randn(5 * FEWEST + 2, 3)
    with torch.no_grad():
        assert all(torch.equal(compute(x), net(x)) for x in X.split(5))
    assert fake_graphs[0].replayed == FEWEST - WARM_UP


@pytest.mark.parametrize("kind", [CNNClassifier, CNNRegressor])
def test_an_estimator_predicts_the_same_by_recorded_passes(monkeypatch, fake_graphs, kind):
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(60, 6, 6)), np.arange(60) % 3
    model = kind(n_epochs=1, batch_size=20, kernels="off", random_state=0, device="cpu").fit(X, y)
    big = rng.normal(size=(1203, 6, 6))
    monkeypatch.setattr(predict, "rows_at_once", lambda *_: 10)
    ordinary = model.predict(big)
    assert not fake_graphs
    monkeypatch.setattr(computing, "_may_capture", lambda *_: True)
    assert np.array_equal(model.predict(big), ordinary)
    assert fake_graphs[0].replayed == 120 - WARM_UP


def test_what_may_be_captured_in_predicting():
    rng = np.random.default_rng(0)
    X, y, cuda = rng.normal(size=(12, 6, 6)), np.arange(12) % 2, torch.device("cuda")

    def may(device=cuda, **options):
        fitted = CNNClassifier(n_epochs=1, random_state=0, **options).fit(X, y).fitted_
        return computing._may_capture(fitted, device), fitted

    may_be, fitted = may()
    assert may_be
    assert not may(torch.device("cpu"))[0]
    assert not may(kernels="off")[0]
    assert not may(activation=torch.nn.ReLU)[0]
    hook = fitted.net.register_forward_hook(lambda *_: None)
    assert not computing._may_capture(fitted, cuda)
    hook.remove()
    assert computing._may_capture(fitted, cuda)


def test_lengths_have_recordings_of_their_own():
    net = torch.nn.AdaptiveAvgPool1d(1)
    recordings, graphs = recordings_of(net)
    compute = CapturedAnswers(net, 4, recordings)
    for turn in range(WARM_UP + 3):
        for length in (5, 9, 7):
            x = torch.randn(4, 2, length)
            assert torch.equal(compute(x), net(x)), (turn, length)
    assert [graph.replayed for graph in graphs] == [3, 3, 3]
