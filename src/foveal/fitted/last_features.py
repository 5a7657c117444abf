"""The last features of a network: what its last dense layer takes."""

from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor, nn

from foveal.core.copies import real_weight
from foveal.core.forms import Form
from foveal.core.randomness import borrowed_generator
from foveal.core.zero_rows import zero_rows
from foveal.data.source import Source
from foveal.fitted.model import Fitted
from foveal.fitted.row_blocks import row_blocks


def last_layer(net: nn.Module, form: Form) -> nn.Linear | None:
    """Give the dense layer that makes a network's outputs; None where another module does.

    >>> from foveal.core.forms import Part
    >>> net = nn.Sequential(nn.Flatten(), nn.Linear(4, 3), nn.ReLU(), nn.Linear(3, 2))
    >>> last_layer(net, (Part("x", (1, 2, 2), "float32"),))
    Linear(in_features=3, out_features=2, bias=True)
    """
    called: list[tuple[nn.Linear, Tensor]] = []

    def note(layer: nn.Module, _: object, out: Tensor) -> None:
        if isinstance(layer, nn.Linear):
            called.append((layer, out))

    like = real_weight(net)
    dense = [module for module in net.modules() if isinstance(module, nn.Linear)]
    hooks = [module.register_forward_hook(note) for module in dense]
    try:
        with torch.no_grad(), borrowed_generator(0, like.device):
            out = net(*zero_rows(net, form, 2))
    finally:
        for hook in hooks:
            hook.remove()
    if not called or (called[-1][1] is not out and not torch.equal(called[-1][1], out)):
        return None
    layer, made = called[-1]
    return layer if made.ndim == 2 and sum(one is layer for one, _ in called) == 1 else None


def features_of(fitted: Fitted, source: Source) -> Iterator[np.ndarray]:
    """Yield the last features of rows, (n, features) float32, some rows at a time; where there are none the outputs."""
    net = fitted.net.eval()
    layer = last_layer(net, fitted.form)
    kept: list[Tensor] = []
    hook = None if layer is None else layer.register_forward_pre_hook(lambda _, given: kept.append(given[0]))
    try:
        for parts in row_blocks(fitted, source):
            with torch.no_grad():
                out = net(*parts)
            yield (kept.pop() if layer is not None else out).float().cpu().numpy()
    finally:
        if hook is not None:
            hook.remove()
