"""Causal layers over rows of places with their values last, (B, T, C): as products, without turning axes."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class CausalLinear(nn.Module):
    r"""Convolve along places as one product: y_t = b + sum over j of W_j x_(t - (k - 1 - j) d).

    What stands before the row is 0, so that no place sees what comes after it. It is `nn.Conv1d(C, C', k, dilation=d)`
    behind zeros, with the same weight (C', C, k) and bias.

    Shape: (B, T, C) -> (B, T, C').

    >>> layer, x = CausalLinear(2, 3, 3, dilation=2), torch.randn(1, 9, 2)
    >>> conv = F.conv1d(F.pad(x.mT, (4, 0)), layer.weight, layer.bias, dilation=2)
    >>> torch.allclose(layer(x), conv.mT, atol=1e-6)
    True
    """

    def __init__(self, in_features: int, out_features: int, filter_size: int, *, dilation: int = 1) -> None:
        super().__init__()
        made = nn.Conv1d(in_features, out_features, filter_size)  # for its initialisation
        self.weight, self.bias = made.weight, made.bias
        self.filter_size, self.dilation = filter_size, dilation

    def forward(self, input: Tensor) -> Tensor:
        """Lay the places that an output sees side by side, and multiply."""
        seen = shifted(input, self.filter_size, self.dilation)
        return F.linear(seen, self.weight.permute(0, 2, 1).flatten(1), self.bias)

    def extra_repr(self) -> str:
        """Show the sizes where the module is printed."""
        outputs, inputs, taps = self.weight.shape
        return f"{inputs}, {outputs}, filter_size={taps}, dilation={self.dilation}"


def shifted(x: Tensor, taps: int, dilation: int = 1) -> Tensor:
    """Lay x_(t - (k - 1) d), ..., x_t side by side, zeros before the row: (B, T, C) -> (B, T, k C).

    >>> shifted(torch.tensor([[[1.0], [2.0], [3.0]]]), 2).tolist()
    [[[0.0, 1.0], [1.0, 2.0], [2.0, 3.0]]]
    """
    if taps == 1:
        return x
    length = x.shape[1]
    padded = F.pad(x, (0, 0, (taps - 1) * dilation, 0))
    return torch.cat([padded[:, tap * dilation : tap * dilation + length] for tap in range(taps)], dim=2)
