"""Layers that users' networks are drawn from: trunks, and what may stand after them."""

import warnings
from collections.abc import Callable
from typing import Any

import torch
from torch import nn
from torch.nn.utils import parametrizations

WIDTH = 8

#: What turns (N, 1, 4, 4) into (N, WIDTH).
TRUNKS: dict[str, Callable[[], nn.Module]] = {
    "dense": lambda: nn.Sequential(nn.Flatten(), nn.Linear(16, WIDTH)),
    "conv": lambda: nn.Sequential(nn.Conv2d(1, 2, 3), nn.Flatten()),
    "conv with reflection": lambda: nn.Sequential(nn.Conv2d(1, 2, 3, padding=1, padding_mode="reflect", stride=2),
                                                  nn.Flatten()),
    "depthwise": lambda: nn.Sequential(nn.Conv2d(1, 2, 1), nn.Conv2d(2, 2, 3, groups=2), nn.Flatten()),
    "transposed": lambda: nn.Sequential(nn.ConvTranspose2d(1, 2, 2), nn.AdaptiveAvgPool2d(2), nn.Flatten()),
    "rows": lambda: nn.Sequential(nn.Flatten(1, 2), nn.Conv1d(4, 2, 1), nn.Flatten()),
    "recurrent": lambda: Recurrent(),
    "attention": lambda: Attention(),
    "embedding": lambda: Embedded(),
    "lazy": lambda: nn.Sequential(nn.LazyConv2d(2, 3), nn.Flatten(), nn.LazyLinear(WIDTH)),
    "lazy norm": lambda: nn.Sequential(nn.LazyConv2d(2, 3), nn.LazyBatchNorm2d(), nn.Flatten()),
    "unfold": lambda: nn.Sequential(nn.Unfold(2, stride=2), nn.Flatten(), nn.Linear(16, WIDTH)),
    "pools": lambda: nn.Sequential(nn.MaxPool2d(2), nn.Flatten(), nn.Linear(4, WIDTH)),
    "shuffle": lambda: nn.Sequential(nn.PixelUnshuffle(2), nn.Conv2d(4, 2, 1), nn.Flatten()),
    "bilinear": lambda: Twice(),
    "script": lambda: torch.jit.script(nn.Sequential(nn.Flatten(), nn.Linear(16, WIDTH), nn.Tanh())),
}  # fmt: skip

#: What keeps (N, WIDTH).
MIDDLES: dict[str, Callable[[], nn.Module]] = {
    "relu": nn.ReLU, "prelu": nn.PReLU, "gelu": nn.GELU, "silu": nn.SiLU, "softplus": nn.Softplus, "rrelu": nn.RReLU,
    "glu": lambda: nn.Sequential(nn.Linear(WIDTH, 2 * WIDTH), nn.GLU()),
    "batch norm": lambda: nn.BatchNorm1d(WIDTH),
    "batch norm without statistics": lambda: nn.Sequential(nn.Unflatten(1, (2, 4)),
                                                           nn.BatchNorm1d(2, track_running_stats=False), nn.Flatten()),
    "cumulative batch norm": lambda: nn.BatchNorm1d(WIDTH, momentum=None),
    "layer norm": lambda: nn.LayerNorm(WIDTH), "rms norm": lambda: nn.RMSNorm(WIDTH),
    "group norm": lambda: nn.GroupNorm(2, WIDTH),
    "instance norm": lambda: nn.Sequential(nn.Unflatten(1, (2, 4)), nn.InstanceNorm1d(2, track_running_stats=True),
                                           nn.Flatten()),
    "dropout": lambda: nn.Dropout(0.2), "alpha dropout": lambda: nn.AlphaDropout(0.1),
    "softmax": lambda: nn.Softmax(dim=1),
    "old weight norm": lambda: _quiet(nn.utils.weight_norm, nn.Linear(WIDTH, WIDTH)),
    "new weight norm": lambda: parametrizations.weight_norm(nn.Linear(WIDTH, WIDTH)),
    "old spectral norm": lambda: _quiet(nn.utils.spectral_norm, nn.Linear(WIDTH, WIDTH)),
    "new spectral norm": lambda: parametrizations.spectral_norm(nn.Linear(WIDTH, WIDTH)),
    "orthogonal": lambda: parametrizations.orthogonal(nn.Linear(WIDTH, WIDTH)),
    "traced": lambda: torch.jit.trace(nn.Linear(WIDTH, WIDTH), torch.zeros(2, WIDTH)),
}  # fmt: skip


def _quiet(make: Callable[..., nn.Module], *given: Any) -> nn.Module:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return make(*given)


class Recurrent(nn.Module):
    def __init__(self):
        super().__init__()
        self.cell = nn.GRU(4, WIDTH, batch_first=True)

    def forward(self, x):
        return self.cell(x[:, 0])[0][:, -1]


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer, self.out = nn.TransformerEncoderLayer(4, 2, 8, batch_first=True), nn.Linear(16, WIDTH)

    def forward(self, x):
        return self.out(self.layer(x[:, 0]).flatten(1))


class Embedded(nn.Module):
    def __init__(self):
        super().__init__()
        self.table = nn.EmbeddingBag(4, WIDTH)

    def forward(self, x):
        return self.table((x.flatten(1) * 2).long().clamp(0, 3))


class Twice(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Bilinear(8, 8, WIDTH)

    def forward(self, x):
        return self.layer(x.flatten(1)[:, :8], x.flatten(1)[:, 8:])
