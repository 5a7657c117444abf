"""The step on a device that is not the CPU: the meta device, which has no values to read and mixes with no other."""

import sys
from contextlib import nullcontext

import pytest
import torch

from foveal.data.batches import Batch
from foveal.layers import BatchNorm, Standardize
from foveal.models import PlainStack
from foveal.tasks.classification import classification
from foveal.tasks.labels import labels
from foveal.tasks.regression import regression
from foveal.train import start
from foveal.train.losses import LOSSES, row_loss
from foveal.train.optim.table import CAPTURABLE, OPTIMIZERS, set_rate
from foveal.train.step import penalised_weights, train_step

from .standin import config_of

META = torch.device("meta")


def fused_kernel(*lists, lr, **numbers):
    """What CUDA's fused kernels demand: all on one device, the rate a float32 there."""
    assert lr.dtype == torch.float32
    assert all(t.device == META for t in (lr, *(t for tensors in lists for t in tensors)))
    assert not [v for v in numbers.values() if isinstance(v, torch.Tensor)]


@pytest.fixture(autouse=True)
def _like_cuda(monkeypatch):
    """PyTorch lets its optimizers' forms for GPUs run on the meta device where its lists of devices name it."""
    for name in ("rmsprop", "nadam", "adadelta", "adamax"):
        module = sys.modules[f"torch.optim.{name}"]
        monkeypatch.setattr(module, "_get_capturable_supported_devices", lambda supports_xla=True: ["meta"])
    for name in ("sgd", "adam", "adamw"):  # fused kernels, which exist for real devices only
        monkeypatch.setattr(torch, f"_fused_{name}_", fused_kernel)
    optimizer = sys.modules["torch.optim.optimizer"]
    monkeypatch.setattr(torch, "autocast", lambda *_, **__: nullcontext())  # knows no meta device
    monkeypatch.setattr(optimizer, "_get_fused_kernels_supported_devices", lambda: ["meta"])


def steps_on_meta(optimizer="adam", task=None, targets=None, *, weighted=True, **options):
    """Take three steps of the plain stack over raw bytes."""
    stack = PlainStack((1, 6, 6), 3, in_channels_list=(1, 3), out_channels=4, in_features_list=(None, 5))
    net = torch.nn.Sequential(Standardize([0.5], [0.5], 255), stack).to(META, memory_format=torch.channels_last)
    for norm in net.modules():
        if isinstance(norm, BatchNorm):
            norm.steps = 20  # else it would be read
    made = OPTIMIZERS[optimizer](net.parameters(), lr=0.1, **CAPTURABLE[optimizer])
    made.param_groups[0]["lr"] = torch.full((), 0.1, device=META)  # constructors compare it with 0
    state = start(net, made, seed=0, threads=1)
    x = torch.empty(8, 6, 6, 1, dtype=torch.uint8, device=META).movedim(-1, 1)
    targets = torch.empty(8, dtype=torch.int64) if targets is None else targets
    batch = Batch((x,), (targets.to(META),), torch.empty(8, device=META) if weighted else None)
    task = task or classification(row_loss("cross_entropy"))
    for step in range(3):
        set_rate(made, 0.1 / (step + 1))
        sums = train_step(state, batch, task, config_of(**options), penalised_weights(net))
        assert sums.device == META
        state.sums = state.sums + sums
    kept = [v for values in made.state.values() for v in values.values()]
    assert all(v.device == META for v in kept)
    assert state.sums.dtype == torch.float64


@pytest.mark.parametrize("optimizer", CAPTURABLE)
def test_an_optimizer_for_a_capture_keeps_everything_on_the_device(optimizer):
    steps_on_meta(optimizer)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("options", [{}, {"l2": 0.1, "clip_norm": 1.0}, {"accumulate": 3}], ids=str)
def test_options_keep_to_the_device(options, weighted):
    steps_on_meta(weighted=weighted, **options)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize(
    "loss", [name for name in LOSSES if name != "kl"]
)  # one_hot reads its classes where the device is not CUDA
def test_losses_and_scores_keep_to_the_device(loss, weighted):
    classes = loss in ("cross_entropy", "hinge")
    make = {True: classification, False: labels if loss == "binary_cross_entropy" else None}[classes]
    task = make(row_loss(loss)) if make else regression(row_loss(loss), 0.0, 1.0)
    steps_on_meta(task=task, targets=None if classes else torch.empty(8, 3), weighted=weighted)


def test_a_value_read_in_a_step_would_be_seen():
    with pytest.raises(RuntimeError, match=r"item\(\) cannot be called on meta tensors"):
        steps_on_meta(task=classification(lambda z, t: z.sum(1) * float(z.sum())))


def test_a_tensor_of_the_cpu_in_a_step_would_be_seen():
    with pytest.raises(RuntimeError, match="not on the expected device"):
        steps_on_meta(task=classification(lambda z, t: z.sum(1) * torch.ones(8)))
