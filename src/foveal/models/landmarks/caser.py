"""The next item from filters over the last few items of a history: Caser."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from foveal.core.forms import Form
from foveal.layers.dropout import Dropout
from foveal.models.item_net import ItemNet


class CaserBody(nn.Module):
    r"""See the last L items as a picture, with filters along both of its axes.

    E (L, C) holds the embeddings of the last L items, zeros before the first one. Horizontal filters F_k (h, C) of each
    height h = 1 .. L, and vertical ones G_k (L, 1):

        o_k  = max over i = 1 .. L - h + 1 of relu(E_(i : i + h - 1) . F_k + b_k)              (eqs. 3 to 5)
        v_k  = sum over l of G_kl E_l                                                         (eqs. 6 and 7)
        z    = relu(W [o; v] + b)                                                             (eq. 8)
        h_t  = [z; P m_t],  m_t = mean of the embeddings of all items up to t                  (eq. 10)

    Shape: x (B, T, C), mask -> (B, T, 2 C). All windows of a history are computed at once: a filter meets each place
    once, and the maximum slides.

    Source: Tang and Wang 2018, Personalized top-N sequential recommendation via convolutional sequence embedding.
    Deviation: a user's learnt vector P_u is P m_t, which a user who was not trained on has as well.
    """

    def __init__(self, width: int, window: int, horizontal: int, vertical: int, dropout_rate: float) -> None:
        super().__init__()
        self.window = window
        self.horizontal = nn.ModuleList(nn.Conv1d(width, horizontal, height) for height in range(1, window + 1))
        self.vertical = nn.Linear(window, vertical, bias=False)
        self.dropout = Dropout(dropout_rate)
        self.fc = nn.Linear(horizontal * window + vertical * width, width)
        self.history = nn.Linear(width, width)

    def forward(self, input: Tensor, mask: Tensor) -> Tensor:
        """Give h at every place."""
        before = F.pad(input, (0, 0, self.window - 1, 0))
        turned, found = before.mT, []
        for height, filters in enumerate(self.horizontal, start=1):
            answers = F.relu(filters(turned))
            found.append(F.max_pool1d(answers, self.window - height + 1, 1))
        across = self.vertical(before.unfold(1, self.window, 1)).flatten(2)  # (B, T, C * vertical)
        z = F.relu(self.fc(self.dropout(torch.cat((torch.cat(found, 1).mT, across), 2))))
        places = torch.arange(1, input.shape[1] + 1, device=input.device, dtype=input.dtype)
        mean = input.cumsum(1) / places[:, None]
        return torch.cat((z, self.history(mean)), 2)


def caser(
    form: Form,
    n_outputs: int,
    *,
    width: int = 64,
    window: int = 5,
    horizontal: int = 16,
    vertical: int = 4,
    outputs: str = "own",
    neighbours: int = 0,
    dropout: float = 0.4,
) -> ItemNet:
    r"""Build filters over the last items, as a picture and as rows -> dense layer -> a score for every item.

    `CaserBody` has the equations. All places of a history are learnt from at once.

    Shape: items (B, T), mask (B, T) -> (B, n_outputs), `models.item_net.ItemNet`.

    Parameters
    ----------
    form, n_outputs : rows of items, and how many items there are.
    width : values of an embedding.
    window : L, the last items that filters see.
    horizontal : filters of each height.
    vertical : filters over the window, value by value.
    outputs : "own", the last layer has its own weights, as in the paper; "tied", they are the items' embeddings.
    neighbours : 0, or for how many items that followed each one the sequential neighbours' scores are a feature of the
        last layer, `layers.neighbour_scores`.
    dropout : rate, of embeddings (half of it) and before the dense layer.

    Source: Tang and Wang 2018. Deviations: softmax over all items not seen yet in place of sampled binary losses, one
    item ahead; the user's vector is a mean over the history.

    >>> from foveal.core.forms import Part
    >>> net = caser((Part("items", (None,), "int64", values=11), Part("mask", (None,), "bool")), 10, width=8)
    >>> net(torch.tensor([[3, 1, 0]]), torch.tensor([[True, True, False]])).shape
    torch.Size([1, 10])
    """
    body = CaserBody(width, window, horizontal, vertical, dropout)
    tied = outputs == "tied"
    return ItemNet(n_outputs, width, body, 2 * width, tied=tied, dropout_rate=dropout / 2, neighbours=neighbours)
