"""ResNet-18 with a stem for 32-pixel images, in plain PyTorch: the network of G3.

Source: He et al. 2016, table 1 and section 4.2; as usual for small images the stem is one 3x3 convolution of stride 1
without pooling, and a projection stands wherever a block's width or size changes.
"""

from collections.abc import Sequence

from torch import Tensor, nn


class Block(nn.Module):
    """Two 3x3 convolutions with batch norm, and a way around them. Shape: (N, C, H, W) -> (N, C', H / s, W / s)."""

    def __init__(self, before: int, after: int, stride: int) -> None:
        super().__init__()
        self.inner = nn.Sequential(*_conv(before, after, 3, stride), nn.ReLU(), *_conv(after, after, 3, 1))
        same = before == after and stride == 1
        self.around = nn.Identity() if same else nn.Sequential(*_conv(before, after, 1, stride))
        self.act = nn.ReLU()

    def forward(self, x: Tensor) -> Tensor:
        """Add what is inside to what goes around."""
        return self.act(self.inner(x) + self.around(x))


def resnet18(input_shape: Sequence[int], n_outputs: int, width: int = 64) -> nn.Sequential:
    """Build the network; `width` is that of the first stage.

    >>> sum(p.numel() for p in resnet18((3, 32, 32), 10).parameters())
    11173962
    """
    blocks: list[nn.Module] = []
    before = width
    for stage in range(4):
        after = width * 2**stage
        blocks += [Block(before, after, 1 if stage == 0 else 2), Block(after, after, 1)]
        before = after
    stem = [*_conv(input_shape[0], width, 3, 1), nn.ReLU()]
    return nn.Sequential(*stem, *blocks, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(before, n_outputs))


def _conv(before: int, after: int, size: int, stride: int) -> list[nn.Module]:
    return [nn.Conv2d(before, after, size, stride, padding=size // 2, bias=False), nn.BatchNorm2d(after)]
