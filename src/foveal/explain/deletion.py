"""How fast the answer goes where places are covered in the order of a map: what a map is worth."""

from typing import Any

import torch
from torch import Tensor, nn

from foveal.core.errors import ShapeError
from foveal.explain.opened import baseline_of, outputs_of, parts_of
from foveal.explain.running import undisturbed
from foveal.explain.targets import Target, weights_of


def deletion_curve(
    net: nn.Module, x: Any, map: Tensor, target: Target = None, *, steps: int = 20, baseline: Any = None
) -> tuple[Tensor, Tensor]:
    r"""Cover the places of rows from the map's largest value down, and give what becomes of the answer.

    Returns the share of places that are covered, (steps + 1,), from 0 to 1, and the answer, (N, steps + 1): the
    probability of the target's class (softmax over the outputs), or the score where there is one output or places are
    answered. A map that has found what the answer rests on lets it fall at once; the mean of the curve is small. Hold
    it against that of a random order.

    Shape: x (N, C, \*S) and map (N, \*S), or tokens (N, T) and map (N, T). Source: Petsiuk et al. 2018, section 4.1.
    Deviation: the mean of the training covers, of tokens the padding.

    >>> net = nn.Sequential(nn.Flatten(), nn.Linear(4, 2))
    >>> x = torch.rand(3, 1, 2, 2)
    >>> shares, answers = deletion_curve(net, x, torch.rand(3, 2, 2), steps=4)
    >>> shares.tolist(), answers.shape
    ([0.0, 0.25, 0.5, 0.75, 1.0], torch.Size([3, 5]))
    """
    with undisturbed(net), torch.no_grad():
        parts = parts_of(net, x)
        first, tokens = parts[0], not parts[0].is_floating_point()
        sizes = first.shape[1:] if tokens else first.shape[2:]
        if tuple(map.shape) != (len(first), *sizes):
            raise ShapeError(
                f"map must have a value for each place of the rows, {(len(first), *sizes)}, got {tuple(map.shape)}"
            )
        if tokens:
            covering = torch.full_like(first, 0 if baseline is None else int(baseline))
        else:
            given = baseline_of(net, first) if baseline is None else torch.as_tensor(baseline).to(first)
            covering = given.expand(first.shape)
        outputs = outputs_of(net, parts)
        weights = weights_of(outputs, target)
        order = map.to(first.device).flatten(1).argsort(dim=1, descending=True, stable=True)
        ranks = order.argsort(dim=1).view(len(first), *sizes)
        shares = torch.linspace(0, 1, steps + 1)
        answers = []
        for share in shares.tolist():
            covered = ranks < round(share * ranks[0].numel())
            covered = covered if tokens else covered[:, None]
            answers.append(_answer(outputs_of(net, (torch.where(covered, covering, first), *parts[1:])), weights))
        return shares, torch.stack(answers, 1)


def _answer(outputs: Tensor, weights: Tensor) -> Tensor:
    if outputs.ndim == 2 and outputs.shape[1] > 1:
        outputs = outputs.softmax(1)
    return (weights * outputs).flatten(1).sum(1)
