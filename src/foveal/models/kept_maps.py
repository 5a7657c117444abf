"""What a training step keeps in memory between its forward and its backward pass."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from foveal.core.copies import real_weight
from foveal.core.forms import Form
from foveal.core.randomness import borrowed_generator
from foveal.core.zero_rows import zero_rows


def kept_for_backward(
    net: nn.Module, form: Form | Sequence[int | None], autocast: torch.dtype | None = None
) -> tuple[int, int]:
    r"""Count the bytes of feature maps that the gradients need: for each row, and whatever the number of rows.

    One row of zeros, (1, C, \*S), and then two go through `net` in inference mode, so that nothing in it moves, while
    autograd tells what it keeps; weights and buffers do not count. Training takes more: dropout keeps its masks, and
    gradients of feature maps come and go.

    >>> kept_for_backward(nn.Sequential(nn.Linear(8, 4), nn.ReLU()), (8,))  # 8 + 4 values of 4 bytes
    (48, 0)
    """
    training = {m: m.training for m in net.modules()}
    net.eval()
    try:
        with borrowed_generator(0, real_weight(net).device):
            one, two = (_kept(net, form, rows, autocast) for rows in (1, 2))
    finally:
        for module, mode in training.items():
            module.training = mode
    return two - one, 2 * one - two


def _kept(net: nn.Module, form: Form | Sequence[int | None], rows: int, autocast: torch.dtype | None) -> int:
    weight = real_weight(net)
    own = {place for t in (*net.parameters(), *net.buffers()) for place in _storages(t)}
    kept: dict[int, Tensor] = {}  # storage -> a tensor in it, held so that no other takes its place

    def note(tensor: Tensor) -> Tensor:
        held = tensor.detach()  # an output that is given back with its graph would hold itself: neither were ever freed
        kept.update(dict.fromkeys(_storages(held), held))
        return held

    with (
        torch.autograd.graph.saved_tensors_hooks(note, lambda tensor: tensor),
        torch.autocast(weight.device.type, autocast, enabled=autocast is not None),
    ):
        net(*zero_rows(net, form, rows))
    return sum(tensor.untyped_storage().nbytes() for place, tensor in kept.items() if place not in own)


def _storages(tensor: Tensor) -> list[int]:
    """Give the place of a tensor's memory; a sparse one, of a user's, has none that could be asked for."""
    return [tensor.untyped_storage().data_ptr()] if tensor.layout == torch.strided else []
