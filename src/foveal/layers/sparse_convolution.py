"""A convolution in which a table says which output map reads which input maps."""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn

from foveal.core.errors import ParameterError
from foveal.core.shapes import Sizes, per_axis

_CONVOLVE: dict[int, Callable[..., Tensor]] = {1: torch.conv1d, 2: torch.conv2d, 3: torch.conv3d}


class SparseConvolution(nn.Module):
    r"""Convolve without zeros around; map j reads only the input maps that `table[j]` lists.

        y(j, i) = bias(j) + sum over c in table(j) and taps m of w(j, c, m) x(c, i + m)

    There are weights for the pairs of the table alone: `weight` is (pairs, \*K), the pairs in the order of the table.

    Shape: (N, C, \*S) -> (N, len(table), \*S - K + 1). Source: LeCun et al. 1998, section II.B and table I.

    Deviation: the filters are laid out with zeros where there is no connection, and convolved as usual; that is what
    such a layer costs, not the multiply-adds of its connections.

    >>> layer = SparseConvolution(1, 3, [(0, 1), (1, 2), (0, 1, 2)], 5)
    >>> layer.weight.shape, layer(torch.zeros(1, 3, 9)).shape
    (torch.Size([7, 5]), torch.Size([1, 3, 5]))
    """

    index: Tensor

    def __init__(self, ndim: int, in_channels: int, table: Sequence[Sequence[int]], filter_size: Sizes) -> None:
        super().__init__()
        if ndim not in _CONVOLVE:
            raise ParameterError(f"ndim must be 1, 2 or 3 spatial axes, got {ndim!r}")
        wrong = [(j, c) for j, row in enumerate(table) for c in row if not 0 <= c < in_channels]
        if wrong:
            raise ParameterError(
                f"table must list input maps from 0 to {in_channels - 1}, but output map {wrong[0][0]} reads map "
                f"{wrong[0][1]}; take it out, or give in_channels={wrong[0][1] + 1} or more"
            )
        self.in_channels, self.out_channels = in_channels, len(table)
        self.kernel_size = per_axis("filter_size", filter_size, ndim)
        self.stride, self.padding = (1,) * ndim, (0,) * ndim
        self.table = tuple(map(tuple, table))
        self._convolve = _CONVOLVE[ndim]
        pairs = [j * in_channels + c for j, row in enumerate(table) for c in row]
        self.register_buffer("index", torch.tensor(pairs, dtype=torch.int64), persistent=False)
        self.weight = nn.Parameter(torch.zeros(len(pairs), *self.kernel_size))
        self.bias = nn.Parameter(torch.zeros(len(table)))

    def forward(self, input: Tensor) -> Tensor:
        """Lay the filters out, and convolve."""
        bare = self.weight.new_zeros(self.out_channels * self.in_channels, *self.kernel_size)
        filters = bare.index_copy(0, self.index, self.weight)
        return self._convolve(input, filters.view(self.out_channels, self.in_channels, *self.kernel_size), self.bias)

    def extra_repr(self) -> str:
        """Show the sizes where the module is printed."""
        return f"{self.in_channels}, {self.out_channels}, kernel_size={self.kernel_size}, connections={len(self.index)}"
