"""The loss of many places over a large vocabulary, without keeping the logits of all of them."""

from functools import partial
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

#: Logits of a block: 16 million take 64 MB, and as much again for their softmax.
BLOCK = 2**24


def token_losses(states: Tensor, output: nn.Module, targets: Tensor, smoothing: float = 0.0) -> Tensor:
    r"""Give loss, -log p(target) and whether the target is likeliest, (n, 3), of states (n, E) and targets (n,).

    With z = W x + b of `output` and q = (1 - s) onehot(y) + s / V: loss = -sum_k q_k log softmax(z)_k.

    The softmax is kept for the gradient softmax(z) - q, and no other value for each of the V pieces: the mean of z over
    them is that of W and b, and so is its gradient. It is computed in blocks of `BLOCK` logits. The first entry alone
    has a gradient. Source: Szegedy et al. 2016, section 7.

    >>> layer, x, y = nn.Linear(4, 5), torch.randn(3, 4), torch.tensor([0, 4, 2])
    >>> torch.allclose(token_losses(x, layer, y)[:, 0], nn.functional.cross_entropy(layer(x), y, reduction="none"))
    True
    """
    weight: Any = output.weight
    compute: Any = _TokenLosses.apply
    rows = max(1, BLOCK // len(weight))
    if len(states) > rows and torch.is_grad_enabled():
        compute = partial(checkpoint, compute, use_reentrant=False, preserve_rng_state=False)  # again for the gradient
    parts = [torch.split(part, rows) for part in (states, targets)]
    found = [compute(x, weight, output.bias, y, smoothing) for x, y in zip(*parts, strict=True)]
    return found[0] if len(found) == 1 else torch.cat(found)


class _TokenLosses(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, states: Tensor, weight: Tensor, bias: Tensor, targets: Tensor, smoothing: float) -> Tensor:
        logits = torch.addmm(bias, states, weight.t()) if len(states) else states.new_zeros(0, len(weight))
        own = logits.gather(1, targets[:, None])[:, 0]
        shares = torch.softmax(logits, 1)
        # A seventh of the time of `max`, which looks for places, too. The largest share, 1 / V at least, is that of the
        # largest logit.
        largest = logits.amax(1)
        total = largest - shares.amax(1).log()  # log of the sum of exp z
        surprise, losses = total - own, total - own
        if smoothing:
            middle = states @ weight.mean(0) + bias.mean()
            losses = surprise + smoothing * (own - middle)
        ctx.smoothing = smoothing
        if any(ctx.needs_input_grad):
            shares[torch.arange(len(targets), device=targets.device), targets] -= 1 - smoothing
            ctx.save_for_backward(states, weight, shares)
        return torch.stack((losses, surprise, (own >= largest).to(losses.dtype)), 1)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        states, weight, ahead = ctx.saved_tensors
        scale = gradients[0][:, :1].to(states.dtype)
        scaled = states * scale
        of_states, of_weight, of_bias = ahead @ weight, ahead.t() @ scaled, (ahead.t() @ scale)[:, 0]
        if ctx.smoothing:
            of_states -= ctx.smoothing * weight.mean(0)
            of_weight -= ctx.smoothing / len(weight) * scaled.sum(0)
            of_bias -= ctx.smoothing / len(weight) * scale.sum()
        return of_states * scale, of_weight, of_bias, None, None
