"""The GPU's benchmark where there is none: it refuses, and its pieces run at tiny sizes on the CPU."""

import contextlib
import doctest
import math
import sys
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from benchmarks.networks import torch_net
from benchmarks.workloads import Net

from benchmarks import by_hand, gpu, resnet
from foveal.data.named import load_dataset

TINY = Net((1, 8, 8), ((4,), (6,)), dense=(5,))


@pytest.mark.parametrize("module", [gpu, resnet])
def test_examples_hold(module):
    result = doctest.testmod(module)
    assert result.attempted > 0
    assert result.failed == 0


def run(monkeypatch, *words):
    monkeypatch.setattr(sys, "argv", ["gpu", *words])
    return gpu.main()


def test_without_a_gpu_it_refuses(monkeypatch, capsys):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert run(monkeypatch, "G5") == 1
    assert capsys.readouterr().err == "G1, G3 and G5 need a CUDA GPU, and torch sees none: nothing measured\n"


def test_an_unknown_workload_is_named(monkeypatch, capsys):
    with pytest.raises(SystemExit):
        run(monkeypatch, "G2")
    assert "unknown: G2; there are G1, G3, G5" in capsys.readouterr().err


def test_with_one_it_measures_what_is_named(monkeypatch, capsys):
    monkeypatch.setattr(gpu, "refusal", lambda: None)
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda: "a GPU")
    monkeypatch.setattr(gpu, "WORKLOADS", {"G1": lambda n: ["one", f"{n} times"], "G5": lambda n: ["five"]})
    assert run(monkeypatch, "G1", "--repeats", "2") == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("a GPU {")
    assert lines[1:] == ["one", "2 times"]


def test_resnet_halves_thrice():
    net = resnet.resnet18((3, 16, 16), 7, width=4)
    x = torch.zeros(2, 3, 16, 16)
    assert net(x).shape == (2, 7)
    assert net[:-3](x).shape == (2, 32, 2, 2)


def test_the_eager_loop_and_foveal_train_on_the_cpu():
    data = gpu.synthetic(TINY.input_shape, 40)
    speed = by_hand.by_hand(lambda: torch_net(TINY, tuned=True), data, 16, torch.device("cpu"), captured=False)
    assert 0 < speed < math.inf
    assert gpu.by_foveal(gpu._plain(TINY), data, 16) > 0


def test_a_step_by_hand_moves_every_weight():
    x, y = (torch.from_numpy(part) for part in gpu.synthetic(TINY.input_shape, 16))
    torch.manual_seed(0)  # of some draws a filter is dead from the first step on
    net = torch_net(TINY, tuned=True)
    before = [p.detach().clone() for p in net.parameters()]
    by_hand.eager(net, x, y)(torch.arange(16))
    assert not any(torch.equal(a, b) for a, b in zip(before, net.parameters(), strict=True))


def test_the_captured_loop_replays_once_a_batch(monkeypatch):
    """With names of `torch.cuda` that do nothing: three steps to warm up, one for the capture, then replays."""
    replays = []
    stream = SimpleNamespace(wait_stream=lambda other: None)
    monkeypatch.setattr(torch.cuda, "Stream", lambda: stream)
    monkeypatch.setattr(torch.cuda, "current_stream", lambda: stream)
    monkeypatch.setattr(torch.cuda, "stream", lambda s: contextlib.nullcontext())
    monkeypatch.setattr(torch.cuda, "graph", lambda g, stream: contextlib.nullcontext())
    monkeypatch.setattr(torch.cuda, "CUDAGraph", lambda: SimpleNamespace(replay=lambda: replays.append(1)))
    data = gpu.synthetic(TINY.input_shape, 40)
    assert by_hand.by_hand(lambda: torch_net(TINY, tuned=True), data, 16, torch.device("cpu"), captured=True) > 0
    assert len(replays) == 2 * gpu.EPOCHS


def test_the_sides_run_in_turn(monkeypatch):
    turns = []
    monkeypatch.setattr(gpu, "by_foveal", lambda *_: turns.append("foveal") or 4.0)
    monkeypatch.setattr(gpu, "by_hand", lambda *_, captured: turns.append("graph" if captured else "eager") or 2.0)
    found = gpu.compare(lambda: torch.nn.Identity(), {}, gpu.synthetic(TINY.input_shape, 4), 2, repeats=2)
    assert turns == ["foveal", "eager", "graph"] * 2
    assert found == {"foveal": [4.0, 4.0], "eager": [2.0, 2.0], "graph by hand": [2.0, 2.0]}


def test_the_ladder_is_climbed():
    data = load_dataset("digits")
    X, y = np.concatenate((data.X_train, data.X_test)), np.concatenate((data.y_train, data.y_test))
    rows = (X[:60], y[:60]), (X[60:90], y[60:90])
    runs = gpu.climb(*rows, (1, 2), seed=0, in_channels_list=(None, 2), out_channels=2, batch_size=30)
    assert [epochs for epochs, _, _ in runs] == [1, 2]
    assert all(seconds > 0 and 0 <= accuracy <= 1 for _, seconds, accuracy in runs)
