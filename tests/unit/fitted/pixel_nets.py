"""Networks that answer pixels, images for them, and their answer in one piece."""

import numpy as np
import torch
from torch import nn

CONV = {1: nn.Conv1d, 2: nn.Conv2d, 3: nn.Conv3d}
POOL = {1: nn.MaxPool1d, 2: nn.MaxPool2d, 3: nn.MaxPool3d}


def seeded(make):
    """Let a network be made with the same weights each time."""

    def made(*sizes):
        with torch.random.fork_rng():
            torch.manual_seed(0)
            return make(*sizes)

    return made


@seeded
def plain(ndim, channels=2, classes=3):
    """Three convolutions, 5, 3 and 3 wide: an output sees 4 pixels to either side."""
    conv = CONV[ndim]
    return nn.Sequential(
        conv(channels, 6, 5, padding=2), nn.ReLU(), conv(6, 6, 3, padding=1), nn.ReLU(), conv(6, classes, 3, padding=1)
    )


class _Pooled(nn.Module):
    """Down by 4 and up again, beside a row at full size: at most 10 pixels are seen to a side."""

    def __init__(self, ndim, channels=2, classes=3):
        super().__init__()
        conv = CONV[ndim]
        self.first, self.second = conv(channels, 6, 3, padding=1), conv(6, 6, 3, padding=1)
        self.third, self.last = conv(6, 6, 3, padding=1), conv(12, classes, 1)
        self.pool, self.up = POOL[ndim](2), nn.Upsample(scale_factor=4)

    def forward(self, x):
        fine = self.first(x).relu()
        low = self.third(self.pool(self.second(self.pool(fine)).relu()))
        return self.last(torch.cat((fine, self.up(low)), 1))


pooled = seeded(_Pooled)


def image_of(shape, dtype=np.float32, seed=0):
    rng = np.random.default_rng(seed)
    return rng.integers(0, 256, shape, np.uint8) if dtype == np.uint8 else rng.normal(size=shape).astype(dtype)


def kept(outputs):
    return outputs.movedim(1, -1).numpy()


def one_piece(net, image, windows):
    padded = windows.padded(image.shape[:-1])
    whole = np.pad(image, [*((0, n - m) for n, m in zip(padded, image.shape, strict=False)), (0, 0)], "edge")
    with torch.no_grad():
        out = net(torch.from_numpy(whole).movedim(-1, 0)[None])[0].movedim(0, -1).numpy()
    return out[tuple(map(slice, image.shape[:-1]))]
