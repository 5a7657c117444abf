"""Explanations by the gradient of a score with respect to the rows."""

from typing import Any

import torch
from torch import Tensor, nn

from foveal.core.errors import ParameterError, ResourceError
from foveal.core.rules import is_integer
from foveal.explain.opened import Opened, baseline_of, opened, over_tokens
from foveal.explain.running import undisturbed
from foveal.explain.targets import Target


def saliency(net: nn.Module, x: Any, target: Target = None) -> Tensor:
    r"""Give how fast the score changes with each place: the largest gradient of its channels.

        M(i, j) = max over c of |d score / d x(c, i, j)|

    It tells where a small change would be felt, not what has spoken for the class. Of tokens the gradient is that with
    respect to their vectors, e, and M(t) = |d score / d e(t)|, its Euclidean length.

    Shape: (N, C, \*S) -> (N, \*S), from 0 up, in units of score for a unit of x. `net` and `target` as in `weights_of`.
    Source: Simonyan et al. 2014, section 3.1; computed by Captum. Deviation: any outputs, and tokens.

    >>> net = nn.Sequential(nn.Flatten(), nn.Linear(4, 2))
    >>> map = saliency(net, torch.ones(1, 1, 2, 2), target=1)
    >>> torch.equal(map.flatten(), net[1].weight[1].abs())
    True
    """
    with undisturbed(net):
        at = opened(net, x, target)
        found: tuple[Tensor, ...] = (
            captum().Saliency(at.score).attribute(_asking(at), abs=False, additional_forward_args=at.others)
        )
        if at.channels == 2:
            return torch.stack([over_tokens(at, part.norm(dim=2)) for part in found]).sum(0).detach()
        return found[0].abs().amax(1).detach()


def integrated_gradients(
    net: nn.Module, x: Any, target: Target = None, *, baseline: Any = None, steps: int = 50, at_once: int | None = None
) -> Tensor:
    r"""Give what each place adds to the score on the way from a row that says nothing to the row.

        M(i, j) = sum over c of (x - b)(c, i, j) integral from 0 to 1 of d score(b + a (x - b)) / d x(c, i, j) da

    The map adds up to score(x) - score(b). The integral is a Gauss-Legendre sum of `steps` points.

    Shape: (N, C, \*S) -> (N, \*S), signed, in units of the score. Source: Sundararajan et al. 2017, eq. 1; computed by
    Captum.

    Parameters
    ----------
    net, x, target : as in `saliency`.
    baseline : b, a number or a tensor that fits a row, (C, \*S). None: the mean of the training where the network holds
        it (`net_.input`), else 0; of tokens vectors of 0.
    at_once : most rows that are computed together, `steps` for each row of x; None: all.

    >>> net = nn.Sequential(nn.Flatten(), nn.Linear(4, 2, bias=False))
    >>> x = torch.ones(1, 1, 2, 2)
    >>> torch.allclose(integrated_gradients(net, x, target=1).sum(), net(x)[0, 1])
    True
    """
    if not is_integer(steps) or steps < 1:
        raise ParameterError(f"steps must be an integer of at least 1, got {steps!r}")
    with undisturbed(net):
        at = opened(net, x, target)
        found: tuple[Tensor, ...] = (
            captum()
            .IntegratedGradients(at.score)
            .attribute(
                _asking(at),
                baselines=tuple(_baseline(net, at, start, baseline) for start in at.starts),
                additional_forward_args=at.others,
                n_steps=steps,
                internal_batch_size=None if at_once is None else max(at_once, len(at.parts[0])),
            )
        )
        if at.channels == 2:
            return torch.stack([over_tokens(at, part.sum(2)) for part in found]).sum(0).detach().to(at.weights.dtype)
        return found[0].sum(1).detach().to(at.weights.dtype)


def captum() -> Any:
    """Load Captum; raises `ResourceError` with the way to install it."""
    try:
        from captum import attr
    except ImportError as error:
        raise ResourceError('this explanation needs Captum: pip install "foveal[explain]"') from error
    return attr


def _asking(at: Opened) -> tuple[Tensor, ...]:
    return tuple(start.clone().requires_grad_() for start in at.starts)


def _baseline(net: nn.Module, at: Opened, start: Tensor, baseline: Any) -> Tensor:
    if at.channels == 2:
        if baseline is not None:
            raise ParameterError("baseline is for rows of numbers; of tokens it is a vector of 0, leave it out")
        return torch.zeros_like(start)
    given = baseline_of(net, start) if baseline is None else torch.as_tensor(baseline).to(start)
    return given.expand(start.shape).contiguous()
