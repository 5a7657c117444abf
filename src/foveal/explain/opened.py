"""A network opened where gradients can be taken: at its rows, or of tokens at what embeds them."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from foveal.core.copies import real_weight
from foveal.core.errors import ParameterError, ShapeError
from foveal.core.rules import shown
from foveal.explain.running import Run, calls_of, changed
from foveal.explain.targets import Target, weights_of
from foveal.layers import Standardize

Parts = tuple[Tensor, ...]


class Opened(NamedTuple):
    r"""A network, rows of it, and where they begin to be numbers.

    starts : tensors that the score is a smooth function of: the rows (N, C, \*S), or the vectors of tokens (N, T, D).
    channels : the axis of the channels in these, 1 or 2.
    parts : the parts of the rows, as the network takes them.
    weights : those of the outputs in the score.
    score : (\*starts, \*parts, weights) -> (N,).
    runs : of tokens, which runs of which modules have given the starts.
    """

    starts: Parts
    channels: int
    parts: Parts
    weights: Tensor
    score: Callable[..., Tensor]
    runs: tuple[Run, ...]

    @property
    def others(self) -> Parts:
        """What the score takes besides the starts."""
        return (*self.parts, self.weights)


def parts_of(net: nn.Module, x: Any) -> Parts:
    """Give the parts of rows as a network takes them: numbers in its dtype, what counts or marks as it is.

    >>> parts_of(nn.Linear(2, 1), torch.zeros(3, 2, dtype=torch.uint8))[0].dtype
    torch.float32
    """
    parts = x if isinstance(x, tuple | list) else (x,)
    if not parts or not all(isinstance(part, Tensor) and part.ndim > 1 and len(part) for part in parts):
        raise ShapeError(
            f"x must be a tensor of rows, (N, C, *S), or a tuple with one for each part of the rows, got {shown(x)}"
        )
    like = real_weight(net)
    numbers = (torch.int64, torch.int32, torch.bool)
    return tuple(part.detach().to(like.device, part.dtype if part.dtype in numbers else like.dtype) for part in parts)


def opened(net: nn.Module, x: Any, target: Target = None) -> Opened:
    """Open a network at some rows, within `undisturbed`; raises `ParameterError` where nothing embeds the tokens."""
    parts = parts_of(net, x)
    if parts[0].is_floating_point():
        with torch.no_grad():
            outputs = outputs_of(net, parts)
        return Opened((parts[0],), 1, parts, weights_of(outputs, target), partial(_score, net, (), 1), ())
    with torch.no_grad():
        calls, outputs = calls_of(net, lambda: outputs_of(net, parts))
    found = [call for call in calls if isinstance(call.module, nn.Embedding) and _reads(call.given, parts[0])]
    if not found:
        raise ParameterError(
            "gradients are taken where tokens become vectors, and no nn.Embedding of this network reads its part "
            f"of whole numbers, {tuple(parts[0].shape)}; use method='occlusion'"
        )
    starts, runs = tuple(call.output.detach() for call in found), tuple(call.run for call in found)
    at = Opened(starts, 2, parts, weights_of(outputs, target), partial(_score, net, runs, len(starts)), runs)
    _check_reads_nothing_else(at)
    return at


def over_tokens(at: Opened, map: Tensor) -> Tensor:
    """Fit a map of what embeds tokens, (N, T'), to the tokens, (N, T): what was cut off says nothing, padding goes."""
    length = at.parts[0].shape[1]
    return nn.functional.pad(map[:, :length], (0, max(0, length - map.shape[1])))


def outputs_of(net: nn.Module, parts: Sequence[Tensor]) -> Tensor:
    r"""Give a network's outputs, (N, K) or (N, K, \*S)."""
    outputs = net(*parts)
    if not isinstance(outputs, Tensor) or not outputs.is_floating_point() or len(outputs) != len(parts[0]):
        raise ParameterError(f"net must give a tensor of outputs, a row for each row of x, got {shown(outputs)}")
    return outputs if outputs.ndim > 1 else outputs[:, None]


def baseline_of(net: nn.Module, like: Tensor) -> Tensor:
    r"""Give a row that says nothing: the mean of the training, channel by channel, where the network holds it; else 0.

    Shape: like x without rows, with 1 for axes along which it is the same.

    >>> net = nn.Sequential()
    >>> net.input = Standardize([0.5], [0.2], scale=255)
    >>> baseline_of(net, torch.zeros(1, 1, 4, 4)).flatten().tolist()
    [127.5]
    """
    first = net._modules.get("input")
    if not isinstance(first, Standardize):
        return torch.zeros((1, *[1] * (like.ndim - 2)), dtype=like.dtype, device=like.device)
    mean = (first.mean * first.scale).to(like)
    return mean.view(*mean.shape, *[1] * (like.ndim - 1 - mean.ndim))


def _reads(given: Any, tokens: Tensor) -> bool:
    """Tell whether a module was given these tokens, perhaps cut off or padded."""
    if not isinstance(given, Tensor) or given.is_floating_point() or given.ndim != 2 or len(given) != len(tokens):
        return False
    length = min(given.shape[1], tokens.shape[1])
    return bool(torch.equal(given[:, :length].to(tokens), tokens[:, :length]))


def _check_reads_nothing_else(at: Opened) -> None:
    """Refuse a network whose score also follows from the tokens in another way than by their vectors."""
    tokens = at.parts[0]
    others = torch.where(tokens > 1, tokens.max(), tokens)  # 0 and 1 may mark what is not there
    with torch.no_grad():
        before = at.score(*at.starts, *at.others)
        after = at.score(*at.starts, others, *at.parts[1:], at.weights)
    if not torch.allclose(before, after, rtol=1e-4, atol=1e-5):
        raise ParameterError(
            "gradients see what tokens do through their vectors, and this network also reads them in another way, as "
            "by hashed n-grams; use method='occlusion'"
        )


def _score(net: nn.Module, runs: tuple[Run, ...], count: int, *given: Tensor) -> Tensor:
    starts, parts, weights = given[:count], given[count:-1], given[-1]
    if not runs:
        outputs = outputs_of(net, (starts[0], *parts[1:]))
    else:
        with changed({run: partial(_instead, start) for run, start in zip(runs, starts, strict=True)}):
            outputs = outputs_of(net, parts)
    return (weights * outputs).flatten(1).sum(1)


def _instead(start: Tensor, output: Tensor) -> Tensor:
    return start
