"""What followed a user's last items in other histories, as a feature of every item."""

import torch
from torch import Tensor, nn

#: Items of a catalogue up to which a table of all pairs is made for a step; beyond, only entries that there are.
DENSE = 4096


class NeighbourScores(nn.Module):
    r"""Score items by what followed a user's last ones in the histories of others: the sequential neighbours.

        K(t, j) = sum over d = 1 .. steps of T[s_(t - d + 1), j] / d,    F(t, j) = log(1 + K(t, j) / unit)

    T[i, j] is the weight with which j followed i, `data.interactions.transitions`: for each item its `most` largest
    entries, so that the buffers `items` and `weights` are (n + 1, most), whatever the catalogue. They are filled before
    the first step and then stay.

    In training a user's own transitions are in T: with them the feature would know the answer. What (i, j) of a history
    itself has added is taken off for all places j behind t:

        K(t, s_j) -= sum over d of 1 / d * 1 / (j - (t - d + 1)) / count(s_(t - d + 1))

    for pairs that are at most `steps` apart.

    Shape: `forward(items (B, T), mask, row (N,), place (N,))` -> (N, n + 1), F at places of rows; with `own`
    the transitions of these rows are taken off.
    """

    def __init__(self, n_items: int, most: int, *, steps: int = 20, unit: float = 0.01) -> None:
        super().__init__()
        self.n_items, self.most, self.steps, self.unit = n_items, min(most, n_items), steps, unit
        self.register_buffer("items", torch.zeros(n_items + 1, self.most, dtype=torch.int32))
        self.register_buffer("weights", torch.zeros(n_items + 1, self.most))
        self.register_buffer("counts", torch.ones(n_items + 1))
        self.items: Tensor
        self.weights: Tensor
        self.counts: Tensor

    def fill(self, items: Tensor, weights: Tensor, counts: Tensor) -> None:
        """Take the transitions that were found, and how often each item stands in the histories."""
        self.items.copy_(items)
        self.weights.copy_(weights)
        self.counts.copy_(counts.clamp(min=1))

    def table(self) -> Tensor | None:
        """Give T as (n + 1, n + 1), or None where that is too large; made anew, as the buffers may have changed."""
        if self.n_items > DENSE or self.items.is_meta:  # sizes alone are looked at, and rows cannot be told apart
            return None
        table = self.weights.new_zeros(self.n_items + 1, self.n_items + 1)
        table.scatter_(1, self.items.long(), self.weights)
        table[:, 0] = 0
        return table

    def forward(
        self, items: Tensor, mask: Tensor, row: Tensor, place: Tensor, table: Tensor | None, own: bool = False
    ) -> Tensor:
        """Give F at some places of rows; `table` is what `table()` gave."""
        last, near = self._last(items, row, place)
        scores = self._sums(last, near) if table is None else self._products(items, row, place, table)
        if own:
            scores.scatter_add_(1, *self._own(items, mask, row, place, last, near))
            scores.clamp_(min=0)
        scores[:, 0] = 0
        return scores.div_(self.unit).log1p_()

    def _last(self, items: Tensor, row: Tensor, place: Tensor) -> tuple[Tensor, Tensor]:
        """Give the last items before each place, (N, steps), 0 where there are fewer, and 1 / d of each."""
        back = torch.arange(self.steps, device=items.device)
        before = place[:, None] - back
        there = before >= 0
        last = torch.where(there, items[row[:, None], before.clamp(min=0)], 0)
        return last, torch.where(there, 1.0 / (back + 1), 0.0).to(self.weights.dtype)

    def _products(self, items: Tensor, row: Tensor, place: Tensor, table: Tensor) -> Tensor:
        """Give K, (N, n + 1), as a product for each row: 1 / d of its places times what followed its items."""
        scores = table.new_empty(len(row), self.n_items + 1)
        places = torch.arange(items.shape[1], device=items.device)
        apart = places[:, None] - places + 1
        near = torch.where((apart >= 1) & (apart <= self.steps), 1.0 / apart, 0.0).to(table.dtype)
        numbers, counts = torch.unique_consecutive(row, return_counts=True)
        first = 0
        for number, count in zip(numbers.tolist(), counts.tolist(), strict=True):
            its = place[first : first + count]
            low, high = max(0, int(its.min()) - self.steps + 1), int(its.max()) + 1
            torch.mm(near[its, low:high], table[items[number, low:high]], out=scores[first : first + count])
            first += count
        return scores

    def _sums(self, last: Tensor, near: Tensor) -> Tensor:
        """Give K, (N, n + 1), entry by entry."""
        scores = near.new_zeros(len(last), self.n_items + 1)
        for step in range(last.shape[1]):
            found = last[:, step]
            scores.scatter_add_(1, self.items[found].long(), self.weights[found] * near[:, step, None])
        return scores

    def _own(
        self, items: Tensor, mask: Tensor, row: Tensor, place: Tensor, last: Tensor, near: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Give the items behind each place, (N, steps), and what they owe to the same history, negative."""
        ahead = torch.arange(1, self.steps + 1, device=items.device)
        behind = place[:, None] + ahead
        width = items.shape[1]
        there = (behind < width) & mask[row[:, None], behind.clamp(max=width - 1)]
        column = torch.where(there, items[row[:, None], behind.clamp(max=width - 1)], 0)
        apart = ahead[:, None] + torch.arange(self.steps, device=items.device)  # (ahead, back): of each pair
        weight = torch.where(apart <= self.steps, 1.0 / apart, 0.0).to(near.dtype)
        owed = (near / self.counts[last]) @ weight.T
        return column, -torch.where(there, owed, 0.0)

    def extra_repr(self) -> str:
        """Show the sizes where the module is printed."""
        return f"n_items={self.n_items}, most={self.most}, steps={self.steps}"
