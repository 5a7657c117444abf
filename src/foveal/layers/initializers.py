"""Initial values of convolution weights, by name."""

import math
from collections.abc import Callable

import torch
from torch import Tensor, nn

from foveal.core.errors import ParameterError
from foveal.core.rules import did_you_mean

Initializer = Callable[[Tensor, torch.Generator | None], object]


def _he(weight: Tensor, rng: torch.Generator | None) -> None:
    """Draw from N(0, 2 / fan_in); He et al. 2015, eq. 10."""
    nn.init.kaiming_normal_(weight, nonlinearity="relu", generator=rng)


def _he_uniform(weight: Tensor, rng: torch.Generator | None) -> None:
    """Draw from U(-b, b), b = sqrt(6 / fan_in): the same variance as `_he`."""
    nn.init.kaiming_uniform_(weight, nonlinearity="relu", generator=rng)


def _xavier(weight: Tensor, rng: torch.Generator | None) -> None:
    """Draw from N(0, 2 / (fan_in + fan_out)); Glorot and Bengio 2010, eq. 12."""
    nn.init.xavier_normal_(weight, generator=rng)


def _xavier_uniform(weight: Tensor, rng: torch.Generator | None) -> None:
    """Draw from U(-b, b), b = sqrt(6 / (fan_in + fan_out)); Glorot and Bengio 2010, eq. 16."""
    nn.init.xavier_uniform_(weight, generator=rng)


def _lecun(weight: Tensor, rng: torch.Generator | None) -> None:
    """Draw from N(0, 1 / fan_in); LeCun et al. 1998, Efficient BackProp, eq. 16."""
    nn.init.normal_(weight, std=1 / math.sqrt(weight[0].numel()), generator=rng)


def _orthogonal(weight: Tensor, rng: torch.Generator | None) -> None:
    """Make the filters, flattened to rows, orthonormal (or the columns, if there are more rows); Saxe et al. 2014."""
    nn.init.orthogonal_(weight, generator=rng)


def _dirac(weight: Tensor, rng: torch.Generator | None) -> None:
    """Let output channel i pass input channel i on unchanged, as far as both exist; the rest is zero."""
    nn.init.dirac_(weight)


INITIALIZERS: dict[str, Initializer] = {
    "he": _he,
    "kaiming": _he,
    "he_uniform": _he_uniform,
    "kaiming_uniform": _he_uniform,
    "xavier": _xavier,
    "glorot": _xavier,
    "xavier_uniform": _xavier_uniform,
    "glorot_uniform": _xavier_uniform,
    "lecun": _lecun,
    "orthogonal": _orthogonal,
    "dirac": _dirac,
}


def initialize(net: nn.Module, name: str | None, rng: torch.Generator | None = None) -> None:
    """Give every convolution of `net` new weights; None leaves PyTorch's. Biases and dense layers are not touched.

    >>> conv = nn.Conv2d(1, 1, 3)
    >>> initialize(conv, "dirac")
    >>> conv.weight[0, 0].tolist()
    [[0.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 0.0]]
    """
    if name is None:
        return
    if name not in INITIALIZERS:
        raise ParameterError(f"initializer {name!r} is unknown{did_you_mean(name, INITIALIZERS)}")
    for module in net.modules():
        if isinstance(module, nn.Conv1d | nn.Conv2d | nn.Conv3d):
            with torch.no_grad():
                INITIALIZERS[name](module.weight, rng)
