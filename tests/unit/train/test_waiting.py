"""Nothing in an epoch's steps waits for a GPU: no value is read, none is made of Python's numbers, no size is a value.

Found out on the CPU, from the operations. A copy to the CPU is none there: on a GPU `test_gpu.py` asks CUDA itself.
"""

import gc
from types import SimpleNamespace
from unittest import mock

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode

from foveal.data.batches import _moved
from foveal.tasks.classification import classification
from foveal.tasks.labels import labels
from foveal.tasks.regression import regression
from foveal.train import loop
from foveal.train.losses import LOSSES, row_loss
from foveal.train.step import train_step
from foveal.train.steps.graph import CudaGraph

from .standin import FITTING, TASK, Setting, config_of, small_run

#: A value read; a tensor made from Python's numbers, which a GPU is handed by a copy that waits; sizes from data.
WAITING = ("_local_scalar_dense", "lift_fresh", "nonzero", "masked_select", "unique", "equal", "is_nonzero")


class Unwaiting(TorchDispatchMode):
    """Fails where an operation would wait."""

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        name = str(func).split(".")[1].strip("_")
        assert name not in [w.strip("_") for w in WAITING], f"{func} waits for the device"
        return func(*args, **(kwargs or {}))


@pytest.mark.parametrize(
    "wait",
    [float, bool, lambda x: x.new_tensor(3.0), lambda x: x[x > 0], lambda x: torch.equal(x, x)],
)
def test_waiting_would_be_seen(wait):
    with Unwaiting(), pytest.raises(AssertionError, match="waits for the device"):
        wait(torch.ones(()))


def run_an_epoch(setting, task=TASK, targets=None, **options):
    """Run one epoch, and one more under watch (the first reads the counts of the batch norms, once)."""
    state, batches = small_run(setting, capturable=setting.optimizer in ("adam", "muon", "momentum"))
    if targets is not None:
        object.__setattr__(batches, "targets", (targets,))
    config = config_of(**options)
    loop.train_epoch(state, batches, task, config, train_step)
    state.epoch, state.position = 1, 0
    with Unwaiting(), mock.patch.object(loop, "LOOKED_AT", ()):  # as on a GPU
        loop.train_epoch(state, batches, task, config, train_step)


RUNS = {
    "plain": (Setting(), {}),
    "weighted": (Setting(weighted=True), {}),
    "every option": (Setting(weighted=True), {"l2": 0.1, "clip_norm": 1.0, "accumulate": 2, "schedule": "cosine"}),
    **{f"augmented by {name}": (Setting(augment=(each,), weighted=True), {}) for name, each in FITTING.items()},
    "muon": (Setting(optimizer="muon"), {}),
    "momentum": (Setting(optimizer="momentum"), {}),
}


@pytest.mark.parametrize("name", RUNS)
def test_no_step_of_an_epoch_waits(name):
    setting, options = RUNS[name]
    run_an_epoch(setting, **options)


VALUES = torch.arange(44 * 3.0).reshape(44, 3) % 2
TASKS = {
    "cross_entropy": (classification(row_loss("cross_entropy", 0.1)), None),
    "hinge": (classification(row_loss("hinge")), None),
    "binary_cross_entropy": (labels(row_loss("binary_cross_entropy", 0.1)), VALUES),
    **{name: (regression(row_loss(name), 0.0, 1.0), VALUES) for name in ("mse", "mae", "huber")},
}


def test_every_loss_is_watched():
    """But kl: its `one_hot` reads the classes, though never on a GPU (ATen's source: a device assert is relied on)."""
    assert set(LOSSES) - set(TASKS) == {"kl"}


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("loss", TASKS)
def test_no_loss_and_no_score_waits(loss, weighted):
    run_an_epoch(Setting(weighted=weighted), *TASKS[loss])


def test_an_order_is_moved_to_a_gpu_without_waiting():
    """Which takes pinned memory: https://docs.nvidia.com/cuda/cuda-driver-api/api-sync-behavior.html."""
    calls = []
    pinned = SimpleNamespace(to=lambda device, non_blocking: calls.append((device, non_blocking)))
    _moved(SimpleNamespace(pin_memory=lambda: pinned), torch.device("cuda"))
    assert calls == [(torch.device("cuda"), True)]
    assert torch.equal(_moved(torch.arange(3), torch.device("cpu")), torch.arange(3))


