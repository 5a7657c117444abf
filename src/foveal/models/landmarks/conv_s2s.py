r"""Convolutional sequence to sequence learning: Gehring et al. 2017.

With GLU([a; b]) = a * sigmoid(b), place by place, k taps, s = sqrt(0.5), and all dense and convolution weights
normalised (`layers.NormedLinear`):

    encoder     e_j = embedding of the j-th piece + embedding of the place j
                h_0 = A e;   h_l = (GLU(conv(h_(l-1))) + h_(l-1)) s, "same" padding
                z_j = B h_L;   v_j = (z_j + e_j) s
    decoder     g_i = embedding of the i-th piece before + embedding of the place i
                h_0 = A' g;  in each layer: r = h_(l-1);  h = GLU(conv(r)), which sees nothing behind its place
                d_i = (W h_i + b + g_i) s                                                    eq. 1
                a_ij = softmax_j(d_i . z_j);   c_i = sqrt(m) sum_j a_ij v_j                  eq. 2, section 3.4
                h_l = ((U c + b') + h) s, and (h_l + r) s is passed on
    output      p = softmax(O dropout(C h_L))                                                section 3.2

m is the number of the source's pieces. Gradients that the encoder gets are divided by the number of attentions
(section 3.4). Weights begin as in section 3.5, embeddings and the output as N(0, 0.1^2).

Deviations: the sum over attentions is scaled by sqrt(m) = m sqrt(1 / m), as in the authors' code; places beyond the
last one in the table are all that one.
"""

from typing import NamedTuple

import torch
from torch import Tensor, nn

from foveal.core.errors import ParameterError
from foveal.core.forms import Form
from foveal.layers.bits_dropout import BitsDropout
from foveal.layers.gated_steps import GatedSteps
from foveal.layers.normed_linear import NormedLinear, deviation_of
from foveal.layers.scaled_gradient import scaled_gradient

#: Factor of every sum of two values of like variance.
_HALF = 0.5**0.5
#: Places that have an embedding of their own.
PLACES = 1024


class Encoded(NamedTuple):
    """What a decoder asks about: keys (B, E, S), values (B, S, E), what hides padding (B, 1, S), sqrt(m) (B, 1, 1)."""

    keys: Tensor
    values: Tensor
    hidden: Tensor
    scale: Tensor

    def chosen(self, rows: Tensor) -> "Encoded":
        """Give some of the rows, in that order."""
        return Encoded(*(part.index_select(0, rows) for part in self))


class Embedded(nn.Module):
    """Embed pieces and their places: (B, T) -> (B, T, E)."""

    def __init__(self, values: int, width: int, rate: float, rng: torch.Generator | None = None) -> None:
        super().__init__()
        self.pieces = nn.Embedding(values, width, padding_idx=0)
        self.places = nn.Embedding(PLACES, width)
        for table in (self.pieces, self.places):
            nn.init.normal_(table.weight, 0, 0.1, generator=rng)
        self.dropout = BitsDropout(rate)

    def forward(self, pieces: Tensor, first: int = 0) -> Tensor:
        """Embed pieces, the first of which stands at a place."""
        places = torch.arange(first, first + pieces.shape[1], device=pieces.device).clamp_(max=PLACES - 1)
        out: Tensor = self.dropout(self.pieces(pieces) + self.places(places))
        return out


class Encoder(nn.Module):
    """Source pieces to keys and values."""

    def __init__(self, values: int, layers: int, width: int, kernel: int, rate: float) -> None:
        super().__init__()
        self.embedded = Embedded(values, width, rate)
        self.first = NormedLinear(width, width, deviation=deviation_of(width, rate=rate))
        self.layers = nn.ModuleList(GatedSteps(width, kernel, rate, causal=False) for _ in range(layers))
        self.last = NormedLinear(width, width, deviation=deviation_of(width))

    def forward(self, source: Tensor, mask: Tensor, attentions: int) -> Encoded:
        """Encode rows; what their mask leaves out changes nothing."""
        embedded = self.embedded(source)
        there = mask[..., None].to(embedded.dtype)
        x = self.first(embedded)
        for layer in self.layers:
            x = (layer(x * there) + x) * _HALF
        keys = scaled_gradient(self.last(x), 1 / (2 * attentions))
        values = (keys + embedded) * _HALF
        hidden = torch.zeros_like(there[..., 0]).masked_fill_(~mask, float("-inf"))[:, None]
        return Encoded(keys.transpose(1, 2), values, hidden, there.sum(1, keepdim=True).sqrt())


