r"""Two rows of a batch in one: pixels and labels both are shared.

`mix` gives the batch, the partner of each row, (N,), and the share that the row itself has kept, (N,). The loss is
then share * loss(outputs, y) + (1 - share) * loss(outputs, y[partner]), whatever the loss: `data.changes.Mixes`.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from foveal.augment.boxes import along
from foveal.augment.draws import as_before, drawn, for_rows, keep, real
from foveal.core.rules import number

_ALPHA = {"alpha": number(0, 100, low_open=True)}


def _beta(x: Tensor, rng: torch.Generator, alpha: float) -> Tensor:
    """Draw for each row from Beta(alpha, alpha), in numbers of a fixed count: nothing is drawn again.

    1/2 + 1/2 c / sqrt(r / (1 - r) + c^2), r = u^(1/alpha), c = cos 2 pi v. Source: Bailey 1994 for Student's t with
    2 alpha degrees of freedom, from which Devroye 1996 makes the symmetric beta.
    """
    root, cos = drawn(x, rng) ** (1 / alpha), (drawn(x, rng) * (2 * math.pi)).cos()
    width = (root / (1 - root).clamp(min=1e-30) + cos.square()).clamp(min=1e-30).sqrt()
    return (0.5 + 0.5 * cos / width).clamp_(0, 1)


def _partners(x: Tensor, rng: torch.Generator) -> Tensor:
    """Draw an order of the rows."""
    return drawn(x, rng).argsort()


@dataclass(frozen=True)
class mixup:
    r"""Add to each row another of its batch: x' = s x + (1 - s) x[partner], s the larger of b, 1 - b, b ~ Beta(a, a).

    Shape: (N, C, \*S) -> the same.  Source: Zhang et al. 2018.  Deviation: a share for each row, of at least 1/2, so
    that a row's own label is the one that counts in the training score; which is the partner makes no difference.

    >>> x, partner, kept = mixup().mix(torch.zeros(4, 1, 8), torch.Generator())
    >>> x.shape, partner.shape, kept.shape
    (torch.Size([4, 1, 8]), torch.Size([4]), torch.Size([4]))
    """

    alpha: float = 0.2

    def __post_init__(self) -> None:
        keep(self, _ALPHA)

    def mix(self, x: Tensor, rng: torch.Generator) -> tuple[Tensor, Tensor, Tensor]:
        """Give the batch, each row's partner, and the share it has kept."""
        kept, partner = _beta(x, rng, self.alpha), _partners(x, rng)
        kept = torch.maximum(kept, 1 - kept)
        values = real(x)
        out = torch.lerp(values.index_select(0, partner), values, for_rows(kept, values))
        return as_before(out, x), partner, kept

    def __call__(self, x: Tensor, rng: torch.Generator) -> Tensor:
        """Give the batch alone, to look at."""
        return self.mix(x, rng)[0]


@dataclass(frozen=True)
class cutmix:
    r"""Put a box of another row of the batch into each row, in its place there.

    The box has the share 1 - b of the area, b ~ Beta(a, a), the row's own shape, and its centre anywhere; what
    lies outside is cut off. The share kept is that of the pixels left.

    Shape: (N, C, \*S) -> the same.  Source: Yun et al. 2019.  Deviation: a box for each row.

    >>> x, partner, kept = cutmix().mix(torch.zeros(4, 1, 8, 8), torch.Generator())
    >>> x.shape, partner.shape, kept.shape
    (torch.Size([4, 1, 8, 8]), torch.Size([4]), torch.Size([4]))
    """

    alpha: float = 1.0

    def __post_init__(self) -> None:
        keep(self, _ALPHA)

    def mix(self, x: Tensor, rng: torch.Generator) -> tuple[Tensor, Tensor, Tensor]:
        """Give the batch, each row's partner, and the share it has kept."""
        side, partner = (1 - _beta(x, rng, self.alpha)) ** (1 / (x.ndim - 2)), _partners(x, rng)
        inside = torch.ones((len(x), *[1] * (x.ndim - 1)), dtype=torch.bool, device=x.device)
        kept = torch.ones(len(x), device=x.device)
        for axis, size in enumerate(x.shape[2:], start=2):
            length = (side * size).round()
            first = (drawn(x, rng) * size - length / 2).round()
            hit = along(x, axis, first[:, None], length[:, None])
            kept, inside = kept * hit.flatten(1).float().mean(1), inside & hit
        return torch.where(inside, x.index_select(0, partner), x), partner, 1 - kept

    def __call__(self, x: Tensor, rng: torch.Generator) -> Tensor:
        """Give the batch alone, to look at."""
        return self.mix(x, rng)[0]
