"""Explanations by what is lost where a part of the row is covered."""

import math
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from foveal.core.errors import ParameterError
from foveal.core.shapes import Sizes, per_axis
from foveal.explain.gradients import captum
from foveal.explain.opened import baseline_of, outputs_of, parts_of
from foveal.explain.running import undisturbed
from foveal.explain.targets import Target, weights_of

#: Windows of all axes together, about: a picture is covered at 16 x 16 places.
WINDOWS = 256
#: Those of the one axis of a signal.
MOST = 64


def occlusion(
    net: nn.Module,
    x: Any,
    target: Target = None,
    *,
    window: Sizes | None = None,
    stride: Sizes | None = None,
    baseline: Any = None,
) -> Tensor:
    r"""Give how much of the score is lost where a window of the row is covered.

        M(i, j) = mean over the windows w that cover (i, j) of score(x) - score(x covered by b in w)

    It needs no gradients: whatever a network computes, it tells. Each window is a pass over all rows.

    Shape: (N, C, \*S) -> (N, \*S), signed, in units of the score; a window covers all channels. Source: Zeiler and
    Fergus 2014, section 4.2; computed by Captum. Deviation: the mean of the training, not grey, covers.

    Parameters
    ----------
    net, x, target : as in `saliency`.
    window, stride : a number of places, or one for each axis. None: about 16 x 16 windows on a picture, 64 on a
        signal, 6 x 6 x 6 on a volume, each half as long again as the stride; of tokens each one by itself.
    baseline : b, as in `integrated_gradients`; of tokens the number 0, the padding.

    >>> net = nn.Sequential(nn.Flatten(), nn.Linear(4, 2, bias=False))
    >>> x = torch.ones(1, 1, 2, 2)
    >>> map = occlusion(net, x, target=0, window=1)
    >>> torch.allclose(map.flatten(), net[1].weight[0])
    True
    """
    with undisturbed(net), torch.no_grad():
        parts = parts_of(net, x)
        first, tokens = parts[0], not parts[0].is_floating_point()
        sizes = tuple(first.shape[1:] if tokens else first.shape[2:])
        windows, strides = _windows(sizes, window, stride, tokens=tokens)
        weights = weights_of(outputs_of(net, parts), target)

        def score(covered: Tensor, *others: Tensor) -> Tensor:
            return (others[-1] * outputs_of(net, (covered, *others[:-1]))).flatten(1).sum(1)

        found: Tensor = (
            captum()
            .Occlusion(score)
            .attribute(
                first,
                sliding_window_shapes=windows if tokens else (first.shape[1], *windows),
                strides=strides if tokens else (first.shape[1], *strides),
                baselines=_covering(net, first, baseline, tokens=tokens),
                additional_forward_args=(*parts[1:], weights),
            )
        )
        return found if tokens else found[:, 0]


def _windows(
    sizes: Sequence[int], window: Sizes | None, stride: Sizes | None, *, tokens: bool
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Choose windows and strides, no longer than the axes.

    >>> _windows((28, 28), None, None, tokens=False), _windows((150,), None, None, tokens=False)
    (((3, 3), (2, 2)), ((5,), (3,)))
    """
    axes = len(sizes)
    along = 10**9 if tokens else min(MOST, math.floor(WINDOWS ** (1 / axes)))
    own = tuple(-(-n // along) for n in sizes)
    if stride is None:
        steps = own if window is None else tuple(max(1, n // 2) for n in per_axis("window", window, axes))
    else:
        steps = per_axis("stride", stride, axes)
    sides = (
        per_axis("window", window, axes)
        if window is not None
        else tuple(n if tokens else -(-3 * n // 2) for n in steps)
    )
    if min(steps) < 1 or any(step > side for step, side in zip(steps, sides, strict=True)):
        raise ParameterError(
            f"stride must be from 1 to the window, so that all is covered, got stride {steps} and window {sides}"
        )
    sides = tuple(min(side, n) for side, n in zip(sides, sizes, strict=True))
    return sides, tuple(min(step, side) for step, side in zip(steps, sides, strict=True))


def _covering(net: nn.Module, first: Tensor, baseline: Any, *, tokens: bool) -> Any:
    if tokens:
        return 0 if baseline is None else int(baseline)
    given = baseline_of(net, first) if baseline is None else torch.as_tensor(baseline).to(first)
    return given.expand(first.shape).contiguous()
