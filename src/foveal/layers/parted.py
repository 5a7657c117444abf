"""A network for rows of several parts, the first of which is standardised."""

from torch import Tensor, nn

from foveal.layers.standardize import Standardize


class Parted(nn.Module):
    """Compute body(input(x), *others); without `input`, body(x, *others).

    >>> import torch
    >>> net = Parted(Standardize([1.0], [2.0]), nn.Bilinear(3, 2, 1))
    >>> net(torch.ones(4, 3), torch.ones(4, 2)).shape
    torch.Size([4, 1])
    """

    def __init__(self, input: Standardize | None, body: nn.Module) -> None:
        super().__init__()
        if input is not None:
            self.input = input
        self.body = body

    def forward(self, x: Tensor, *others: Tensor) -> Tensor:
        """Give the outputs for rows of several parts."""
        scaled = self.input(x) if "input" in self._modules else x
        out: Tensor = self.body(scaled, *others)
        return out
