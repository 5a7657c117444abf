"""What layers are called in a drawing."""

from typing import Any

from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

from foveal.layers import Dropout, Flatten, Standardize, StochasticDepth
from foveal.models.receptive import CONV, TRANSPOSED

#: What layers are called whose names begin so.
_WORDS = {
    "zeropad": "zeros around",
    "zerochannels": "channels of zeros",
    "adaptiveavg": "mean of the map",
    "adaptivemax": "maximum of the map",
}


def belongs(module: nn.Module) -> bool:
    """Tell whether a layer is named in the box of the one before it."""
    of_torch = type(module).__module__ == nn.ReLU.__module__
    return of_torch or isinstance(module, _BatchNorm | nn.Identity | Dropout | StochasticDepth)


def word_of(module: nn.Module) -> str:
    """Name a layer by what it does and its sizes."""
    name = type(module).__name__.lower()
    if isinstance(module, CONV):
        groups = "depthwise " if 1 < module.groups == module.in_channels else ""
        grouped = f", {module.groups} groups" if module.groups > 1 and not groups else ""
        return f"{groups}conv {_sizes(module.kernel_size)}, {module.out_channels}{grouped}{_steps_of(module)}"
    if isinstance(module, TRANSPOSED):
        return f"up conv {_sizes(module.kernel_size)}, {module.out_channels}{_steps_of(module)}"
    if isinstance(module, nn.Linear):
        return f"dense {module.out_features}"
    if isinstance(module, _BatchNorm):
        return "norm"
    if isinstance(module, nn.Identity | Dropout | StochasticDepth | Flatten | nn.Flatten | Standardize):
        return "" if isinstance(module, nn.Identity | StochasticDepth) else name
    word = next((word for begin, word in _WORDS.items() if name.startswith(begin)), None)
    if word is not None:
        return word
    if "pool" in name:
        return f"{name[:3]} pool {_sizes(getattr(module, 'kernel_size', ''))}{_steps_of(module)}"
    return name


def _steps_of(module: Any) -> str:
    said = ""
    for name in ("stride", "dilation"):
        sizes = _listed(getattr(module, name, 1))
        if set(sizes) != {1}:
            said += f", {name} {sizes[0] if len(set(sizes)) == 1 else _sizes(sizes)}"
    return said


def _sizes(size: Any) -> str:
    """Write sizes of the axes.

    >>> _sizes((3, 3)), _sizes(2)
    ('3x3', '2')
    """
    return "x".join(map(str, _listed(size)))


def _listed(size: Any) -> list[Any]:
    return list(size) if isinstance(size, tuple | list) else [size]