class Attention(nn.Module):
    """Ask the source what a decoder's layer needs of it."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.ask = NormedLinear(width, width, deviation=deviation_of(width))
        self.answer = NormedLinear(width, width, deviation=deviation_of(width))

    def forward(self, x: Tensor, embedded: Tensor, encoded: Encoded) -> Tensor:
        """Give x with what was found, (B, T, E)."""
        asked = (self.ask(x) + embedded) * _HALF
        weights = torch.softmax(torch.bmm(asked, encoded.keys) + encoded.hidden, 2)
        found = torch.bmm(weights, encoded.values) * encoded.scale
        out: Tensor = (self.answer(found) + x) * _HALF
        return out


class Decoder(nn.Module):
    """The pieces before, and the source, to what the next piece is computed from."""

    def __init__(self, values: int, layers: int, width: int, kernel: int, rate: float) -> None:
        super().__init__()
        self.embedded = Embedded(values, width, rate)
        self.first = NormedLinear(width, width, deviation=deviation_of(width, rate=rate))
        self.layers = nn.ModuleList(GatedSteps(width, kernel, rate, causal=True) for _ in range(layers))
        self.attentions = nn.ModuleList(Attention(width) for _ in range(layers))
        self.last = NormedLinear(width, width, deviation=deviation_of(width))
        self.dropout = BitsDropout(rate)

    def forward(self, target: Tensor, encoded: Encoded) -> Tensor:
        """Give (B, T, E) for all places at once."""
        embedded = self.embedded(target)
        x = self.first(embedded)
        for layer, attention in zip(self.layers, self.attentions, strict=True):
            x = (attention(layer(x), embedded, encoded) + x) * _HALF
        out: Tensor = self.dropout(self.last(x))
        return out

    def step(self, pieces: Tensor, place: int, held: list[Tensor], encoded: Encoded) -> tuple[Tensor, list[Tensor]]:
        """Give (B, E) for the one place behind those that `held` has seen, and what to hold for the next."""
        embedded = self.embedded(pieces[:, None], place)
        x, after = self.first(embedded), []
        for layer, attention, seen in zip(self.layers, self.attentions, held, strict=True):
            out, seen = layer.step(x, seen)  # type: ignore[operator]
            after.append(seen)
            x = (attention(out, embedded, encoded) + x) * _HALF
        return self.dropout(self.last(x))[:, 0], after


class ConvS2S(nn.Module):
    """Translate: (B, S), (B, S), (B, T + 1), (B, T + 1) -> logits (B, T, V) of the target's pieces 1 to T.

    `source` ends in END, `target` begins and ends in it; the masks say which places are there.

    >>> import torch
    >>> net = ConvS2S(9, 7, layers=1, width=4)
    >>> source, target = torch.tensor([[5, 2]]), torch.tensor([[2, 4, 3, 2]])
    >>> net(source, source > 0, target, target > 0).shape
    torch.Size([1, 3, 7])
    """

    def __init__(
        self, source: int, target: int, *, layers: int = 3, width: int = 128, kernel: int = 3, dropout: float = 0.2
    ) -> None:
        super().__init__()
        self.encoder = Encoder(source, layers, width, kernel, dropout)
        self.decoder = Decoder(target, layers, width, kernel, dropout)
        self.output = NormedLinear(width, target, deviation=deviation_of(width, rate=dropout))

    def forward(self, source: Tensor, source_mask: Tensor, target: Tensor, target_mask: Tensor) -> Tensor:
        """Give the logits of each next piece."""
        out: Tensor = self.output(self.states(source, source_mask, target))
        return out

    def states(self, source: Tensor, source_mask: Tensor, target: Tensor) -> Tensor:
        """Give what the logits are computed from, (B, T, E)."""
        out: Tensor = self.decoder(target[:, :-1], self.encode(source, source_mask))
        return out

    def encode(self, source: Tensor, mask: Tensor) -> Encoded:
        """Encode the source, once for all steps."""
        out: Encoded = self.encoder(source, mask, len(self.decoder.attentions))
        return out

    def nothing_seen(self, rows: int) -> list[Tensor]:
        """Give what each layer of the decoder holds before its first step."""
        return [layer.nothing_seen(rows) for layer in self.decoder.layers]  # type: ignore[operator]


def conv_s2s(
    form: Form, outputs: int, *, layers: int = 3, width: int = 128, kernel: int = 3, dropout: float = 0.2
) -> ConvS2S:
    """Make the network for rows of a form: source, its mask, target, its mask.

    It has as many outputs as the target has pieces, whatever `outputs` says.
    """
    if [part.name for part in form] != ["source", "source_mask", "target", "target_mask"]:
        names = ", ".join(part.name for part in form)
        raise ParameterError(f"net='conv_s2s' takes pairs of texts, and these rows have {names}; use Translator")
    sizes = [part.values or 1 for part in (form[0], form[2])]
    return ConvS2S(*sizes, layers=layers, width=width, kernel=kernel, dropout=dropout)
