"""From feature maps to features, without moving channels-last data."""

from torch import Tensor, nn


class Flatten(nn.Module):
    r"""Lay feature maps out as features, the channel running fastest: (H, W, C) order.

    Channels-last memory is only looked at anew, not copied; other memory is copied into the same order, so that the
    dense weights after mean the same in both. Shape: (N, C, \*S) -> (N, prod(S) C).

    >>> import torch
    >>> Flatten()(torch.tensor([[[1, 2], [3, 4]]]))  # two channels (1, 2) and (3, 4)
    tensor([[1, 3, 2, 4]])
    """

    def forward(self, input: Tensor) -> Tensor:
        """Move the channels last and flatten."""
        return input.movedim(1, -1).flatten(1)