class FakeCuda:
    """Enough of `torch.cuda` to note in which order `CudaGraph` calls it."""

    def __init__(self, monkeypatch, fails=False):
        self.calls, self.current, self.fails = [], "default", fails
        self.pools, self.captured_in = [], []
        names = ("CUDAGraph", "Stream", "stream", "device", "graph", "current_stream", "graph_pool_handle")
        for name in names:
            monkeypatch.setattr(torch.cuda, name, getattr(self, name))
        self.given, self.ended = [], []
        rng = SimpleNamespace(device="cpu", get_state=lambda: b"before", graphsafe_set_state=self.given.append)
        monkeypatch.setattr(torch.cuda, "default_generators", (rng,))
        monkeypatch.setattr(torch.cuda, "current_device", lambda: 0)
        monkeypatch.setattr(torch._C, "_cuda_endAllocateToPool", lambda *where: self.ended.append(where), raising=False)

    def CUDAGraph(self):
        note = self.calls.append
        return SimpleNamespace(
            register_generator_state=lambda rng: note("register"), replay=lambda: note(f"replay in {self.current}")
        )

    def Stream(self, device):
        return "side"

    def current_stream(self, device):
        return SimpleNamespace(name=self.current)

    def device(self, device):
        return Entered(lambda: self.calls.append(f"device {device}"), lambda: None)

    def stream(self, stream):
        before = self.current
        wanted = getattr(stream, "name", stream)
        return Entered(lambda: setattr(self, "current", wanted), lambda: setattr(self, "current", before))

    def graph_pool_handle(self):
        self.pools = [*self.pools, len(self.pools)]
        return self.pools[-1]

    def graph(self, graph, pool, stream, capture_error_mode):
        assert capture_error_mode == "thread_local"
        self.captured_in.append((pool, stream))

        def end():
            if self.fails:  # as in PyTorch: the stream is not given back then
                raise RuntimeError("capture was invalidated")
            self.current = "default"

        return Entered(lambda: setattr(self, "current", stream), end)


class Entered:
    """A context of two functions."""

    def __init__(self, enter, leave):
        self.enter, self.leave = enter, leave

    def __enter__(self):
        self.enter()

    def __exit__(self, *args):
        self.leave()


def test_a_capture_registers_its_generator_before_it_begins(monkeypatch):
    cuda = FakeCuda(monkeypatch)
    graph, collects = CudaGraph(torch.device("cuda:1")), []
    work = lambda: cuda.calls.append(f"work in {cuda.current}") or collects.append(gc.isenabled()) or torch.ones(2)  # noqa: E731
    assert torch.equal(graph.record(work, torch.Generator()), torch.ones(2))
    graph.replay()
    assert cuda.calls == ["register", "device cuda:1", "work in side", "replay in default"]
    assert collects == [False]  # a graph that is collected meanwhile would break the capture
    assert gc.isenabled()


def test_graphs_of_one_kind_of_work_share_a_stream_and_a_pool_and_have_generators_of_their_own(monkeypatch):
    cuda = FakeCuda(monkeypatch)
    first = CudaGraph(torch.device("cuda"))
    second = first.sibling()
    assert second.graph is not first.graph
    for graph in (first, second, CudaGraph(torch.device("cuda"))):
        graph.record(lambda: torch.ones(2), torch.Generator(), torch.Generator())
    assert cuda.captured_in == [(0, "side"), (0, "side"), (1, "side")]
    assert cuda.calls.count("register") == 6


def test_a_broken_capture_gives_the_stream_back(monkeypatch):
    cuda = FakeCuda(monkeypatch, fails=True)
    graph, drawn = CudaGraph(torch.device("cuda")), torch.Generator()
    fresh = SimpleNamespace(set_state=lambda state: None, graphsafe_get_state=lambda: "a state that is in no capture")
    monkeypatch.setattr(torch, "Generator", lambda device: fresh)
    with pytest.raises(RuntimeError, match="invalidated"):
        graph.record(lambda: torch.ones(2), drawn)
    assert cuda.current == "default"
    assert gc.isenabled()
    assert cuda.given == ["a state that is in no capture"]  # to PyTorch's default generator
    assert cuda.ended == [(0, 0)]  # what is allocated goes to the graph's pool no longer


def test_warm_up_and_capture_share_a_stream_and_wait_for_each_other(monkeypatch):
    cuda = FakeCuda(monkeypatch)
    waits = cuda.calls.append
    monkeypatch.setattr(torch.cuda, "Stream", lambda device: SimpleNamespace(
        name="side", wait_stream=lambda other: waits(f"side waits for {other.name}")))  # fmt: skip
    monkeypatch.setattr(torch.cuda, "current_stream", lambda device: SimpleNamespace(
        name="default", wait_stream=lambda other: waits(f"default waits for {other.name}")))  # fmt: skip
    graph = CudaGraph(torch.device("cuda"))
    graph.warm_up(lambda: waits(f"work in {cuda.current}"))
    assert cuda.calls == ["side waits for default", "work in side", "default waits for side"]
