"""PyTorch by hand at its best: resident float data, channels-last, fused Adam, pooling before ReLU, no DataLoader.

BENCH_THREADS sets the threads (the table takes the better of one and two), BENCH_COMPILE=1 adds torch.compile. Source:
"Performance Tuning Guide" and "Channels Last Memory Format in PyTorch" of the PyTorch tutorials. Beyond them: the data
lie in one tensor, the flattening copies nothing, the loss is never read.
"""

import os
from time import perf_counter

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from benchmarks.data import Data
from benchmarks.folds import cross_validated
from benchmarks.networks import count, load_weights, torch_net, weights_of
from benchmarks.plain_landmarks import folded
from benchmarks.worker import Result, main
from benchmarks.workloads import Named, Workload

COMPILED = os.environ.get("BENCH_COMPILE") == "1"
if "BENCH_THREADS" in os.environ:
    torch.set_num_threads(int(os.environ["BENCH_THREADS"]))


def fit(workload: Workload, data: Data, start: list[np.ndarray] | None = None) -> Result:
    """Train on the workload; `start` gives the weights to start from."""
    if workload.folds:
        return cross_validated(fit, workload, data)
    torch.manual_seed(0)
    x = torch.from_numpy(data.standardised(data.X)).movedim(1, -1).contiguous()  # (N, H, W, C)
    y = torch.from_numpy(data.y)
    order = torch.randperm(len(x)) if workload.shuffle else torch.arange(len(x))
    n_valid = round(len(x) * workload.valid)
    held, rows = order[:n_valid], order[n_valid:]
    model = torch_net(workload.net, tuned=True)
    if start is not None:
        load_weights(model, start, workload.net, pixels_first=True)
    model = channels_last(model, data)
    step = torch.compile(model) if COMPILED else model
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, fused=True)
    seconds = []
    for _ in range(workload.epochs):
        began = perf_counter()
        model.train()
        shuffled = rows[torch.randperm(len(rows))] if workload.shuffle else rows
        for index in shuffled.split(workload.batch):
            loss = F.cross_entropy(step(_images(x, index)), y[index])
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
        if n_valid:
            _accuracy(model, x, y, held)
        seconds.append(perf_counter() - began)

    def predict(X: np.ndarray) -> np.ndarray:
        model.eval()
        with torch.inference_mode():
            x = torch.from_numpy(data.standardised(X)).movedim(1, -1).contiguous().movedim(-1, 1)
            return model(x).argmax(1).numpy()

    weights = weights_of(model, workload.net, pixels_first=True)
    return Result(seconds, len(rows), count(model), predict, weights=weights)


def _images(x: Tensor, index: Tensor) -> Tensor:
    return x.index_select(0, index).movedim(-1, 1)  # (B, C, H, W), channels last in memory


def channels_last(model: nn.Module, data: Data) -> nn.Module:
    """Lay filters out as the images lie; signals of one channel lie in either order."""
    return model.to(memory_format=torch.channels_last) if data.X.ndim == 4 else model


def _accuracy(model: nn.Module, x: Tensor, y: Tensor, rows: Tensor) -> float:
    model.eval()
    with torch.inference_mode():
        right = [(model(_images(x, index)).argmax(1) == y[index]).sum() for index in rows.split(512)]
        return float(torch.stack(right).sum()) / len(rows)


def infer(workload: Workload, data: Data) -> Result:
    """Answer with batch norm folded into the convolutions, channels-last, in inference mode."""
    torch.manual_seed(0)
    model = torch_net(workload.net, tuned=True).eval()
    n_weights = count(model)
    whole = isinstance(workload.net, Named)
    model = channels_last(folded(model) if whole else nn.Sequential(*_folded(list(model.children()))), data)
    answer = torch.compile(model) if COMPILED else model
    mean = torch.from_numpy(data.mean * data.scale)
    width = torch.from_numpy(data.deviation * data.scale)

    def predict(X: np.ndarray) -> np.ndarray:
        with torch.inference_mode():
            x = torch.from_numpy(X).float().sub_(mean).div_(width)
            return answer(x.movedim(-1, 1)).softmax(1).numpy()

    return Result(parameters=n_weights, predict=predict)


def _folded(parts: list[nn.Module]) -> list[nn.Module]:
    """Fold each batch norm into the convolution in front of it."""
    found: list[nn.Module] = []
    for part in parts:
        if isinstance(part, nn.BatchNorm2d) and isinstance(found[-1], nn.Conv2d):
            found[-1] = fuse_conv_bn_eval(found[-1], part)
        else:
            found.append(part)
    return found


if __name__ == "__main__":
    main(fit, infer)
