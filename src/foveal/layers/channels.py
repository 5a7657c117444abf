"""Layers that move channels and compute nothing: some of them, and all of them in another order."""

from torch import Tensor, nn

from foveal.core.errors import ParameterError


class ChannelSlice(nn.Module):
    r"""Give the channels from `start` up to `stop`: y[:, i] = x[:, start + i].

    Two of them, in two rows of `Branches`, split a map: one row passes its half on, the other computes.

    Shape: (N, C, \*S) -> (N, stop - start, \*S). Source: the split of Ma et al. 2018, figure 3c.

    >>> import torch
    >>> ChannelSlice(1, 3)(torch.arange(4.0).view(1, 4, 1)).flatten().tolist()
    [1.0, 2.0]
    """

    pixelwise = True

    def __init__(self, start: int, stop: int) -> None:
        super().__init__()
        self.start = start
        self.stop = stop

    def forward(self, input: Tensor) -> Tensor:
        """Take the channels."""
        return input[:, self.start : self.stop]

    def extra_repr(self) -> str:
        """Show the channels where the module is printed."""
        return f"{self.start}, {self.stop}"


class ChannelShuffle(nn.Module):
    r"""Deal the channels of each group out over all: y[:, j g + i] = x[:, i C / g + j] for group i of g.

    After rows that know only their own channels, the next layer's halves hold some of each.

    Shape: (N, C, \*S) -> the same; C is a multiple of `groups`. Source: Zhang et al. 2018, section 3.1.

    >>> import torch
    >>> ChannelShuffle(2)(torch.arange(6.0).view(1, 6, 1)).flatten().tolist()
    [0.0, 3.0, 1.0, 4.0, 2.0, 5.0]
    """

    pixelwise = True

    def __init__(self, groups: int) -> None:
        super().__init__()
        if groups < 1:
            raise ParameterError(f"groups must be at least 1, got {groups!r}; 1 leaves the channels as they are")
        self.groups = groups

    def forward(self, input: Tensor) -> Tensor:
        """Deal the channels out."""
        rows, channels, *size = input.shape
        dealt = input.reshape(rows, self.groups, channels // self.groups, *size).transpose(1, 2)
        return dealt.reshape(rows, channels, *size)

    def extra_repr(self) -> str:
        """Show the groups where the module is printed."""
        return f"groups={self.groups}"
