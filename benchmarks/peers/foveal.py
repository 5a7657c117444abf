"""foveal: the estimator, told the workload's network and nothing else that differs from its defaults' manner.

The plain stacks are made by the estimator's own parameters, the network with two convolutions a stage from its layers.
BENCH_ANSWER=net makes `infer` ask the fitted `net_` itself, as a user of PyTorch would, instead of `predict_proba`.
"""

import os
from collections.abc import Sequence
from typing import Any

import numpy as np

from benchmarks.data import Data
from benchmarks.worker import Result, main
from benchmarks.workloads import Named, Net, Workload
from foveal import CNNClassifier


def make(workload: Workload) -> CNNClassifier:
    """Describe the workload to the estimator."""
    net = workload.net
    return CNNClassifier(
        **_network(net),
        batch_size=workload.batch,
        n_epochs=workload.epochs,
        schedule="constant",
        valid_size=workload.valid,
        shuffle=workload.shuffle,
        layout="NHWC" if len(net.input_shape) > 2 else "NLC",
        random_state=0,
    )


def _network(net: Net | Named) -> dict[str, Any]:
    if isinstance(net, Named):
        return {"net": net.name, "stem": "small"}
    return _plain(net) if all(len(stage) == 1 for stage in net.stages) else {"net": stacked(net)}


def _plain(net: Net) -> dict[str, Any]:
    widths = [stage[0] for stage in net.stages]
    return {
        "in_channels_list": [None, *widths[:-1]],
        "out_channels": widths[-1],
        "in_features_list": [None, *net.dense],
        "do_batch_norm": net.batch_norm,
        "do_dropout": net.dropout > 0,
        "dropout_rate": net.dropout,
    }


def stacked(net: Net) -> Any:
    """Give the function (input shape, outputs) -> network that the estimator builds such a stack with."""

    def build(input_shape: Sequence[int], n_outputs: int) -> Any:
        from torch import nn

        from foveal.layers import ConvBlock, Flatten

        channels, height, width = input_shape
        parts: list[nn.Module] = []
        for stage in net.stages:
            for i, after in enumerate(stage, start=1):
                pool = 2 if i == len(stage) else None
                parts.append(ConvBlock(2, channels, after, batch_norm=net.batch_norm, pool_size=pool))
                channels = after
            height, width = height // 2, width // 2
        return nn.Sequential(*parts, Flatten(), nn.Linear(channels * height * width, n_outputs))

    return build


def fit(workload: Workload, data: Data) -> Result:
    """Train on the workload."""
    if workload.folds:
        from sklearn.model_selection import cross_val_score

        scores = cross_val_score(make(workload), data.X, data.y, cv=workload.folds)
        return Result(accuracy=float(scores.mean()))
    model = make(workload).fit(data.X, data.y)
    rows = len(data.X) - round(len(data.X) * workload.valid)
    n_weights = sum(p.numel() for p in model.net_.parameters())
    weights = [p.detach().numpy().copy() for p in model.net_.parameters()]
    return Result(model.history_["seconds"], rows, n_weights, model.predict, weights=weights)


def initial_weights(workload: Workload, data: Data) -> list[np.ndarray]:
    """Give the weights that `fit` starts from."""

    net = make(workload)._prepared(data.X, data.y).state.net
    return [p.detach().numpy().copy() for p in net.parameters()]


def infer(workload: Workload, data: Data) -> Result:
    """Fit for one short epoch, then answer."""
    import torch

    rows = 64 if isinstance(workload.net, Named) else 256
    short = Workload(workload.id, "", workload.net, workload.data, rows, 64, epochs=1)
    model = make(short).fit(data.X[:rows], data.y[:rows])
    n_weights = sum(p.numel() for p in model.net_.parameters())

    def ask_net(X: np.ndarray) -> np.ndarray:
        with torch.inference_mode():
            return model.net_(torch.from_numpy(X).movedim(-1, 1)).softmax(1).numpy()

    ask = ask_net if os.environ.get("BENCH_ANSWER") == "net" else model.predict_proba
    return Result(parameters=n_weights, predict=ask)


if __name__ == "__main__":
    main(fit, infer)
