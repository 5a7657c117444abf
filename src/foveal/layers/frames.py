"""A network for pictures on each frame of a clip, and the mean of what it gives."""

from collections import OrderedDict

import torch
from torch import Tensor, nn


class EachFrame(nn.Module):
    r"""Run a network for pictures on each frame of a clip by itself, and lay its features beside one another in time.

        h(n, :, t) = F(x(n, :, t))

    Shape: (N, C, T, H, W) -> (N, D, T), where F is (N, C, H, W) -> (N, D); T may be another one at each call. The
    frames of all rows are one batch of N T pictures, whose statistics batch norm takes.

    >>> net = EachFrame(nn.Sequential(nn.Conv2d(3, 4, 1), nn.AdaptiveAvgPool2d(1), nn.Flatten()))
    >>> net(torch.zeros(2, 3, 5, 8, 8)).shape, net(torch.zeros(2, 3, 7, 8, 8)).shape
    (torch.Size([2, 4, 5]), torch.Size([2, 4, 7]))
    """

    def __init__(self, body: nn.Module) -> None:
        super().__init__()
        self.body = body

    def forward(self, input: Tensor) -> Tensor:
        """Run the network on N T pictures; of clips that lie channels-last no value is moved."""
        rows, _, frames = input.shape[:3]
        pictures = input.movedim(1, 2).flatten(0, 1)  # (N T, C, H, W)
        features: Tensor = self.body(pictures)
        return features.view(rows, frames, -1).movedim(1, 2)


class GatedMean(nn.Module):
    r"""Take a mean over time whose weights follow from the values themselves, as attention does.

        y = sum over t of a_t h_t,   a = softmax over t of w . tanh(V h_t)

    `hidden` is the width of V h. Shape: (N, D, T) -> (N, D). Source: Ilse et al. 2018, eq. 7 and 8 (without the
    sigmoid of eq. 9).

    >>> GatedMean(4, 2)(torch.ones(2, 4, 5)).shape
    torch.Size([2, 4])
    """

    def __init__(self, features: int, hidden: int = 128) -> None:
        super().__init__()
        parts = OrderedDict(
            V=nn.Linear(features, hidden, bias=False), act=nn.Tanh(), w=nn.Linear(hidden, 1, bias=False)
        )
        self.gate = nn.Sequential(parts)

    def weights(self, input: Tensor) -> Tensor:
        """Give the weight of each time, (N, T), which add up to 1."""
        scores: Tensor = self.gate(input.movedim(1, 2))  # (N, T, 1)
        return scores.squeeze(-1).softmax(-1)

    def forward(self, input: Tensor) -> Tensor:
        """Take the weighted mean."""
        return torch.einsum("ndt,nt->nd", input, self.weights(input))
