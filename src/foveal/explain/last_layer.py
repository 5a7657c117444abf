r"""The last layer with places: where a network still knows where in the row something was.

The rule. Of all modules that run, in the order in which they are done, the last one

1. whose output has places, (N, C, \*S) of the rows' axes with more than one place, its channels before its places
   (for a network on frames: of the frames' axes);
2. that all goes through: with its output held still, the score does not depend on the row any more. One of several
   branches is none, nor is a map that a shortcut goes around;
3. after which, where each place of the row is answered, there is a layer with weights: the answer itself is none.

Of the plain stack that is its last block, of a ResNet its last stage, of a U-Net the last map before its head. Of
tokens it may be what embeds them.
"""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn

from foveal.core.errors import ParameterError
from foveal.core.rules import did_you_mean
from foveal.explain.opened import Opened
from foveal.explain.running import Call, Run, calls_of, changed, watchable

#: Layers whose output has its channels last, and first; others keep what they are given.
_LAST = (nn.Embedding, nn.Linear, nn.LayerNorm, nn.RNNBase, nn.MultiheadAttention)
_FIRST = (
    nn.modules.conv._ConvNd, nn.modules.batchnorm._NormBase, nn.modules.pooling._MaxPoolNd,
    nn.modules.pooling._AvgPoolNd, nn.modules.pooling._AdaptiveAvgPoolNd, nn.modules.pooling._AdaptiveMaxPoolNd,
    nn.GroupNorm,
)  # fmt: skip


class Layer(NamedTuple):
    """A layer whose map is weighed: its name, which run of it, and the axis of its channels, 1 or 2."""

    name: str
    run: Run
    channels: int


def last_layer(net: nn.Module, at: Opened) -> Layer:
    """Find the last layer with places, by the rule above; raises `ParameterError` where there is none."""
    at, calls = _watched(net, at)
    each_place = at.weights.ndim > 2
    for position in reversed(range(len(calls))):
        call = calls[position]
        channels = _channels(calls[: position + 1], at)
        if channels is None or (each_place and not _weights_after(calls[position + 1 :])):
            continue
        if _all_goes_through(at, call.run):
            return Layer(call.name, call.run, channels)
    raise ParameterError(
        "this network has no layer with places that all goes through; use method='occlusion' or 'saliency', or name a "
        "layer: layer='body.conv2'"
    )


def layer_named(net: nn.Module, at: Opened, layer: str | nn.Module) -> Layer:
    """Give a layer that the user names, in its last run; raises `ParameterError` where it has no places."""
    at, calls = _watched(net, at)
    names = {name.removeprefix("body."): name for name in watchable(net)} | {name: name for name in watchable(net)}
    if isinstance(layer, str) and layer not in names:
        raise ParameterError(
            f"layer must be one of the network's, such as {list(names)[-1]!r}, got {layer!r}; "
            f"print(net) shows them{did_you_mean(layer, names)}"
        )
    runs = [i for i, call in enumerate(calls) if call.module is layer or call.name == names.get(str(layer))]
    if not runs:
        raise ParameterError(f"layer={layer!r} has not run; name another one")
    channels = _channels(calls[: runs[-1] + 1], at)
    if channels is None:
        given = calls[runs[-1]].output
        shape = tuple(given.shape) if isinstance(given, Tensor) else type(given).__name__
        raise ParameterError(f"layer={layer!r} gives {shape}, a map without places; name one before it")
    return Layer(calls[runs[-1]].name, calls[runs[-1]].run, channels)


def _watched(net: nn.Module, at: Opened) -> tuple[Opened, list[Call]]:
    """Run the first row with gradients, and say what ran."""
    at = at._replace(
        starts=tuple(start[:1].clone().requires_grad_() for start in at.starts),
        parts=tuple(part[:1] for part in at.parts),
        weights=at.weights[:1],
    )
    return at, calls_of(net, lambda: at.score(*at.starts, *at.others))[0]


def _channels(calls: Sequence[Call], at: Opened) -> int | None:
    """Tell the axis of the channels of the last call's output; None where it has no places."""
    out, start = calls[-1].output, at.starts[0]
    if any(calls[-1].run == run for run in at.runs):
        return 2
    if not isinstance(out, Tensor) or not out.is_floating_point() or not out.requires_grad:
        return None
    frames = start.ndim == 5 and out.ndim == 4 and len(out) == start.shape[2]  # of one row
    if not (frames or (out.ndim == start.ndim and len(out) == 1)):
        return None
    channels = _first_or_last(calls, start)
    places = out[0].numel() // out.shape[1 if channels == 1 else -1]
    return 1 if channels == 1 and places > 1 else 2 if out.ndim == 3 and places > 1 and channels == 2 else None


def _first_or_last(calls: Sequence[Call], start: Tensor) -> int:
    """Tell whether the last call's output has its channels first, 1, or last, 2.

    As the last layer of a known kind; a block of such, that may have turned its axes back, as the places' sizes say.
    """
    call = calls[-1]
    if call.output.ndim > 3 and next(call.module.children(), None) is not None:
        out, places = call.output.shape[1:], start.shape[-(call.output.ndim - 2) :]
        shrunk = [[n / size for n, size in zip(its, places, strict=True)] for its in (out[1:], out[:-1])]
        first, last = (max(each) / min(each) for each in shrunk)
        if first != last:
            return 1 if first < last else 2
    kinds = (2 if isinstance(c.module, _LAST) else 1 for c in reversed(calls) if isinstance(c.module, _LAST + _FIRST))
    return next(kinds, 1)


def _weights_after(calls: Sequence[Call]) -> bool:
    return any(next(call.module.parameters(recurse=False), None) is not None for call in calls)


def _all_goes_through(at: Opened, run: Run) -> bool:
    if run in at.runs:
        return len(at.runs) == 1
    with changed({run: Tensor.detach}):
        score = at.score(*at.starts, *at.others)
    if not score.requires_grad:
        return True
    left = torch.autograd.grad(score.sum(), at.starts, allow_unused=True)
    return all(part is None or not bool(part.any()) for part in left)
