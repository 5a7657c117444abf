"""The loss of many places over a large vocabulary, without keeping the logits of all of them."""

from functools import partial
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

#: Logits of a block: 16 million take 64 MB, and twice that while they are changed.
BLOCK = 2**24


def token_losses(states: Tensor, output: nn.Module, targets: Tensor, smoothing: float = 0.0) -> Tensor:
    r"""Give loss, -log p(target) and whether the target is likeliest, (n, 3), of states (n, E) and targets (n,).

    With z = W x + b of `output` and q = (1 - s) onehot(y) + s / V: loss = -sum_k q_k log softmax(z)_k.

    The gradient softmax(z) - q is made in place of the logits, in blocks of `BLOCK` of them. The first entry alone has
    a gradient. Source: Szegedy et al. 2016, section 7; Gehring et al. 2017, section 4.2, without smoothing.

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
        logits = torch.addmm(bias, states, weight.t())
        logs = torch.log_softmax(logits, 1, dtype=torch.promote_types(logits.dtype, torch.float32))
        own = logs.gather(1, targets[:, None])[:, 0]
        likeliest = own >= logs.amax(1) if len(logs) else own > 0
        losses = -own if not smoothing else -(1 - smoothing) * own - smoothing * logs.mean(1)
        if any(ctx.needs_input_grad):
            ahead = logs.exp_()
            if smoothing:
                ahead.sub_(smoothing / logs.shape[1])
            ahead[torch.arange(len(targets), device=targets.device), targets] -= 1 - smoothing
            ctx.save_for_backward(states, weight, ahead.to(states.dtype))
        return torch.stack((losses, -own, likeliest.to(losses.dtype)), 1)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        states, weight, ahead = ctx.saved_tensors
        scale = gradients[0][:, :1].to(states.dtype)
        scaled = states * scale
        return (ahead @ weight) * scale, ahead.t() @ scaled, (ahead.t() @ scale)[:, 0], None, None
