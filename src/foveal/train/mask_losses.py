r"""Losses of rows that have a class at each place: (outputs, targets) -> one loss for each row.

Outputs z are (N, K, \*S). Targets are class numbers, (N, \*S) of uint8 with IGNORED where no class is known, or shares
of the classes, (N, K, \*S) of floating-point numbers, which are 0 for all classes where nothing is known. In the
formulas p = softmax(z) over the classes, y is the class of a place, V the places of a row that are known, and w_k the
weight of class k, 1 for all where none are asked for. A row that nothing is known of has the loss 0.
"""

from collections.abc import Callable, Sequence
from functools import partial

import torch
import torch.nn.functional as F
from torch import Tensor

from foveal.train.losses import RowLoss

#: The class number of places that do not count.
IGNORED = 255
#: The exponent of the focal loss; Lin et al. 2017 found 2 best.
FOCUS = 2.0
#: What is added above and below in Dice, so that a class that is nowhere, and is found nowhere, has no loss.
SMOOTH = 1.0


def known_places(targets: Tensor) -> Tensor:
    r"""Tell which places count: (N, \*S)."""
    return targets.sum(1) > 0.5 if targets.is_floating_point() else targets != IGNORED


def cross_entropy(z: Tensor, targets: Tensor, weights: Tensor | None = None, smoothing: float = 0.0) -> Tensor:
    """1/|V| sum over V of -w_y log p_y; label smoothing as for one class a row."""
    return _mean(_entropies(z, targets, weights, smoothing), targets)


def focal(z: Tensor, targets: Tensor, weights: Tensor | None = None, smoothing: float = 0.0) -> Tensor:
    """1/|V| sum over V of -w_y (1 - p_y)^2 log p_y: places that are found easily count less; Lin et al. 2017, eq. 5."""
    entropy = _entropies(z, targets, None, smoothing)
    right = _entropies(z, targets, None, 0.0).neg().exp() if smoothing else entropy.neg().exp()
    lost = (1 - right) ** FOCUS * entropy
    return _mean(lost if weights is None else lost * _at_each_place(weights, targets), targets)


def dice(z: Tensor, targets: Tensor, weights: Tensor | None = None, smoothing: float = 0.0) -> Tensor:
    """1 - sum_k w_k D_k / sum_k w_k, D_k = (2 sum_V p_k g_k + 1) / (sum_V p_k + sum_V g_k + 1), g_k 1 where y = k.

    Source: Milletari et al. 2016, section 3; deviations: sums of p and g, not of their squares, below the line, as
    Sudre et al. 2017 have them, and the 1 above and below.
    """
    known = known_places(targets)[:, None]
    p = z.softmax(dim=1) * known
    g = targets.to(z.dtype) if targets.is_floating_point() else _one_hot(targets, z, known)
    both, of_p, of_g = ((part.flatten(2).sum(2)) for part in (p * g, p, g))
    lost = 1 - (2 * both + SMOOTH) / (of_p + of_g + SMOOTH)  # (N, K)
    lost = lost.mean(1) if weights is None else (lost * weights).sum(1) / weights.sum()
    return lost * known.flatten(1).any(1)


def _one_hot(targets: Tensor, z: Tensor, known: Tensor) -> Tensor:
    places = targets.long().clamp(max=z.shape[1] - 1)[:, None]
    return torch.zeros_like(z).scatter_(1, places, known.to(z.dtype))


def _entropies(z: Tensor, targets: Tensor, weights: Tensor | None, smoothing: float) -> Tensor:
    r"""Give the cross-entropy of each place, (N, \*S), 0 where it does not count."""
    how = {"weight": weights, "reduction": "none", "label_smoothing": smoothing}
    if targets.is_floating_point():
        return F.cross_entropy(z, targets.to(z.dtype), **how) * known_places(targets)  # type: ignore[arg-type]
    return F.cross_entropy(z, targets.long(), ignore_index=IGNORED, **how)  # type: ignore[arg-type]


def _at_each_place(weights: Tensor, targets: Tensor) -> Tensor:
    if targets.is_floating_point():
        return (targets.to(weights.dtype).movedim(1, -1) * weights).sum(-1)
    return weights[targets.long().clamp(max=len(weights) - 1)]


def _mean(lost: Tensor, targets: Tensor) -> Tensor:
    """Give the mean over the places that count."""
    count = known_places(targets).flatten(1).sum(1).clamp(min=1)
    return lost.flatten(1).sum(1) / count


#: The parts that a loss's name is the sum of.
PARTS: dict[str, Callable[..., Tensor]] = {"cross_entropy": cross_entropy, "dice": dice, "focal": focal}


def mask_loss(name: str, weights: Tensor | None = None, smoothing: float = 0.0) -> RowLoss:
    """Pick a loss, or a sum of them, by name: "cross_entropy+dice".

    >>> z, y = torch.zeros(1, 2, 4), torch.tensor([[0, 0, 1, IGNORED]], dtype=torch.uint8)
    >>> mask_loss("cross_entropy")(z, y), mask_loss("dice")(z, y)
    (tensor([0.6931]), tensor([0.3810]))
    """
    parts = [PARTS[part] for part in name.split("+")]
    return partial(_sum, parts, None if weights is None else _Beside(weights), smoothing)


class _Beside:
    """Weights beside the outputs, copied to a device once: what a CUDA graph records may not copy from the CPU."""

    def __init__(self, weights: Tensor) -> None:
        self.copies = {weights.device: weights}

    def __call__(self, z: Tensor) -> Tensor:
        """Give them on the device of the outputs."""
        if z.device not in self.copies:
            self.copies[z.device] = next(iter(self.copies.values())).to(z.device)
        return self.copies[z.device]


def _sum(
    parts: Sequence[Callable[..., Tensor]], weights: _Beside | None, smoothing: float, z: Tensor, targets: Tensor
) -> Tensor:
    beside = None if weights is None else weights(z)
    lost = [part(z, targets, beside, smoothing) for part in parts]
    return lost[0] if len(lost) == 1 else torch.stack(lost).sum(0)
