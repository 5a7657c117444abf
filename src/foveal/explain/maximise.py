"""Rows that make one channel of a network as large as can be."""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from foveal.core.copies import real_weight
from foveal.core.errors import ParameterError
from foveal.core.randomness import generator
from foveal.explain.inside import module_named
from foveal.explain.opened import outputs_of
from foveal.explain.running import changed, undisturbed
from foveal.layers import Standardize

_CONV = {1: F.conv1d, 2: F.conv2d, 3: F.conv3d}


def maximise_channel(
    net: nn.Module,
    shape: Sequence[int],
    layer: str | nn.Module | None = None,
    channel: int = 0,
    *,
    steps: int = 128,
    rate: float = 0.1,
    decay: float = 0.01,
    blur_every: int = 4,
    seed: int = 0,
) -> Tensor:
    r"""Make a row, (C, \*S), that drives the mean of one channel of a layer up: activation maximisation.

        z <- (1 - decay) (z + rate g / rms(g)),   g = d mean of the channel / d z,   x = mean + deviation z

    z begins as small noise, a function of `seed`: the same call gives the same row. Every few steps z is blurred with
    (1, 2, 1) / 4 along each axis, without which fine patterns that no row has win. Mean and deviation are those of the
    training, where the network holds them; values of bytes are kept within 0 to 255.

    Source: Erhan et al. 2009, section 3; decay and blur: Yosinski et al. 2015, section 3.

    Parameters
    ----------
    net : a network of rows that are one array of numbers.
    shape : of a row, (C, \*S).
    layer, channel : whose map is driven up, in its last run; None: an output, such as that of a class.

    >>> net = nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU(), nn.Flatten(), nn.Linear(72, 3))
    >>> x = maximise_channel(net, (1, 8, 8), "0", channel=1, steps=10)
    >>> torch.equal(x, maximise_channel(net, (1, 8, 8), "0", channel=1, steps=10))
    True
    """
    module = None if layer is None else module_named(net, layer)
    like = real_weight(net)
    z = 0.1 * torch.randn((1, *shape), generator=generator(seed, "maximise", channel), dtype=like.dtype)
    z = z.to(like.device)
    with undisturbed(net):
        for step in range(steps):
            z.requires_grad_()
            (slope,) = torch.autograd.grad(_driven(net, _row(net, z), module, channel), z)
            with torch.no_grad():
                z = (1 - decay) * (z + rate * slope / slope.square().mean().sqrt().clamp(min=1e-12))
                if blur_every and (step + 1) % blur_every == 0:
                    z = _blurred(z)
        return _row(net, z.detach())[0].detach()


def _driven(net: nn.Module, x: Tensor, module: nn.Module | None, channel: int) -> Tensor:
    held: list[Tensor] = []
    if module is None:
        held.append(outputs_of(net, (x,)))
    else:
        with changed({(module, 0): lambda output: held.append(output) or output}):  # type: ignore[func-returns-value]
            outputs_of(net, (x,))
    if not held or not isinstance(held[-1], Tensor) or held[-1].ndim < 2:
        raise ParameterError("layer has not run, or gives no tensor; name another one")
    if not 0 <= channel < held[-1].shape[1]:
        raise ParameterError(f"channel must be from 0 to {held[-1].shape[1] - 1}, got {channel}")
    return held[-1][:, channel].mean()


def _row(net: nn.Module, z: Tensor) -> Tensor:
    first = net._modules.get("input")
    if not isinstance(first, Standardize):
        return z
    axes = [1] * (z.ndim - 1 - first.mean.ndim)
    mean, deviation = (part.view(1, *part.shape, *axes) for part in (first.mean, first.deviation))
    x = (mean + deviation * z) * first.scale
    return x.clamp(0, 255) if float(first.scale) == 255 else x


def _blurred(z: Tensor) -> Tensor:
    """Blur along each axis, the edge repeated."""
    axes = z.ndim - 2
    for axis in range(axes):
        if z.shape[2 + axis] < 2:
            continue
        kernel = z.new_tensor([0.25, 0.5, 0.25]).view(1, 1, *[3 if a == axis else 1 for a in range(axes)])
        sides = [side for a in reversed(range(axes)) for side in ((1, 1) if a == axis else (0, 0))]
        padded = F.pad(z, sides, mode="replicate")
        z = _CONV[axes](padded, kernel.expand(z.shape[1], 1, *kernel.shape[2:]), groups=z.shape[1])
    return z
