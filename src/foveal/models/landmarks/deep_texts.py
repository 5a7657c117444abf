"""Deep networks of texts: Zhang's on characters, and a residual one with growing dilations."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from foveal.core.forms import Form
from foveal.layers.dropout import Dropout
from foveal.models.landmarks.texts import embedding_of, values_of

#: Zhang et al. 2015, tables 1 and 2: places of a text, filter widths, and after which of them is pooled, by threes.
LENGTH, KERNELS, POOLED = 1014, (7, 7, 3, 3, 3, 3), (0, 1, 5)
_POOL = 3
#: Dilations of the residual network's blocks, once through.
DILATIONS = (1, 2, 4, 8, 16)


class Zhang(nn.Module):
    r"""Six convolutions and three dense layers on the first 1,014 characters of a text.

    A character is a vector of one 1 and zeros, one that is unknown, or not there, of zeros: so the first convolution is
    a table of each character's share in each filter, and padding is what it is in the paper, characters of zeros.

    Shape: tokens (N, T), mask (N, T) -> (N, outputs).

    Source: Zhang et al. 2015, Character-level convolutional networks for text classification, tables 1 and 2: 256
    `maps` and 1,024 `features` are its small network, 1,024 and 2,048 the large one; dropout 0.5. Deviations: the
    characters are those of the training rows, not 70 fixed ones; texts are read forwards, not backwards; weights begin
    as PyTorch's do, not with deviations of 0.05 and 0.02.

    >>> Zhang(72, 4, maps=8, features=16)(torch.tensor([[4, 5, 0]]), torch.tensor([[True, True, False]])).shape
    torch.Size([1, 4])
    """

    def __init__(
        self, values: int, outputs: int, *, maps: int = 256, features: int = 1024, length: int = LENGTH
    ) -> None:
        super().__init__()
        self.length = length
        bound = (KERNELS[0] * values) ** -0.5
        self.characters = embedding_of(values, KERNELS[0] * maps, bound)
        self.bias = nn.Parameter(torch.zeros(maps))
        self.convs = nn.ModuleList(nn.Conv1d(maps, maps, kernel) for kernel in KERNELS[1:])
        self.fc1 = nn.Linear(maps * places_left(length), features)
        self.fc2 = nn.Linear(features, features)
        self.fc = nn.Linear(features, outputs)
        self.dropout1, self.dropout2 = Dropout(0.5), Dropout(0.5)

    def forward(self, tokens: Tensor, mask: Tensor) -> Tensor:
        """Give the outputs."""
        missing = max(0, self.length - tokens.shape[1])
        there = F.pad(mask[:, : self.length] & (tokens[:, : self.length] > 1), (0, missing))
        shares = self.characters(F.pad(tokens[:, : self.length], (0, missing))) * there[..., None]
        x = F.max_pool1d(torch.relu(self._first(shares)), _POOL)
        for number, conv in enumerate(self.convs, start=1):
            x = torch.relu(conv(x))
            x = F.max_pool1d(x, _POOL) if number in POOLED else x
        x = self.dropout1(torch.relu(self.fc1(x.flatten(1))))
        out: Tensor = self.fc(self.dropout2(torch.relu(self.fc2(x))))
        return out

    def _first(self, shares: Tensor) -> Tensor:
        """Add up what the characters under each place of the filters give: (N, T, taps maps) -> (N, maps, T')."""
        taps = shares.chunk(KERNELS[0], dim=2)
        places = self.length - KERNELS[0] + 1
        total = torch.stack([tap[:, number : number + places] for number, tap in enumerate(taps)]).sum(0)
        return (total + self.bias).mT


def places_left(length: int) -> int:
    """Count the places that the last convolution's map has.

    >>> places_left(1014)
    34
    """
    for number, kernel in enumerate(KERNELS):
        length = length - kernel + 1
        length = length // _POOL if number in POOLED else length
    return length


class TextResNet(nn.Module):
    r"""Residual blocks of dilated convolutions over a text, then the maximum and the mean over its places.

        x <- x + C2(relu(n2(C1(relu(n1(x))))))          C1 three wide with dilations 1, 2, 4, 8, 16, C2 one wide

    n1 and n2 are layer norms over the channels of each place, so that no text sees another. Behind the last place of a
    text all maps are zero, before each convolution: padding changes nothing. A text without places answers as if
    maximum and mean were zero.

    Shape: tokens (N, T), mask (N, T) -> (N, outputs).

    Source: blocks as in Kalchbrenner et al. 2016, Neural machine translation in linear time, figure 3 (left), not
    causal; dilations as in Strubell et al. 2017, Fast and accurate entity recognition with iterated dilated
    convolutions. Deviation: the block's first 1x1 convolution is left out.

    >>> TextResNet(9, 2, vector=8, blocks=2)(torch.tensor([[4, 5, 0]]), torch.tensor([[True, True, False]])).shape
    torch.Size([1, 2])
    """

    def __init__(self, values: int, outputs: int, *, vector: int = 128, blocks: int = 5, rate: float = 0.5) -> None:
        super().__init__()
        self.embedding = embedding_of(values, vector)
        dilations = [DILATIONS[number % len(DILATIONS)] for number in range(blocks)]
        self.blocks = nn.ModuleList(DilatedBlock(vector, dilation) for dilation in dilations)
        self.norm = nn.LayerNorm(vector)
        self.dropout = Dropout(rate)
        self.fc = nn.Linear(2 * vector, outputs)

    def forward(self, tokens: Tensor, mask: Tensor) -> Tensor:
        """Give the outputs."""
        there = mask[..., None]
        x = self.embedding(tokens) * there
        for block in self.blocks:
            x = block(x, there)
        x = torch.relu(self.norm(x)) * there  # zeros are no larger than what is there
        n = there.sum(1).clamp(min=1)
        out: Tensor = self.fc(self.dropout(torch.cat((x.amax(1), x.sum(1) / n), dim=1)))
        return out


class DilatedBlock(nn.Module):
    """One residual block; its equation is that of `TextResNet`. Shape: (N, T, C) and mask (N, T, 1) -> (N, T, C)."""

    def __init__(self, channels: int, dilation: int) -> None:
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(channels), nn.LayerNorm(channels)
        self.conv1 = nn.Conv1d(channels, channels, 3, padding=dilation, dilation=dilation)
        self.conv2 = nn.Linear(channels, channels)

    def forward(self, x: Tensor, there: Tensor) -> Tensor:
        """Add what the block finds."""
        inner = self.conv1((torch.relu(self.norm1(x)) * there).mT).mT
        out: Tensor = x + self.conv2(torch.relu(self.norm2(inner)))
        return out


def zhang(form: Form, outputs: int, *, maps: int = 256, features: int = 1024) -> nn.Module:
    """Make Zhang's network for a form."""
    return Zhang(values_of(form), outputs, maps=maps, features=features)


def text_resnet(form: Form, outputs: int, *, vector: int = 128, blocks: int = 5) -> nn.Module:
    """Make the residual network for a form."""
    return TextResNet(values_of(form), outputs, vector=vector, blocks=blocks)
