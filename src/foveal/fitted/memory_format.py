"""The order in memory of filters and rows: channels-last, wherever the network computes the same in it."""

from typing import Any

import torch
from torch import Tensor, nn

from foveal.core.copies import deep_copy, real_weight
from foveal.core.forms import Form, is_array
from foveal.core.randomness import borrowed_generator
from foveal.fitted.blame import RAISED

FORMATS = {2: torch.channels_last, 3: torch.channels_last_3d}
#: Input channels, fewer than the floats of a vector, with which oneDNN's filter gradients of strided 1x1 convolutions
#: write past the end of their memory where rows lie channels-last: heaps are ruined or gradients wrong, with AVX2 below
#: 8 channels, with AVX-512 below 16. Source: oneDNN's issue 6035; it is in PyTorch 2.13.
NARROW = 16


def order_channels_last(net: nn.Module, n_axes: int) -> None:
    """Lay two- and three-axis filters out channels-last, as the rows lie in the store.

    Convolutions that PyTorch cannot train in that order on a CPU keep the ordinary one, and are given it.
    """
    if n_axes not in FORMATS:
        return
    for weight in net.parameters():
        if weight.ndim - 2 in FORMATS:  # a network on the frames of clips has filters of fewer axes
            weight.data = weight.detach().contiguous(memory_format=FORMATS[weight.ndim - 2])
    narrow: list[Any] = [module for module in net.modules() if _is_narrow(module)]
    for conv in narrow:
        conv.weight.data = conv.weight.detach().contiguous()
        if _in_ordinary_order not in conv._forward_pre_hooks.values():
            conv.register_forward_pre_hook(_in_ordinary_order)


def order_by_trial(body: nn.Module, form: Form) -> None:
    """Lay a user's filters out channels-last if two rows then give what they gave before, and gradients.

    Else, and people do write `x.view(len(x), -1)`, which wants channels first, the filters keep their order, and a hook
    hands every batch over in PyTorch's ordinary one. Channels-last is 1.4 times as fast on the CPU. Rows of several
    parts, or of varying length, are handed over so without a trial.
    """
    if not is_array(form):
        body.register_forward_pre_hook(_in_ordinary_order)
        return
    input_shape = form[0].sizes
    weights, was_training = list(body.parameters()), body.training
    own = [w.data for w in weights]
    like = real_weight(body)
    rows = torch.linspace(-1, 1, 2 * torch.Size(input_shape).numel(), dtype=like.dtype, device=like.device)
    rows = rows.view(2, *input_shape[1:], input_shape[0]).movedim(-1, 1)  # as the store gives them
    body.eval()
    before = _tried(body, *_in_ordinary_order(body, (rows,)))
    order_channels_last(body, len(input_shape) - 1)
    if not (_agree(before, _tried(body, rows)) and _trains(body, rows)):
        for weight, data in zip(weights, own, strict=True):
            weight.data = data
        body.register_forward_pre_hook(_in_ordinary_order)
    body.train(was_training)


def _tried(body: nn.Module, rows: Tensor) -> Tensor | None:
    """Give the outputs, or None where the network refuses the rows: they are none of the user's."""
    try:
        with borrowed_generator(0, rows.device), torch.no_grad():
            out: Tensor = body(rows)
    except RAISED:
        return None
    return out


def _agree(before: Tensor | None, after: Tensor | None) -> bool:
    if before is None or after is None:
        return False
    finite = before[before.isfinite()].abs()
    near = 1e-3 * float(finite.max()) if len(finite) else 0.0
    return torch.allclose(after, before, rtol=1e-3, atol=near, equal_nan=True)


def _trains(body: nn.Module, rows: Tensor) -> bool:
    """Tell whether a step can be made: people write other branches for training. A copy, so that nothing moves."""
    tried = deep_copy(body).train()
    try:
        with borrowed_generator(0, rows.device):
            out = tried(rows)
        if isinstance(out, Tensor) and out.requires_grad:
            torch.autograd.grad(out.sum(), [w for w in tried.parameters() if w.requires_grad], allow_unused=True)
    except RAISED:
        return False
    return True


def _is_narrow(module: Any) -> bool:
    """Tell whether a module is a convolution of the kind that `NARROW` is about."""
    small = isinstance(module, nn.Conv2d) and module.kernel_size == (1, 1) and module.in_channels < NARROW
    return small and max(module.stride) > 1 and module.weight.device.type == "cpu"


def _in_ordinary_order(module: nn.Module, inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    return tuple(x.flatten().view(x.shape) for x in inputs)  # contiguous() keeps the strides of a lone channel
