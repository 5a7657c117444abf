"""What is recorded on a GPU beside the step: gathering, augmentation, validation, prediction, rows of many lengths."""

import numpy as np
import pytest
import torch
from torch import nn

from foveal import CNNClassifier, CNNRegressor
from foveal.augment import cutout, flip, shift
from foveal.fitted import computing, predict
from foveal.train import evaluate, loop, train
from foveal.train.steps import answers, recordings
from foveal.train.steps.feeds import feed, gathered
from foveal.train.steps.graph import CudaGraph
from foveal.train.steps.recordings import WARM_UP

from ..test_gpu import TASK, run_of

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA GPU, and torch sees none")


@pytest.fixture(autouse=True)
def _comparable(monkeypatch):
    """Let few batches be recorded, and kernels be chosen that give the same bits each time."""
    monkeypatch.setattr(answers, "FEWEST", 0)
    monkeypatch.setattr(torch.backends.cudnn, "deterministic", True)


def test_a_graph_draws_what_an_ordinary_step_draws():
    """The gathered and augmented batch, bit for bit, in epochs and batches that the recording has not seen."""
    _, batches, _ = run_of(augment=(flip(), shift(), cutout()), weighted=True)
    picks = [pick for epoch in range(2) for pick in batches.picks(epoch) if len(pick.rows) == 32]
    read = feed(batches, picks[0])
    graph = CudaGraph(batches.device)
    laid = lambda batch: torch.cat([batch.x[0].flatten(), batch.y[0].float().flatten(), batch.weight])  # noqa: E731
    for pick in picks[:3]:
        graph.warm_up(lambda pick=pick: laid(gathered(batches, pick)))
    result = graph.record(lambda: laid(read.batch()), *read.drawn)
    for pick in picks:
        read.fill(pick)
        graph.replay()
        assert torch.equal(result, laid(gathered(batches, pick)))


def test_a_validation_is_recorded_once_and_replayed(monkeypatch):
    state, batches, config = run_of(ema_decay=0.9, n_epochs=4)
    made = answers.validation_recordings(state, batches, TASK, config)
    monkeypatch.setattr(loop, "validation_recordings", lambda *_: made)
    for report in train(state, batches, batches, TASK, config):
        loss, scores = evaluate(state.result, batches, TASK, config)
        assert report.valid_loss == pytest.approx(loss, rel=1e-4)
        assert report.valid_scores == pytest.approx(scores, abs=2e-3)
    assert len(made.kept) == 1


@pytest.mark.parametrize("kind", [CNNClassifier, CNNRegressor])
def test_a_long_prediction_is_replayed(monkeypatch, kind):
    rng = np.random.default_rng(0)
    X, y = rng.random((900, 12, 12)), np.arange(900) % 3
    model = kind(n_epochs=1, batch_size=32, device="cuda", random_state=0).fit(X, y)
    monkeypatch.setattr(predict, "rows_at_once", lambda *_: 50)
    replays, replay = [], CudaGraph.replay
    monkeypatch.setattr(CudaGraph, "replay", lambda self: (replays.append(1), replay(self))[1])
    answer = model.predict_proba if kind is CNNClassifier else model.predict
    replayed = answer(X)
    assert len(replays) == 900 // 50 - WARM_UP
    monkeypatch.setattr(computing, "_may_capture", lambda *_: False)
    np.testing.assert_allclose(replayed, answer(X), rtol=1e-2, atol=1e-3)


def test_sizes_have_recordings_of_their_own_in_one_pool(monkeypatch):
    """Replayed in turn and out of turn, each gives its own numbers; the least recently used are dropped."""
    monkeypatch.setattr(recordings, "MOST", 3)
    net = nn.Sequential(nn.Conv1d(2, 8, 3, padding=1), nn.ReLU(), nn.AdaptiveAvgPool1d(1)).cuda()
    made = recordings.Recordings(lambda: CudaGraph(torch.device("cuda")), net.parameters, "this", "it goes on")
    compute = answers.CapturedAnswers(net, 4, made)
    rng = np.random.default_rng(0)
    mixed = *rng.choice([8, 12, 16], 20), *[24] * 5, *rng.choice([8, 24], 20)
    with torch.no_grad():
        for length in (*[8] * 5, *[16] * 5, *[12] * 5, *mixed):
            x = torch.randn(4, 2, int(length), device="cuda")
            torch.testing.assert_close(compute(x), net(x), rtol=1e-2, atol=1e-3)
    assert len(made.kept) == 3
    assert not made.failed
