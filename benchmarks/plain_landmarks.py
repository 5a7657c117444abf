"""Networks of the catalogue in plain PyTorch, as its own libraries write them, for the peers of C8 to C11.

Parameters stand in the order of foveal's networks of the same names, so that weights can be handed over.
"""

import warnings
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from benchmarks.resnet import resnet18
from benchmarks.workloads import Named

#: MobileNet v2: expansion, channels, depth, stride of each stage; with the small stem the first two strides are 1.
STAGES = ((1, 16, 1, 1), (6, 24, 2, 1), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1))


def plain_torch(net: Named, *, tuned: bool) -> nn.Module:
    """Write a network down; `tuned` lets ReLU write over its input, as torchvision's networks do.

    PyTorch's ReLU6 in place keeps a copy of its input in training, and is slower for it.
    """
    return MAKERS[net.name](net.input_shape, net.outputs, tuned)


class Basic(nn.Module):
    """Two 3x3 convolutions beside the input, which is thinned out and padded with zeros where the shape changes."""

    def __init__(self, before: int, after: int, stride: int, tuned: bool) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(before, after, 3, stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(after)
        self.conv2 = nn.Conv2d(after, after, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(after)
        self.relu = nn.ReLU(inplace=tuned)
        self.stride, self.more = stride, after - before

    def forward(self, x: Tensor) -> Tensor:
        """Add."""
        out = self.bn2(self.conv2(self.relu(self.bn1(self.conv1(x)))))
        if self.more:
            x = F.pad(x[:, :, :: self.stride, :: self.stride], (0, 0, 0, 0, 0, self.more))
        out += x
        return self.relu(out)


def resnet20(input_shape: tuple[int, ...], outputs: int, tuned: bool) -> nn.Sequential:
    """He et al. 2016, section 4.2."""
    parts: list[nn.Module] = [nn.Conv2d(input_shape[0], 16, 3, padding=1, bias=False), nn.BatchNorm2d(16)]
    parts.append(nn.ReLU(inplace=tuned))
    before = 16
    for after in (16, 32, 64):
        for _ in range(3):
            parts.append(Basic(before, after, 1 if before == after else 2, tuned))
            before = after
    return nn.Sequential(*parts, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, outputs))


class Inverted(nn.Module):
    """1x1, depthwise 3x3, 1x1; beside the input where the shape stays."""

    def __init__(self, before: int, expansion: int, after: int, stride: int) -> None:
        super().__init__()
        inner = before * expansion
        rows = [] if expansion == 1 else _clipped(before, inner, 1)
        rows += _clipped(inner, inner, 3, stride=stride, groups=inner)
        self.conv = nn.Sequential(*rows, nn.Conv2d(inner, after, 1, bias=False), nn.BatchNorm2d(after))
        self.alike = stride == 1 and before == after

    def forward(self, x: Tensor) -> Tensor:
        """Add, or do not."""
        return x + self.conv(x) if self.alike else self.conv(x)


def mobilenet_v2_050(input_shape: tuple[int, ...], outputs: int, tuned: bool) -> nn.Sequential:
    """Sandler et al. 2018, table 2, half as wide, for small pictures."""
    parts, before = _clipped(input_shape[0], 16, 3), 16
    for expansion, filters, depth, first in STAGES:
        after = max(8, int(filters / 2 + 4) // 8 * 8)
        for i in range(depth):
            parts.append(Inverted(before, expansion, after, 1 if i else first))
            before = after
    parts += _clipped(before, 1280, 1)
    head = nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Dropout(0.2), nn.Linear(1280, outputs)
    return nn.Sequential(*parts, *head)


def _clipped(before: int, after: int, size: int, **options: Any) -> list[nn.Module]:
    conv = nn.Conv2d(before, after, size, padding=size // 2, bias=False, **options)
    return [conv, nn.BatchNorm2d(after), nn.ReLU6()]


def fcn(input_shape: tuple[int, ...], outputs: int, tuned: bool) -> nn.Sequential:
    """Wang et al. 2017, section II B."""
    parts: list[nn.Module] = []
    before = input_shape[0]
    for after, size in ((128, 8), (256, 5), (128, 3)):
        parts += [nn.ZeroPad1d((size // 2 - 1, size // 2))] * (size % 2 == 0)
        conv = nn.Conv1d(before, after, size, padding=size // 2 * (size % 2))
        parts += [conv, nn.BatchNorm1d(after), nn.ReLU(inplace=tuned)]
        before = after
    return nn.Sequential(*parts, nn.AdaptiveAvgPool1d(1), nn.Flatten(), nn.Linear(before, outputs))


def _resnet18(input_shape: tuple[int, ...], outputs: int, tuned: bool) -> nn.Module:
    net = resnet18(input_shape, outputs)
    for module in net.modules():
        if isinstance(module, nn.ReLU):
            module.inplace = tuned
    return net


MAKERS = {"resnet20": resnet20, "resnet18": _resnet18, "mobilenet_v2_050": mobilenet_v2_050, "fcn": fcn}


def folded(model: nn.Module) -> nn.Module:
    """Fold batch norm into convolutions, as PyTorch's tutorial on it does for networks that are graphs."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # PyTorch's own module uses what PyTorch has deprecated
        from torch.fx.experimental.optimization import fuse

    with torch.no_grad():
        return fuse(model.eval())
