import copy
import doctest
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from benchmarks.peers.foveal import make
from benchmarks.workloads import Net, Workload

from benchmarks import ablation, inference_ablation, without
from foveal import CNNClassifier

SMALL = Workload("x", "", Net((1, 8, 8), ((4,), (6,)), dense=(5,), outputs=3, batch_norm=True), "synthetic", 50, 8)


@pytest.fixture
def job() -> Any:
    rng = np.random.default_rng(0)
    X, y = rng.integers(0, 256, (50, 8, 8, 1), dtype=np.uint8), np.arange(50) % 3
    return make(SMALL)._prepared(X, y)


def test_examples_hold():
    assert doctest.testmod(ablation).failed == 0


@pytest.mark.parametrize("change", [without.ordinary_order, without.pool_last, without.unfolded])
def test_a_network_without_a_piece_computes_the_same(job: Any, change: Any):
    (x,) = job.batches.inputs.gather(torch.arange(10))
    whole = copy.deepcopy(job.state.net)
    expected = whole(x)
    expected.square().sum().backward()
    change(job)
    out = job.state.net(x)
    out.square().sum().backward()
    torch.testing.assert_close(out, expected, rtol=1e-4, atol=1e-5)
    for (name, a), b in zip(whole.named_parameters(), job.state.net.parameters(), strict=True):
        torch.testing.assert_close(b.grad, a.grad, rtol=1e-3, atol=1e-4, msg=name)


def test_the_piece_is_really_gone(job: Any):
    (x,) = job.batches.inputs.gather(torch.arange(10))
    assert job.state.net[:1](x).is_contiguous(memory_format=torch.channels_last)
    without.ordinary_order(job)
    maps = []
    job.state.net.body.conv1.conv.register_forward_hook(lambda module, inputs, out: maps.append(out))
    job.state.net(x)
    assert maps[0].is_contiguous()
    assert not maps[0].is_contiguous(memory_format=torch.channels_last)
    without.pool_last(job)
    assert [name for name, _ in job.state.net.body.conv1.named_children()] == ["conv", "norm", "act", "pool"]
    assert job.state.optimizer.defaults["fused"]
    without.not_fused(job)
    assert not job.state.optimizer.defaults["fused"]


def test_a_loader_gives_every_row_once(job: Any):
    loaded = without.Loaded(job.batches)
    batches = list(loaded.epoch(0))
    assert len(loaded) == len(batches)
    assert sum(len(b.x[0]) for b in batches) == 50
    assert sorted(int(b.x[0].long().sum()) for b in without.Loaded(job.batches).epoch(0, len(loaded) - 1))
    x = torch.cat([b.x[0] for b in batches]).long().flatten(1).sum(1).sort().values
    assert torch.equal(x, job.batches.inputs.parts[0].long().flatten(1).sum(1).sort().values)


def test_unfolding_is_for_one_channel(job: Any):
    name = next(n for n in without.VARIANTS if "unfold" in n)
    assert without.fits(name, job)
    X = np.zeros((10, 8, 8, 3), np.uint8)
    coloured = make(replace(SMALL, net=replace(SMALL.net, input_shape=(3, 8, 8))))._prepared(X, np.arange(10) % 3)
    assert not without.fits(name, coloured)


def test_every_variant_takes_its_turn_in_every_round(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(ablation, "workloads", lambda: {"x": SMALL})
    rows = ablation.in_turn("x", tmp_path, 2)
    assert {(r["round"], r["variant"]) for r in rows} == {(n, v) for n in (0, 1) for v in without.VARIANTS}
    assert all(r["images_s"] > 0 for r in rows)


def test_only_the_row_of_the_compiled_kernels_runs_on_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Two engines in one table would hide what a piece is worth."""
    ran: dict[str, bool] = {}
    monkeypatch.setattr(ablation, "workloads", lambda: {"x": SMALL})
    changes = dict(without.VARIANTS)

    def noting(name: str, change: Any) -> Any:
        def changed(job: Any) -> None:
            change(job)
            ran[name] = job.config.kernels

        return changed

    monkeypatch.setattr(without, "VARIANTS", {name: noting(name, change) for name, change in changes.items()})
    ablation.in_turn("x", tmp_path, 1)
    assert {name for name, on in ran.items() if on} == {"with the compiled kernels"}
    assert ablation.without_kernels(SMALL).kernels == "off"


def test_inference_is_compared_on_one_engine(monkeypatch: pytest.MonkeyPatch):
    asked: list[str] = []
    net = replace(SMALL.net, outputs=10)
    original = CNNClassifier.predict_proba

    def noting(self: Any, X: Any) -> Any:
        asked.append(self.fitted_.settings["kernels"])
        return original(self, X)

    monkeypatch.setattr(CNNClassifier, "predict_proba", noting)
    seconds = inference_ablation.measure(net, 1, 1)
    assert list(seconds) == ["all", "net_", "none", *inference_ablation.PIECES, inference_ablation.KERNELS]
    assert asked.count("auto") == 2
    assert asked.count("off") == 2 * (len(inference_ablation.PIECES) + 2)


def test_training_alone_gives_a_speed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(ablation, "workloads", lambda: {"x": SMALL})
    ablation.write_data(SMALL, tmp_path)
    assert ablation.alone("x", tmp_path, 0.0) > 0


def test_settings_are_compared_with_nothing_set_in_the_same_round(monkeypatch: pytest.MonkeyPatch):
    speeds = iter([10.0, 5.0, 20.0, 40.0])
    monkeypatch.setattr(ablation, "fresh", lambda *_: next(speeds))
    rows = ablation.in_processes("C2", Path(), 2, {"a": {"A": "1"}})
    assert ablation.worth(rows, "C2", "a") == [0.5, 2.0]
    assert ablation.table(rows)[2:] == ["| a | 1.25 (0.50-2.00) |"]
