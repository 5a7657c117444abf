"""Cross-entropy over a whole catalogue of items, some places at a time: logits of all places never pile up."""

import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor

#: Logits that are there at a time: what a processor's cache holds. So many places at least, whatever the catalogue.
AT_ONCE, FEWEST = 2**19, 8

#: (first, stop) -> for those places: column numbers (R, K) of items that do not count, column 0 where there are fewer.
Left = Callable[[int, int], Tensor]
#: (first, stop) -> for those places: (R, V) to be added to the logits, times a factor.
Added = Callable[[int, int], Tensor]


class Scorer(NamedTuple):
    """What makes logits of states: z = W h + b + factor F."""

    weight: Tensor
    bias: Tensor
    factor: Tensor


class Places(NamedTuple):
    """Targets of some places, what does not count there, and what is added to the logits."""

    targets: Tensor
    left: Left
    added: Added | None


def item_losses(states: Tensor, scorer: Scorer, places: Places) -> Tensor:
    """Give -log softmax(z)_y of each place, z = W h + b + factor F over the items that are not left out.

    The target itself always counts. The softmax and all gradients of a block of places are computed while its logits
    are there, so that nothing of size (N, V) is kept; what the gradients are multiplied by afterwards is the same for
    all places in a mean over them, and else they are computed anew.

    Shape: states (N, D), weight (V, D), bias (V,), factor (), targets (N,) -> (N,). F is a constant.

    >>> scorer = Scorer(torch.zeros(4, 2), torch.zeros(4), torch.tensor(0.0))
    >>> places = Places(torch.tensor([2]), lambda first, stop: torch.tensor([[0]]), None)
    >>> item_losses(torch.ones(1, 2), scorer, places).exp()
    tensor([3.])
    """
    found: Tensor = _ItemLosses.apply(states, *scorer, places)  # type: ignore[no-untyped-call]
    return found


def places_at_once(n_items: int) -> int:
    """Say how many places are computed at a time.

    >>> places_at_once(1024), places_at_once(10**6)
    (512, 8)
    """
    return max(FEWEST, AT_ONCE // n_items)


class _ItemLosses(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, states: Tensor, weight: Tensor, bias: Tensor, factor: Tensor, places: Places) -> Tensor:
        ctx.places, scorer = places, Scorer(weight, bias, factor)
        if not any(ctx.needs_input_grad[:4]):
            return _pass(states, scorer, places, None, None)
        gradients = [torch.zeros_like(part) for part in (states, *scorer)]
        losses = _pass(states, scorer, places, gradients, None)
        ctx.save_for_backward(states, *scorer, *gradients)
        return losses

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> Any:
        (upstream,) = grads
        states, *scorer = ctx.saved_tensors[:4]
        gradients = ctx.saved_tensors[4:]
        if len(upstream) and bool((upstream == upstream[0]).all()):
            return (*(gradient * upstream[0] for gradient in gradients), None)
        scaled = [torch.zeros_like(part) for part in (states, *scorer)]
        _pass(states, Scorer(*scorer), ctx.places, scaled, upstream)
        return (*scaled, None)


def _pass(
    states: Tensor, scorer: Scorer, places: Places, gradients: Sequence[Tensor] | None, upstream: Tensor | None
) -> Tensor:
    """Give the losses, and add to the gradients, each place's times `upstream`."""
    losses = states.new_empty(len(states))
    at_once = places_at_once(len(scorer.weight))
    for first in range(0, len(states), at_once):
        block = slice(first, min(first + at_once, len(states)))
        h, y = states[block], places.targets[block, None]
        z, extra = logits_of(h, scorer, places.added, block)
        own = z.gather(1, y)
        z.scatter_(1, places.left(block.start, block.stop), -math.inf).scatter_(1, y, own)
        z = torch.log_softmax(z, 1)
        losses[block] = -z.gather(1, y)[:, 0]
        if gradients is None:
            continue
        z.exp_().scatter_add_(1, y, torch.full_like(own, -1))
        if upstream is not None:
            z.mul_(upstream[block, None])
        of_states, of_weight, of_bias, of_factor = gradients
        torch.mm(z, scorer.weight, out=of_states[block])
        of_weight.addmm_(z.T, h)
        of_bias.add_(z.sum(0))
        if extra is not None:
            of_factor.add_(torch.dot(z.flatten(), extra.flatten()))
    return losses


def logits_of(h: Tensor, scorer: Scorer, added: Added | None, block: slice) -> tuple[Tensor, Tensor | None]:
    """Give the logits of some places, (R, V), and what was added to them."""
    z = torch.addmm(scorer.bias, h, scorer.weight.T)
    if added is None:
        return z, None
    extra = added(block.start, block.stop)
    return z.addcmul_(extra, scorer.factor.to(z.dtype)), extra
