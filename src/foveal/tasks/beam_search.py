"""Beam search over a decoder that is asked one place after the other, for many sentences at once."""

from typing import Any, NamedTuple

import torch
from torch import Tensor

from foveal.data.text.vocabulary import END, FIRST, PADDING, UNKNOWN
from foveal.layers.normed_linear import weights_kept
from foveal.train.token_losses import token_losses

#: Width of the beam, and exponent of the length, where nothing is said.
BEAM, PENALTY = 5, 1.0


class Found(NamedTuple):
    """The translations of B sentences, the best first: pieces (B, N, T), 0 behind the last one, and scores (B, N)."""

    pieces: Tensor
    scores: Tensor


def searched(
    net: Any,
    source: Tensor,
    mask: Tensor,
    *,
    beam: int = BEAM,
    length_penalty: float = PENALTY,
    most: int | None = None,
) -> Found:
    r"""Find the translations of each source that a beam of some width meets first.

    A translation of T pieces, END among them, has the score sum log p / T ** length_penalty: 1 is the mean over its
    pieces, 0 their sum, which favours short ones. None is longer than `most`, or 2 S + 10 for a source of S pieces.
    In each step the best 2 `beam` ways on are looked at; those of the first `beam` that end a translation have ended,
    and a sentence is done once `beam` of them have: with a beam of 1 that is the greedy translation. Unknown pieces are
    never put.

    Source of the normalisation: Wu et al. 2016, section 7, whose lp(Y) here is T ** length_penalty.
    """
    rows, device = len(source), source.device
    longest = (2 * mask.sum(1) + 10) if most is None else torch.full((rows,), most, device=device)
    with weights_kept(net), torch.no_grad():
        return _search(net, net.encode(source, mask), longest, beam, length_penalty)


def scored(net: Any, source: Tensor, mask: Tensor, found: Found, best: int, penalty: float) -> Found:
    """Score the `best` of what was found again, all places at once, by a network of another precision."""
    pieces, kept = found.pieces[:, :best], found.scores[:, :best].isfinite()
    places, lengths = pieces.flatten(0, 1), (pieces > 0).sum(2).flatten()
    target = torch.zeros(len(places), places.shape[1] + 2, dtype=torch.long, device=places.device)
    target[:, 0], target[:, 1:-1] = END, places
    target[torch.arange(len(places), device=places.device), lengths + 1] = END
    with weights_kept(net), torch.no_grad():
        encoded = net.encode(source, mask).chosen(torch.arange(len(source), device=source.device).repeat_interleave(
            pieces.shape[1]))  # fmt: skip
        states, there = net.decoder(target[:, :-1], encoded), target[:, 1:] > 0
        losses = token_losses(states[there], net.output, target[:, 1:][there])[:, 1]
    sums = losses.new_zeros(len(places)).index_add(0, there.nonzero()[:, 0], -losses)
    scores = (sums / (lengths + 1) ** penalty).view(kept.shape).masked_fill(~kept, float("-inf"))
    scores, order = scores.sort(dim=1, descending=True, stable=True)
    return Found(_rows_of(pieces, order), scores)


class _Beams:
    """The translations that go on, and the best of those that have ended."""

    def __init__(self, rows: int, beam: int, steps: int, like: Tensor) -> None:
        self.sums = like.new_full((rows, beam), float("-inf"))
        self.sums[:, 0] = 0
        self.pieces = torch.zeros(rows, beam, steps, dtype=torch.long, device=like.device)
        self.ended = like.new_full((rows, beam), float("-inf"))
        self.ended_pieces = torch.zeros_like(self.pieces)

    def put(self, rows: Tensor, other: "_Beams", done: Tensor) -> None:
        """Keep what has ended of sentences that are done."""
        self.ended[rows], self.ended_pieces[rows] = other.ended[done], other.ended_pieces[done]

    def leave(self, going: Tensor) -> None:
        """Drop the sentences that are done."""
        self.sums, self.pieces = self.sums[going], self.pieces[going]
        self.ended, self.ended_pieces = self.ended[going], self.ended_pieces[going]


def _search(net: Any, encoded: Any, longest: Tensor, beam: int, penalty: float) -> Found:
    rows, device, steps = len(longest), longest.device, int(longest.max())
    beams, found = (_Beams(rows, beam, steps, encoded.values) for _ in range(2))
    alive, each = torch.arange(rows, device=device), torch.arange(beam, device=device)
    encoded = encoded.chosen(alive.repeat_interleave(beam))
    held, last = net.nothing_seen(rows * beam), torch.full((rows * beam,), END, device=device)
    for step in range(steps):
        states, held = net.decoder.step(last, step, held, encoded)
        logs = torch.log_softmax(net.output(states), 1)
        logs[:, (PADDING, UNKNOWN)] = float("-inf")
        over = longest[alive] == step + 1
        if over.any():
            logs[over.repeat_interleave(beam), FIRST:] = float("-inf")
        parents, last = _ahead(beams, logs, step, penalty)
        places = torch.arange(len(alive), device=device)[:, None] * beam
        going = ~over & beams.ended[:, -1].isinf()
        if not going.all():
            found.put(alive[~going], beams, ~going)
            if not going.any():
                break
            beams.leave(going)
            encoded = encoded.chosen((places[going] + each).flatten())
            places, parents, last, alive = places[going], parents[going], last[going], alive[going]
        rows_of = (places + parents).flatten()
        held, last = [seen.index_select(0, rows_of) for seen in held], last.flatten()
    return Found(found.ended_pieces, found.ended)


def _ahead(beams: _Beams, logs: Tensor, step: int, penalty: float) -> tuple[Tensor, Tensor]:
    """Take the best steps ahead: some end a translation, `beam` others go on. Gives their parents and their pieces."""
    rows, beam = beams.sums.shape
    sums, best = (beams.sums[:, :, None] + logs.view(rows, beam, -1)).flatten(1).topk(2 * beam, 1)
    parents, pieces = best // logs.shape[1], best % logs.shape[1]
    ends = pieces == END  # one of each parent at most, so that `beam` others are left
    if ends[:, :beam].any():
        _add(beams, parents[:, :beam], (sums / (step + 1) ** penalty).masked_fill(~ends, float("-inf"))[:, :beam])
    order = ends.byte().argsort(dim=1, stable=True)[:, :beam]
    beams.sums, parents, pieces = (part.gather(1, order) for part in (sums, parents, pieces))
    beams.pieces = _rows_of(beams.pieces, parents)
    beams.pieces[:, :, step] = pieces
    return parents, pieces


def _add(beams: _Beams, parents: Tensor, scores: Tensor) -> None:
    """Put translations that end here among the best ended ones."""
    every = torch.cat((beams.ended_pieces, _rows_of(beams.pieces, parents)), 1)
    beams.ended, order = torch.cat((beams.ended, scores), 1).topk(beams.ended.shape[1], 1)
    beams.ended_pieces = _rows_of(every, order)


def _rows_of(pieces: Tensor, order: Tensor) -> Tensor:
    return pieces.gather(1, order[:, :, None].expand(-1, -1, pieces.shape[2]))
