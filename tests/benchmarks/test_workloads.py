import doctest
from dataclasses import replace
from importlib import import_module

import numpy as np
import pytest
import torch
from benchmarks.data import Data, name, prepare, read
from benchmarks.folds import cross_validated
from benchmarks.networks import count, load_weights, torch_net, weights_of
from benchmarks.plain_landmarks import folded
from benchmarks.worker import Result
from benchmarks.workloads import (
    DEEP,
    DEFAULTS,
    DIGITS,
    FCN,
    MOBILENET,
    PLAIN,
    RESNET18,
    RESNET20,
    WIDE,
    Named,
    Net,
    Workload,
    parameters,
    training_flops,
    workloads,
)
from torch import nn

from foveal.layers import Dropout
from foveal.models import MODELS

NETS = {"digits": DIGITS, "plain": PLAIN, "defaults": DEFAULTS, "deep": DEEP, "wide": WIDE}
SMALL = Workload("x", "", Net((2, 8, 8), ((4,), (6,)), dense=(5,), outputs=3), "synthetic", rows=20, batch=4)


@pytest.mark.parametrize("module", ["workloads", "ratios", "contest", "run", "steps"])
def test_examples_hold(module: str):
    result = doctest.testmod(import_module(f"benchmarks.{module}"))
    assert result.attempted > 0
    assert result.failed == 0


@pytest.mark.parametrize("net", NETS.values(), ids=NETS)
@pytest.mark.parametrize("tuned", [False, True])
def test_the_counted_weights_are_the_networks(net: Net, tuned: bool):
    assert count(torch_net(net, tuned=tuned)) == parameters(net)


LANDMARKS = {"resnet20": RESNET20, "resnet18": RESNET18, "mobilenet_v2_050": MOBILENET, "fcn": FCN}


@pytest.mark.parametrize("net", LANDMARKS.values(), ids=LANDMARKS)
def test_the_catalogues_networks_are_those_in_plain_pytorch(net: Named):
    """Weights in the same order give the same outputs, in training and folded: the peers do the same work."""
    channels, *sizes = net.input_shape
    shape = (channels, *(16 for _ in sizes))
    small = replace(net, input_shape=shape)
    theirs, ours = torch_net(small, tuned=True), MODELS[net.name].make(shape, 10, stem="small")
    assert count(theirs) == count(ours) == parameters(net)
    with torch.no_grad():
        for mine, own in zip(ours.parameters(), theirs.parameters(), strict=True):
            own.copy_(mine)
        x = torch.randn(4, *shape)
        for module in [*ours.modules(), *theirs.modules()]:
            if isinstance(module, (nn.Dropout, Dropout)):
                module.eval()
        torch.testing.assert_close(theirs(x), ours(x), rtol=1e-4, atol=1e-4)
        for mine, own in zip(ours.buffers(), theirs.buffers(), strict=True):
            own.copy_(mine)
        torch.testing.assert_close(folded(theirs)(x), ours.eval()(x), rtol=1e-4, atol=1e-4)


def test_the_plain_stack_costs_what_speed_md_says():
    assert training_flops(PLAIN) == pytest.approx(25e6, rel=0.01)


@pytest.mark.parametrize("net", [DIGITS, PLAIN, SMALL.net], ids=["digits", "plain", "small"])
def test_tutorial_and_tuned_are_the_same_function(net: Net):
    tutorial, tuned = torch_net(net), torch_net(net, tuned=True)
    load_weights(tuned, weights_of(tutorial, net, pixels_first=False), net, pixels_first=True)
    x = torch.rand(3, *net.input_shape)
    torch.testing.assert_close(tuned(x), tutorial(x))


def test_weights_come_back_as_they_went():
    net = torch_net(PLAIN)
    before = [p.detach().clone() for p in net.parameters()]
    load_weights(net, weights_of(net, PLAIN, pixels_first=False), PLAIN, pixels_first=False)
    assert all(torch.equal(a, b) for a, b in zip(before, net.parameters(), strict=True))


def test_full_rows_are_the_quick_ones_made_larger():
    quick, full = workloads(), workloads(full=True)
    assert list(quick) == list(full)
    assert all(full[i].net == quick[i].net and full[i].rows >= quick[i].rows for i in quick)


def test_data_are_written_once_and_read_standardised(tmp_path):
    prepare(SMALL, tmp_path)
    written = (tmp_path / name(SMALL) / "X.npy").stat().st_mtime_ns
    prepare(SMALL, tmp_path)
    assert (tmp_path / name(SMALL) / "X.npy").stat().st_mtime_ns == written
    data = read(SMALL, tmp_path)
    X = data.standardised(data.X)
    assert X.shape == (20, 2, 8, 8)
    assert X.dtype == np.float32
    np.testing.assert_allclose(X.mean(axis=(0, 2, 3)), 0, atol=1e-5)
    np.testing.assert_allclose(X.std(axis=(0, 2, 3)), 1, atol=1e-5)


def test_every_row_is_held_out_once():
    X = np.arange(11, dtype=np.float32).reshape(-1, 1, 1, 1)
    data = Data(X, np.zeros(11, int), None, None, np.zeros(1), np.ones(1), 1.0)
    held: list[float] = []

    def fit(workload: Workload, part: Data) -> Result:
        def predict(images: np.ndarray) -> np.ndarray:
            assert not set(images.ravel()) & set(part.X.ravel())
            held.extend(images.ravel())
            return np.zeros(len(images), int)

        assert workload.folds == 0
        return Result(predict=predict)

    workload = Workload("x", "", DIGITS, "digits", rows=11, batch=4, folds=5)
    assert cross_validated(fit, workload, data).accuracy == 1.0
    assert sorted(held) == list(range(11))
