"""A network over histories: items embedded, a body that sees what came before, a score for every item."""

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from foveal.layers.dropout import Dropout
from foveal.layers.item_losses import Places, Scorer, item_losses, logits_of, places_at_once
from foveal.layers.neighbour_scores import NeighbourScores


class ItemNet(nn.Module):
    r"""Give every item a score for being the next one in a history.

        h_t = body(e(s_1), ..., e(s_t)),    z_j = w_j . h_t + b_j + a F(t, j)

    e are embeddings, dropped out; w are weights of their own, or with `tied` the embeddings, h then projected to their
    width; F is `NeighbourScores`, a learnt, where `neighbours` is not 0. Item 0 is padding: no answer.

    Shape: items (B, T) and mask (B, T) -> (B, n): scores of items 1 to n after the last place of each row. `states`
    gives h at all places, (B, T, D), `losses` the cross-entropy at some.

    `body` is a module (x (B, T, C), mask) -> (B, T, `out`), causal, for which zeros stand behind a row.
    """

    def __init__(
        self,
        n_items: int,
        width: int,
        body: nn.Module,
        out: int,
        *,
        tied: bool = False,
        dropout_rate: float = 0.0,
        neighbours: int = 0,
    ) -> None:
        super().__init__()
        self.n_items, self.tied = n_items, tied
        self.embed = nn.Embedding(n_items + 1, width, padding_idx=0)
        self.dropout = Dropout(dropout_rate)
        self.body = body
        if tied and out != width:
            self.project = nn.Linear(out, width)
        if not tied:
            self.weight = nn.Parameter(nn.Embedding(n_items + 1, out).weight.detach() * 0.05)
        self.bias = nn.Parameter(torch.zeros(n_items + 1))
        if neighbours:
            self.neighbours = NeighbourScores(n_items, neighbours)
            self.factor = nn.Parameter(torch.ones(()))
        with torch.no_grad():
            self.embed.weight.mul_(0.1 if tied else width**-0.5)  # it begins as N(0, 1), item 0 as 0
        self.generator: torch.Generator | None = None

    @property
    def out_weight(self) -> Tensor:
        """The weights w of all items."""
        return self.embed.weight if self.tied else self.weight

    def begin_from(self, histories: Any) -> None:
        """Let items begin as likely as they are in histories, or, with neighbours, as what follows what alone has it.

        On MovieLens-100k's second-last items what follows ranks at a hit rate of 0.216, and with popularity 0.165.
        """
        counts = torch.from_numpy(histories.popularity()).to(self.bias.dtype)
        with torch.no_grad():
            if not self.contains_neighbours:
                self.bias.copy_(((counts + 1) / (counts.sum() + len(counts))).log())
            else:
                found = histories.transitions(self.neighbours.most, self.neighbours.steps)
                self.neighbours.fill(torch.from_numpy(found.items), torch.from_numpy(found.weights), counts)

    @property
    def contains_neighbours(self) -> bool:
        """Whether the sequential neighbours' scores are a feature of the last layer."""
        return "neighbours" in self._modules

    def states(self, items: Tensor, mask: Tensor) -> Tensor:
        """Give h at every place, (B, T, D)."""
        x = self.dropout(self.embed(items))
        h: Tensor = self.body(x, mask)
        return self.project(h) if "project" in self._modules else h

    def forward(self, items: Tensor, mask: Tensor) -> Tensor:
        """Give the scores of all items after the last place of each row."""
        place = mask.sum(1).clamp(min=1) - 1
        row = torch.arange(len(items), device=items.device)
        return self.scores(items, mask, row, place)

    def scores(self, items: Tensor, mask: Tensor, row: Tensor, place: Tensor) -> Tensor:
        """Give the scores of all items after some places, (N, n)."""
        h = self.states(items, mask)[row, place]
        added = self.added(items, mask, row, place)
        return logits_of(h, self._scorer(), added, slice(0, len(h)))[0][:, 1:]

    def losses(self, items: Tensor, mask: Tensor, row: Tensor, place: Tensor) -> Tensor:
        """Give the cross-entropy of the item that follows each of some places, (N,), over those not yet seen there."""
        h = self.states(items, mask)[row, place]
        targets = items[row, place + 1]
        places = Places(targets, not_yet_seen(items, row, place), self.added(items, mask, row, place))
        return item_losses(h, self._scorer(), places)

    def sampled_losses(self, items: Tensor, mask: Tensor, row: Tensor, place: Tensor, drawn: Tensor) -> Tensor:
        r"""Give the cross-entropy as `losses`, the softmax's sum estimated from some items.

            sum over j of exp z_j  ~  sum over j in Y of exp z_j + (n - |Y|) / |R| sum over j in R of exp z_j

        Y are the targets of all the places, R those of the items `drawn`, each equally likely, that are none of them.
        """
        h = self.states(items, mask)[row, place]
        targets = items[row, place + 1]
        certain = torch.unique(torch.cat((targets.new_zeros(1), targets)))
        chosen = torch.unique(torch.cat((certain, drawn)))
        where = targets.new_zeros(self.n_items + 1)
        where[chosen] = torch.arange(len(chosen), device=items.device)
        rest = len(chosen) - len(certain)
        stands_for = torch.full_like(
            self.bias[chosen], math.log(max(self.n_items + 1 - len(certain), 1) / max(rest, 1))
        )
        stands_for[where[certain]] = 0
        seen, added = not_yet_seen(items, row, place), self.added(items, mask, row, place)
        places = Places(
            where[targets],
            lambda first, stop: where[seen(first, stop)],
            None if added is None else some_columns(added, chosen, places_at_once(self.n_items)),
        )
        scorer = Scorer(self.out_weight[chosen], self.bias[chosen] + stands_for, self._scorer().factor)
        return item_losses(h, scorer, places)

    def draw(self, how_many: int) -> Tensor:
        """Draw items, with the generator that training lends: a function of (seed, epoch, step)."""
        device = self.bias.device
        return torch.randint(1, self.n_items + 1, (how_many,), generator=self.generator, device=device)

    def added(self, items: Tensor, mask: Tensor, row: Tensor, place: Tensor) -> Callable[[int, int], Tensor] | None:
        """Give what computes F for some of the places, None where there is none."""
        if not self.contains_neighbours:
            return None
        table, own = self.neighbours.table(), self.training

        def feature(first: int, stop: int) -> Tensor:
            with torch.no_grad():
                found: Tensor = self.neighbours(items, mask, row[first:stop], place[first:stop], table, own)
                return found

        return feature

    def _scorer(self) -> Scorer:
        factor = self.factor if self.contains_neighbours else self.bias.new_zeros(())
        return Scorer(self.out_weight, self.bias, factor)


def some_columns(added: Callable[[int, int], Tensor], chosen: Tensor, at_once: int) -> Callable[[int, int], Tensor]:
    """Give some columns of what is added, made of all columns for a few places at a time."""

    def feature(first: int, stop: int) -> Tensor:
        starts = range(first, stop, at_once)
        return torch.cat([added(start, min(start + at_once, stop))[:, chosen] for start in starts])

    return feature


def not_yet_seen(items: Tensor, row: Tensor, place: Tensor) -> Callable[[int, int], Tensor]:
    """Give what lists, for some of the places, the items that stand there or before in the row, and 0; 0 fills up.

    >>> items = torch.tensor([[5, 7, 9]])
    >>> not_yet_seen(items, torch.tensor([0, 0]), torch.tensor([0, 1]))(0, 2).tolist()
    [[5, 0, 0], [5, 7, 0]]
    """

    def seen(first: int, stop: int) -> Tensor:
        last = place[first:stop]
        most = int(last.max()) + 2 if len(last) else 1  # one more, so that each place lists item 0, which is none
        before = torch.arange(most, device=items.device) <= last[:, None]
        return torch.where(before, items[row[first:stop], :most], 0)

    return seen
