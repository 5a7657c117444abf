"""A linear part on hashed n-grams: which runs of pieces are in a text, each with a weight for each output."""

import torch
from torch import Tensor, nn

#: Odd constants that tell the places of an n-gram apart; the first is that of Fibonacci hashing.
_FACTORS = (0x9E3779B97F4A7C15 - 2**64, 0xC2B2AE3D27D4EB4F - 2**64, 0x165667B19E3779F9, 0x27D4EB2F165667C5)


class HashedNgrams(nn.Module):
    r"""Add up weights of a text's n-grams: y_o = gain / sqrt(n) sum over its n-grams g of w_(hash(g), o).

    An n-gram is a run of 1 to `most` tokens; its hash is one of `buckets`, so that no table of n-grams is needed, and
    n-grams of the same hash share a weight. n is the number of n-grams, those that come twice counted twice. An n-gram
    is in few texts, so that its weight has few steps to be learnt in; with `gain` they are longer than those of the
    weights beside it, at the same learning rate.

    Shape: tokens (N, T) and mask (N, T) -> (N, outputs).

    Source: the linear model on bags of n-grams, hashed as in Weinberger et al. 2009, Feature hashing for large scale
    multitask learning, without their sign; the norm of a text is that of its counts if none comes twice.

    >>> wide = HashedNgrams(3, buckets=2**10)
    >>> wide(torch.tensor([[4, 5, 0]]), torch.tensor([[True, True, False]])).shape
    torch.Size([1, 3])
    """

    def __init__(self, outputs: int, *, buckets: int = 2**18, most: int = 2, gain: float = 15.0) -> None:
        super().__init__()
        self.buckets, self.most, self.gain = buckets, most, gain
        self.weight = nn.Parameter(torch.zeros(buckets, outputs))

    def forward(self, tokens: Tensor, mask: Tensor) -> Tensor:
        """Add up the weights."""
        found = nn.functional.embedding(self.hashes(tokens), self.weight)
        there = self.there(mask).to(found.dtype)
        total = torch.bmm(there[:, None], found)[:, 0]
        return self.gain * total / there.sum(1, keepdim=True).clamp(min=1).sqrt()

    def hashes(self, tokens: Tensor) -> Tensor:
        """Give the hash of each n-gram, (N, n-grams): those of one token, then those of two, and so on."""
        found, run = [], torch.zeros_like(tokens)
        for n in range(min(self.most, tokens.shape[1])):
            run = run[:, : tokens.shape[1] - n] * _FACTORS[1] + (tokens[:, n:] + n + 1) * _FACTORS[0]
            mixed = run ^ (run >> 29)
            found.append((mixed * _FACTORS[2] >> 20) % self.buckets)
        return torch.cat(found, dim=1)

    def there(self, mask: Tensor) -> Tensor:
        """Tell of each n-gram whether all of its tokens are there; they stand in front."""
        return torch.cat([mask[:, n:] for n in range(min(self.most, mask.shape[1]))], dim=1)

    def extra_repr(self) -> str:
        """Show the sizes where the module is printed."""
        return f"buckets={self.buckets}, most={self.most}, gain={self.gain:g}"
