"""The squashing function of the first convolutional networks."""

import torch
from torch import Tensor, nn


class ScaledTanh(nn.Module):
    r"""Squash by a hyperbolic tangent that is nearly straight between -1 and 1: y = A tanh(S x).

    With A = 1.7159 and S = 2/3, f(1) = 1 and f(-1) = -1: targets of +-1 lie where the function bends most, not where it
    is flat. Shape: any -> the same. Source: LeCun et al. 1998, section II.B and appendix A.

    >>> ScaledTanh()(torch.tensor([-1.0, 0.0, 1.0]))
    tensor([-1.0000,  0.0000,  1.0000])
    """

    pixelwise = True

    def __init__(self, amplitude: float = 1.7159, slope: float = 2 / 3) -> None:
        super().__init__()
        self.amplitude, self.slope = amplitude, slope

    def forward(self, input: Tensor) -> Tensor:
        """Squash every value."""
        return torch.tanh(input * self.slope) * self.amplitude

    def extra_repr(self) -> str:
        """Show the two constants where the module is printed."""
        return f"amplitude={self.amplitude}, slope={self.slope:.4g}"
