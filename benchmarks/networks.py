"""The workloads' networks in plain PyTorch, and their weights as lists that every such network can take."""

import numpy as np
import torch
from torch import Tensor, nn

from benchmarks.plain_landmarks import plain_torch
from benchmarks.workloads import Named, Net


class RowsOfPixels(nn.Module):
    """Flatten in (H, W, C) order, which channels-last memory need not be copied for."""

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) -> (N, H W C)."""
        return x.permute(0, 2, 3, 1).flatten(1)


def torch_net(net: Net | Named, *, tuned: bool = False) -> nn.Module:
    """Write a network down as in a tutorial, or tuned: pooling before ReLU, and flattened without a copy."""
    if isinstance(net, Named):
        return plain_torch(net, tuned=tuned)
    parts: list[nn.Module] = []
    channels, height, width = net.input_shape
    for stage in net.stages:
        for i, after in enumerate(stage, start=1):
            parts.append(nn.Conv2d(channels, after, 3, padding=1, bias=not net.batch_norm))
            parts += [nn.BatchNorm2d(after)] * net.batch_norm
            pool = [nn.MaxPool2d(2)] * (i == len(stage))
            parts += [*pool, nn.ReLU()] if tuned else [nn.ReLU(), *pool]
            channels = after
        height, width = height // 2, width // 2
    parts.append(RowsOfPixels() if tuned else nn.Flatten())
    features = channels * height * width
    for after in net.dense:
        parts.append(nn.Linear(features, after, bias=not net.batch_norm))
        parts += [nn.BatchNorm1d(after)] * net.batch_norm
        parts.append(nn.ReLU())
        parts += [nn.Dropout(net.dropout)] * (net.dropout > 0)
        features = after
    parts.append(nn.Linear(features, net.outputs))
    return nn.Sequential(*parts)


def count(module: nn.Module) -> int:
    """Count the trained numbers."""
    return sum(p.numel() for p in module.parameters() if p.requires_grad)


def weights_of(module: nn.Module, net: Net | Named, *, pixels_first: bool) -> list[np.ndarray]:
    """Copy the weights out; `pixels_first` says that the first dense layer reads (H, W, C) order, as the copy does."""
    found = [p.detach().cpu().numpy().copy() for p in module.parameters()]
    return found if pixels_first else [_reordered(w, net, back=False) for w in found]


def load_weights(module: nn.Module, weights: list[np.ndarray], net: Net | Named, *, pixels_first: bool) -> None:
    """Put such a copy into a network."""
    with torch.no_grad():
        for p, w in zip(module.parameters(), weights, strict=True):
            p.copy_(torch.from_numpy(w if pixels_first else _reordered(w, net, back=True)))


def _reordered(weight: np.ndarray, net: Net | Named, *, back: bool) -> np.ndarray:
    """Turn the first dense layer's columns from (C, H, W) to (H, W, C) order, or back; leave other weights alone.

    Networks of the catalogue here have a mean over the map before it.
    """
    if isinstance(net, Named):
        return weight
    channels, places = net.stages[-1][-1], 4 ** len(net.stages)
    features = channels * net.input_shape[1] * net.input_shape[2] // places
    if weight.ndim != 2 or weight.shape[1] != features:
        return weight
    shape = (len(weight), features // channels, channels) if back else (len(weight), channels, features // channels)
    return weight.reshape(shape).transpose(0, 2, 1).reshape(len(weight), features)
