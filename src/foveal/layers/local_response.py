"""Local response normalisation across neighbouring channels."""

import torch.nn.functional as F
from torch import Tensor, nn


class LocalResponse(nn.Module):
    r"""Divide by what neighbouring channels hold at the same place.

        y(c) = x(c) / (k + alpha sum over c' from c - size // 2 to c + size // 2 of x(c')^2)^beta

    Channels that do not exist count as 0. Shape: (N, C, \*S) -> the same. `size` is odd.

    Source: Krizhevsky et al. 2012, section 3.3, with its constants. PyTorch's layer of a similar name divides alpha by
    the window's length; here alpha is the paper's.

    >>> import torch
    >>> LocalResponse(size=3, alpha=1.0, beta=1.0, k=1.0)(torch.ones(1, 3, 1)).flatten()
    tensor([0.3333, 0.2500, 0.3333])
    """

    pixelwise = True

    def __init__(self, size: int = 5, alpha: float = 1e-4, beta: float = 0.75, k: float = 2.0) -> None:
        super().__init__()
        self.size, self.alpha, self.beta, self.k = size, alpha, beta, k

    def forward(self, input: Tensor) -> Tensor:
        """Divide."""
        return F.local_response_norm(input, self.size, self.alpha * self.size, self.beta, self.k)

    def extra_repr(self) -> str:
        """Show the constants where the module is printed."""
        return f"{self.size}, alpha={self.alpha}, beta={self.beta}, k={self.k}"
