"""The plain stack and its engine beside the NumPy network: the same weights, rows and settings for both."""

import numpy as np
import torch

from foveal.data.batches import Batches
from foveal.data.rows import Rows
from foveal.data.store import Resident
from foveal.models import PlainStack
from foveal.tasks.classification import classification
from foveal.tasks.labels import labels
from foveal.tasks.regression import regression
from foveal.train import Config, Task, start, train
from foveal.train.losses import row_loss
from foveal.train.optim.table import make_optimizer

from .differences import array, tensor
from .losses import OF_CLASSES, some_targets
from .numpy_network import Activation, Conv, Dense, Flatten, Norm, Pool

SHAPE, OUTPUTS = (2, 7, 6), 3


def plain_stack(shape=SHAPE, **options):
    with torch.random.fork_rng():
        torch.manual_seed(0)
        small = {"in_channels_list": (None, 3), "out_channels": 4, "in_features_list": (None, 5)}
        return PlainStack(shape, OUTPUTS, do_dropout=False, **{**small, **options}).double()


def own(module):
    return {name: array(p).copy() for name, p in module.named_parameters()}


def after(block, momentum, activation):
    """Layers after a block's convolution or dense layer."""
    norm = [Norm(own(block.norm), momentum)] if hasattr(block, "norm") else []
    return [*norm, Activation(activation)]


def in_numpy(
    net, *, momentum=0.9, activation="relu", stride=1, padding="same", do_pooling=True, pool_filter_size=2,
    pool_stride=2, pool_mode="max", dilation=1, **_,
):  # fmt: skip
    """Give the same layers with copies of the same weights; sizes are read off the weights."""
    layers = []
    for name, block in net.named_children():
        if name.startswith("conv"):
            gap = dilation if isinstance(dilation, int) else dilation[int(name.removeprefix("conv")) - 1]
            conv = Conv(own(block.conv), stride=stride, dilation=gap, padding=padding)
            layers += [conv, *after(block, momentum, activation)]
            layers += [Pool(pool_mode, pool_filter_size, pool_stride)] if do_pooling else []
        elif name.startswith("dense"):
            layers += [Dense(**own(block.linear)), *after(block, momentum, activation)]
        else:
            layers.append(Dense(**own(block)) if name == "head" else Flatten())
    return layers


def task_of(loss, smoothing=0.0) -> Task:
    if loss in OF_CLASSES:
        return classification(row_loss(loss, smoothing))
    if loss == "binary_cross_entropy":
        return labels(row_loss(loss), torch.float64)
    return regression(row_loss(loss), np.zeros(OUTPUTS), np.ones(OUTPUTS), torch.float64)


def some_rows(loss, shape=SHAPE, rows=9):
    rng = np.random.default_rng(1)
    return rng.normal(size=(rows, *shape)), some_targets(loss, rng, rows, OUTPUTS), rng.random(rows) + 0.1


def batches_of(task, x, y, weights=None, batch_size=100):
    """Rows in order, (N, C, *S) as the engine's stores hold them."""
    store = Resident(Rows(np.moveaxis(x, 1, -1)), torch.float64, torch.device("cpu"))
    return Batches(store, (task.encode(y),), None if weights is None else tensor(weights), batch_size)


def engine(net, batches, task, *, optimizer, lr, n_epochs, valid=None, **config):
    """Train `net`; return the state and the reports."""
    ema = config.get("ema_decay") is not None
    state = start(net, make_optimizer(optimizer, net.parameters(), lr), seed=0, threads=1, ema=ema)
    return state, list(train(state, batches, valid, task, Config(n_epochs, lr, **config)))
