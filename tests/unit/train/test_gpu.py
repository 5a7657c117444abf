"""The captured step on a GPU: same numbers as ordinary steps, and nothing in an epoch that waits for it."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from foveal import CNNClassifier
from foveal.augment import AUGMENTATIONS, cutout, flip, shift
from foveal.data.batches import Batches
from foveal.data.rows import Rows
from foveal.data.store import Resident
from foveal.models import PlainStack
from foveal.tasks.classification import classification
from foveal.train import Config, loop, start, train
from foveal.train.losses import row_loss
from foveal.train.optim.table import CAPTURABLE, make_optimizer
from foveal.train.steps import answers, captured
from foveal.train.steps.captured import Captured, choose_step
from foveal.train.steps.graph import CudaGraph

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA GPU, and torch sees none")

#: All of ours that have a meaning for grey pictures; rows are mixed once.
FITTING = {n: a for n, a in AUGMENTATIONS.items() if n not in ("saturation", "hue", "grey", "mixup")}

TASK = classification(row_loss("cross_entropy"))
ROWS = 32 * 30 + 5  # 30 full batches and a short one


@pytest.fixture(autouse=True)
def _comparable(monkeypatch):
    """Let short runs be captured, and kernels be chosen that give the same bits each time."""
    monkeypatch.setattr(captured, "FEWEST", 0)
    monkeypatch.setattr(answers, "FEWEST", 0)
    monkeypatch.setattr(torch.backends.cudnn, "deterministic", True)


def run_of(optimizer="adam", augment=(), weighted=False, **options):
    """Make a state, batches and settings whose steps may be captured."""
    rng, device = np.random.default_rng(0), torch.device("cuda")
    X, y = rng.random((ROWS, 12, 12, 1)), np.arange(ROWS) % 4
    store = Resident(Rows(X), torch.float32, device)
    weights = torch.from_numpy(rng.random(ROWS)).float().to(device) if weighted else None
    batches = Batches(store, (TASK.encode(y).to(device),), weights, 32, 1, True, augment)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        net = PlainStack((1, 12, 12), 4, in_channels_list=(1, 8), out_channels=8, in_features_list=(None, 16))
    net = net.to(device, memory_format=torch.channels_last)
    made = make_optimizer(optimizer, net.parameters(), 0.01, capturable=True)
    config = Config(**{"n_epochs": 2, "learning_rate": 0.001, "schedule": "linear", "capture": True} | options)
    return start(net, made, seed=3, threads=1, ema=config.ema_decay is not None), batches, config


def both(monkeypatch, optimizer="adam", **options):
    """Train captured, and in ordinary steps."""
    states = []
    for capture in (True, False):
        state, batches, config = run_of(optimizer, capture=capture, **options)
        step = choose_step(state, batches, config)
        assert isinstance(step, Captured) == capture
        monkeypatch.setattr(loop, "choose_step", lambda *_, step=step: step)
        list(train(state, batches, batches, TASK, config))
        assert not capture or list(step.recordings.kept) == [()]  # one, which gathers its batches
        states.append(state)
    return states


def check_close(replayed, ordinary):
    """The last digits may differ: the library of matrix products may choose otherwise in a capture."""
    for a, b in zip(replayed.net.state_dict().values(), ordinary.net.state_dict().values(), strict=True):
        torch.testing.assert_close(a, b, rtol=1e-2, atol=1e-3)
    for a, b in zip(replayed.history, ordinary.history, strict=True):
        assert a.train_loss == pytest.approx(b.train_loss, rel=1e-3)


@pytest.mark.parametrize("optimizer", CAPTURABLE)
def test_captured_steps_train_as_ordinary_ones_do(monkeypatch, optimizer):
    """Dropout is on: other masks would show in the first digit."""
    check_close(*both(monkeypatch, optimizer))


@pytest.mark.parametrize(
    "options",
    [
        {"l2": 0.01, "clip_norm": 0.5}, {"accumulate": 2}, {"ema_decay": 0.9}, {"autocast": torch.bfloat16},
        {"weighted": True}, {"augment": (flip(),)}, {"augment": (shift(), cutout())},
        *({"augment": (augmentation,), "weighted": True} for augmentation in FITTING.values()),
        {"augment": (flip(), shift(), cutout()), "weighted": True, "ema_decay": 0.9, "n_epochs": 4},
    ],
    ids=" ".join,
)  # fmt: skip
def test_captured_options(monkeypatch, options):
    check_close(*both(monkeypatch, **options))


@pytest.mark.parametrize("augment", [(), tuple(FITTING.values())], ids=["plain", "augmented"])
def test_nothing_in_an_epoch_waits_for_the_gpu(augment):
    """The first epoch reads the counts of the batch norms and captures; from then on CUDA refuses to wait."""
    state, batches, config = run_of(ema_decay=0.9, augment=augment)
    step = choose_step(state, batches, config)
    loop.train_epoch(state, batches, TASK, config, step)
    assert step.recordings.kept
    state.epoch, state.position = 1, 0
    torch.cuda.set_sync_debug_mode("error")
    try:
        loop.train_epoch(state, batches, TASK, config, step)
    finally:
        torch.cuda.set_sync_debug_mode("default")


def test_a_capture_that_waits_falls_back_to_ordinary_steps(monkeypatch):
    ordinary, batches, config = run_of()
    state, _, _ = run_of()
    record = CudaGraph.record

    def broken(self, work, *drawn):
        return record(self, lambda: work() * float(work().sum()), *drawn)  # reading a value breaks a capture

    list(train(ordinary, batches, None, TASK, replace(config, capture=False)))
    monkeypatch.setattr(CudaGraph, "record", broken)
    with pytest.warns(UserWarning, match="could not be captured in a CUDA graph"):
        list(train(state, batches, None, TASK, config))
    check_close(state, ordinary)
    monkeypatch.undo()
    torch.randn(3, device="cuda")  # PyTorch's default generator is no longer in a capture
    graph, numbers = CudaGraph(batches.device), torch.zeros(3, device="cuda")  # and others can be made
    result = graph.record(lambda: numbers + 1)
    graph.replay()
    assert result.tolist() == [1, 1, 1]


def test_an_estimator_captures_by_itself(monkeypatch):
    replays, replay = [], CudaGraph.replay
    monkeypatch.setattr(CudaGraph, "replay", lambda self: (replays.append(1), replay(self))[1])
    rng = np.random.default_rng(0)
    X, y = rng.integers(0, 256, (2000, 16, 16), dtype=np.uint8), np.arange(2000) % 3
    X[np.arange(2000), y * 4] = 255  # a bright line, lower in each class
    scores = []
    for kernels in ("auto", "off"):
        model = CNNClassifier(n_epochs=4, batch_size=32, kernels=kernels, device="cuda", random_state=0).fit(X, y)
        scores.append(model.score(X, y))
        assert bool(replays) == (kernels == "auto")
        replays.clear()
    assert min(scores) > 0.9
