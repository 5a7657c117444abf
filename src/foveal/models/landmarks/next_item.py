"""The next item from causal dilated convolutions over a history: NextItNet."""

from collections import OrderedDict
from collections.abc import Sequence

import torch.nn.functional as F
from torch import Tensor, nn

from foveal.core.forms import Form
from foveal.layers.causal_places import CausalLinear
from foveal.layers.dropout import Dropout
from foveal.models.item_net import ItemNet

#: Dilations of the layers, in turn.
CYCLE = (1, 2, 4, 8)


class CausalBlock(nn.Module):
    r"""Add what two dilated causal convolutions find to their input.

        y = x + relu(LN(W_2 *_2d relu(LN(W_1 *_d x))))

    LN is layer norm over the values of a place. Shape: (B, T, C) -> (B, T, C). Source: Yuan et al. 2019, section 3.3
    and figure 3b. Deviation: dropout before the sum, and the second dilation is that of the next layer in the cycle.

    >>> import torch
    >>> CausalBlock(8, 3, (1, 2))(torch.zeros(1, 5, 8)).shape
    torch.Size([1, 5, 8])
    """

    def __init__(self, width: int, filter_size: int, dilations: Sequence[int], dropout_rate: float = 0.0) -> None:
        super().__init__()
        self.conv1 = CausalLinear(width, width, filter_size, dilation=dilations[0])
        self.norm1 = nn.LayerNorm(width)
        self.conv2 = CausalLinear(width, width, filter_size, dilation=dilations[1])
        self.norm2 = nn.LayerNorm(width)
        self.dropout = Dropout(dropout_rate)

    def forward(self, input: Tensor) -> Tensor:
        """Convolve twice, and add."""
        first = F.relu(self.norm1(self.conv1(input)))
        second: Tensor = self.dropout(F.relu(self.norm2(self.conv2(first))))
        return input + second


class Unmasked(nn.Module):
    """Run blocks in a row; zeros behind a history change nothing before them, so no mask is needed.

    Shape: (B, T, C), mask (B, T) -> (B, T, C).
    """

    def __init__(self, blocks: "OrderedDict[str, nn.Module]") -> None:
        super().__init__()
        self.blocks = nn.Sequential(blocks)

    def forward(self, input: Tensor, mask: Tensor) -> Tensor:
        """Run the blocks."""
        out: Tensor = self.blocks(input)
        return out


def next_item(
    form: Form,
    n_outputs: int,
    *,
    width: int = 64,
    layers: int = 8,
    filter_size: int = 3,
    outputs: str = "tied",
    neighbours: int = 0,
    dropout: float = 0.2,
) -> ItemNet:
    r"""Build residual blocks of causal dilated convolutions over a history -> a score for every item at every place.

    Two layers are a block, `CausalBlock`; dilations are 1, 2, 4, 8, 1, 2 ... A place sees
    1 + (k - 1) (d_1 + d_2 + ...) items: 61 at the defaults. All places of a history are learnt from at once.

    Shape: items (B, T), mask (B, T) -> (B, n_outputs), `models.item_net.ItemNet`.

    Parameters
    ----------
    form, n_outputs : rows of items, and how many items there are.
    width : values of an embedding and of each layer.
    layers : convolutions, an even number.
    filter_size : taps of each.
    outputs : "tied", the items' embeddings are the weights of the last layer; "own", it has its own.
    neighbours : 0, or for how many items that followed each one the sequential neighbours' scores are a feature of the
        last layer, `layers.neighbour_scores`.
    dropout : rate, of embeddings and blocks.

    Source: Yuan et al. 2019, A simple convolutional generative network for next item recommendation. Deviations: the
    two convolutions of a block have dilations d and 2d that go on in the cycle; dropout; items seen before do not count
    in the softmax.

    >>> import torch
    >>> from foveal.core.forms import Part
    >>> net = next_item((Part("items", (None,), "int64", values=11), Part("mask", (None,), "bool")), 10, width=8)
    >>> net(torch.tensor([[3, 1, 0]]), torch.tensor([[True, True, False]])).shape
    torch.Size([1, 10])
    """
    gaps = [CYCLE[i % len(CYCLE)] for i in range(layers)]
    blocks = OrderedDict[str, nn.Module]()
    for first in range(0, layers, 2):
        pair = gaps[first], gaps[first + 1]
        blocks[f"block{first // 2 + 1}"] = CausalBlock(width, filter_size, pair, dropout)
    tied = outputs == "tied"
    return ItemNet(n_outputs, width, Unmasked(blocks), width, tied=tied, dropout_rate=dropout, neighbours=neighbours)
