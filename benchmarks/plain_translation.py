"""Convolutional sequence to sequence in plain PyTorch, as tutorials write it, for the peer of C13.

The same layers with the same weights as `conv_s2s`: convolutions over (B, C, T), weights normalised by PyTorch's own
parametrization, logits of all places at once, cross-entropy that ignores padding, a translation that computes all of
its places anew for each piece.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils.parametrizations import weight_norm

HALF = 0.5**0.5


class Plain(nn.Module):
    """Encoder, decoder and output."""

    def __init__(self, source: int, target: int, layers: int, width: int, kernel: int, rate: float) -> None:
        super().__init__()
        self.kernel = kernel
        self.dropout = nn.Dropout(rate)
        self.pieces = nn.ModuleList((nn.Embedding(source, width), nn.Embedding(target, width)))
        self.places = nn.ModuleList(nn.Embedding(1024, width) for _ in range(2))
        self.first = nn.ModuleList(weight_norm(nn.Linear(width, width)) for _ in range(2))
        self.last = nn.ModuleList(weight_norm(nn.Linear(width, width)) for _ in range(2))
        self.encoder = nn.ModuleList(
            weight_norm(nn.Conv1d(width, 2 * width, kernel, padding=(kernel - 1) // 2)) for _ in range(layers)
        )
        self.decoder = nn.ModuleList(weight_norm(nn.Conv1d(width, 2 * width, kernel)) for _ in range(layers))
        self.ask = nn.ModuleList(weight_norm(nn.Linear(width, width)) for _ in range(layers))
        self.answer = nn.ModuleList(weight_norm(nn.Linear(width, width)) for _ in range(layers))
        self.output = weight_norm(nn.Linear(width, target))

    def embed(self, side: int, pieces: Tensor) -> Tensor:
        """Embed pieces of the source (0) or the target (1), and their places."""
        places = torch.arange(pieces.shape[1]).expand_as(pieces)
        return self.dropout(self.pieces[side](pieces) + self.places[side](places))

    def forward(self, source: Tensor, target: Tensor) -> Tensor:
        """Give logits (B, T, V) of the pieces that follow those of `target`."""
        mask = (source != 0).unsqueeze(2)
        embedded = self.embed(0, source)
        x = self.first[0](embedded).permute(0, 2, 1)
        for conv in self.encoder:
            x = x.masked_fill(~mask.permute(0, 2, 1), 0)
            x = (functional.glu(conv(self.dropout(x)), dim=1) + x) * HALF
        keys = self.last[0](x.permute(0, 2, 1))
        values = (keys + embedded) * HALF
        scale = mask.sum(1, keepdim=True).float().sqrt()
        own = self.embed(1, target)
        x = self.first[1](own).permute(0, 2, 1)
        for conv, ask, answer in zip(self.decoder, self.ask, self.answer, strict=True):
            padded = functional.pad(self.dropout(x), (self.kernel - 1, 0))
            h = functional.glu(conv(padded), dim=1).permute(0, 2, 1)
            asked = (ask(h) + own) * HALF
            energy = torch.matmul(asked, keys.permute(0, 2, 1)).masked_fill(~mask.permute(0, 2, 1), float("-inf"))
            found = torch.matmul(functional.softmax(energy, dim=2), values) * scale
            h = (answer(found) + h) * HALF
            x = (h.permute(0, 2, 1) + x) * HALF
        return self.output(self.dropout(self.last[1](x.permute(0, 2, 1))))

    def greedy(self, source: Tensor, steps: int, end: int = 2) -> Tensor:
        """Translate, all places computed anew for each piece."""
        target = torch.full((len(source), 1), end)
        with torch.no_grad():
            for _ in range(steps):
                logits = self(source, target)[:, -1]
                logits[:, :3] = float("-inf")  # of fixed length, for the measurement
                target = torch.cat((target, logits.argmax(1, keepdim=True)), 1)
        return target[:, 1:]


def plain_of(net: nn.Module, rate: float) -> Plain:
    """Make the plain network with the weights of a `conv_s2s`."""
    sides = net.encoder, net.decoder
    source, target = (side.embedded.pieces.num_embeddings for side in sides)
    width, kernel = sides[0].embedded.pieces.embedding_dim, sides[0].layers[0].kernel
    plain = Plain(source, target, len(sides[0].layers), width, kernel, rate)

    def dense(to: nn.Module, layer: nn.Module) -> None:
        g, v = layer.weight_g, layer.weight_v
        if isinstance(to, nn.Conv1d):  # taps of a place stand behind one another there
            g, v = g[:, :, None], v.view(len(v), kernel, width).permute(0, 2, 1)
        to.parametrizations.weight.original0.copy_(g)
        to.parametrizations.weight.original1.copy_(v)
        to.bias.copy_(layer.bias)

    with torch.no_grad():
        for number, side in enumerate(sides):
            plain.pieces[number].weight.copy_(side.embedded.pieces.weight)
            plain.places[number].weight.copy_(side.embedded.places.weight)
            dense(plain.first[number], side.first)
            dense(plain.last[number], side.last)
            for to, layer in zip((plain.encoder, plain.decoder)[number], side.layers, strict=True):
                dense(to, layer.taps)
        for ask, answer, attention in zip(plain.ask, plain.answer, net.decoder.attentions, strict=True):
            dense(ask, attention.ask)
            dense(answer, attention.answer)
        dense(plain.output, net.output)
    return plain
