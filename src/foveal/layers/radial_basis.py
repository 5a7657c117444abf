"""An output layer that says how near its input is to a fixed code of each class."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn


class RadialBasis(nn.Module):
    r"""Give the negative squared distance from the code of each class: y(k) = -sum over i of (x(i) - w(k, i))^2.

    `codes` are one row of numbers for each class, a buffer: nothing is learnt. The largest output is the nearest code.

    Shape: (N, n) -> (N, K), never above 0.

    Source: LeCun et al. 1998, eq. 7. Deviation: negative, where the paper has the distance itself, a penalty. Under a
    cross-entropy that is the paper's discriminative criterion, its eq. 9, without the constant e^-j of the rejected
    patterns.

    >>> RadialBasis([[1.0, 1.0], [-1.0, 1.0]])(torch.tensor([[1.0, 0.5]]))
    tensor([[-0.2500, -4.2500]])
    """

    codes: Tensor

    def __init__(self, codes: Sequence[Sequence[float]] | Tensor) -> None:
        super().__init__()
        self.register_buffer("codes", torch.as_tensor(codes, dtype=torch.get_default_dtype()))

    def forward(self, input: Tensor) -> Tensor:
        """Compare with every code."""
        near = torch.nn.functional.linear(input, 2 * self.codes, -self.codes.square().sum(1))
        return near - input.square().sum(1, keepdim=True)

    def extra_repr(self) -> str:
        """Show the sizes where the module is printed."""
        return f"{self.codes.size(1)}, {len(self.codes)}"
