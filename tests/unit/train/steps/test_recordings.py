"""Recordings by size: as many as are wanted, the least recently used dropped, none after a failure."""

import numpy as np
import pytest
import torch
from torch import nn

from foveal.core.forms import Part
from foveal.data.batches import Batches
from foveal.data.store import Streamed
from foveal.train import loop, start, train
from foveal.train.optim.table import make_optimizer
from foveal.train.step import train_step
from foveal.train.steps import recordings
from foveal.train.steps.recordings import MOST, WARM_UP, Recording, Recordings, places

from ..standin import TASK, captured_step, check_same, config_of


class Graph:
    """Counts what is asked of it."""

    def __init__(self, made, breaks=()):
        self.made, self.breaks, self.warmed, self.replayed = made, breaks, 0, 0
        made.append(self)

    def warm_up(self, work):
        self.warmed += 1
        return work()

    def record(self, work, *drawn):
        if len(self.made) in self.breaks:
            raise RuntimeError("no room\nand more")
        return work()

    def replay(self):
        self.replayed += 1

    def sibling(self):
        return Graph(self.made, self.breaks)


def made(touched=list, breaks=()):
    graphs = []
    return Recordings(lambda: Graph(graphs, breaks), touched, "the work", "it goes on"), graphs


def turn(work, key):
    """Do the work once; tell how."""
    given = []
    ordinary = lambda: given.append("ordinary") or torch.ones(1)  # noqa: E731
    fill = lambda given: given.append("filled")  # noqa: E731
    record = lambda graph: Recording(graph, graph.record(lambda: torch.ones(1)), fill)  # noqa: E731
    work.run(key, given, ordinary, record)
    return given[-1]


def test_each_size_is_ordinary_at_first():
    work, graphs = made()
    for key in ("a", "b"):
        assert [turn(work, key) for _ in range(WARM_UP + 2)] == ["ordinary"] * WARM_UP + ["filled"] * 2
    assert [graph.replayed for graph in graphs] == [2, 2]
    assert graphs[0].warmed == 2 * WARM_UP  # in the stream that they share


def test_the_least_recently_used_is_dropped():
    work, _ = made()
    for key in range(MOST):
        for _ in range(WARM_UP + 1):
            turn(work, key)
    assert turn(work, 0) == "filled"
    for _ in range(WARM_UP + 1):
        turn(work, "new")
    assert len(work.kept) == MOST
    assert turn(work, 0) == "filled"
    assert turn(work, 1) == "ordinary"


def test_a_failure_is_told_once_and_ends_all_recordings():
    work, _ = made(breaks=(2,))
    for _ in range(WARM_UP + 1):
        turn(work, "a")
    with pytest.warns(UserWarning, match=r"^the work could not be captured in a CUDA graph \(no room\); it goes on, "):
        hows = [turn(work, "b") for _ in range(WARM_UP + 2)]
    assert {*hows, turn(work, "a"), turn(work, "b")} == {"ordinary"}
    assert not work.kept


def test_what_moved_is_noticed_when_an_epoch_begins():
    held = [torch.ones(2)]
    work, graphs = made(lambda: held)
    for key in ("a", "b"):
        for _ in range(WARM_UP + 1):
            turn(work, key)
    work.begin()
    assert list(work.kept) == ["a", "b"]
    kept, held[0] = held[0], torch.ones(2)
    assert places(held) != places([kept])
    work.begin()
    assert not work.kept
    assert turn(work, "a") == "ordinary"
    assert graphs[-1].warmed == 1


class Walks:
    """Rows of as many places as `lengths` says, and a mask that is True where there is one."""

    form = Part("x", (2, None)), Part("mask", (None,), "bool")
    in_memory = True

    def __init__(self, lengths):
        self.lengths = lengths

    def __len__(self):
        return len(self.lengths)

    def read(self, rows):
        mask = np.arange(self.lengths[rows].max()) < self.lengths[rows][:, None]
        walk = np.cos(np.arange(mask.shape[1]) + rows[:, None]) * mask
        return np.stack((walk, walk**2), axis=-1), mask


class Pooled(nn.Module):
    """Means over what the mask says is there, so that padding does not count."""

    def __init__(self):
        super().__init__()
        self.inner, self.head = nn.Conv1d(2, 4, 1), nn.Linear(4, 3)

    def forward(self, x, mask):
        mask = mask[:, None]
        return self.head((self.inner(x).relu() * mask).sum(-1) / mask.sum(-1))


def varying_run(*, buckets):
    """Make a small run over rows of 1 to 40 places."""
    rng = np.random.default_rng(0)
    source = Walks(rng.integers(1, 41, 96))
    store = Streamed(source, torch.float32, torch.device("cpu"), buckets=buckets)
    y = TASK.encode(source.lengths % 3)
    batches = Batches(store, (y,), None, 4, 1, True, lengths=source.lengths)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        net = Pooled()
    optimizer = make_optimizer("adam", net.parameters(), 0.01, capturable=True)
    return start(net, optimizer, seed=3, threads=1, ema=True), batches


@pytest.mark.parametrize("buckets", [False, True])
@pytest.mark.parametrize("most", [2, 16])
def test_rows_of_more_lengths_than_there_are_recordings(monkeypatch, buckets, most):
    monkeypatch.setattr(recordings, "MOST", most)
    runs, graphs = [], []
    for captured in (False, True):
        state, batches = varying_run(buckets=buckets)
        step, graphs = captured_step(state, batches)
        taken = step if captured else train_step
        monkeypatch.setattr(loop, "choose_step", lambda *_, taken=taken: taken)
        list(train(state, batches, batches, TASK, config_of()))
        runs.append(state)
    check_same(*runs)
    assert sum(graph.recorded for graph in graphs) > most if most == 2 else len(graphs) > 3
    assert len(step.recordings.kept) <= most


def test_buckets_make_fewer_recordings_replay_more_steps(monkeypatch):
    replays, learnt = [], []
    for buckets in (False, True):
        state, batches = varying_run(buckets=buckets)
        step, graphs = captured_step(state, batches)
        monkeypatch.setattr(loop, "choose_step", lambda *_, step=step: step)
        list(train(state, batches, None, TASK, config_of()))
        replays.append(sum(graph.replayed for graph in graphs))
        learnt.append(state.net.head.weight)
    assert replays[1] > 1.2 * replays[0]
    torch.testing.assert_close(*learnt, rtol=1e-3, atol=1e-5)
