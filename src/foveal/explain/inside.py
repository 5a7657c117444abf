"""What is inside a network: its filters, and the maps that a row gives rise to."""

from typing import Any

import torch
from torch import Tensor, nn

from foveal.core.errors import ParameterError
from foveal.core.rules import did_you_mean, shown
from foveal.explain.opened import outputs_of, parts_of
from foveal.explain.running import calls_of, undisturbed


def filters(net: nn.Module, layer: str | nn.Module | None = None) -> Tensor:
    r"""Give a copy of the filters of a convolution, (K, C, \*f); of the first one, unless `layer` names another.

    Raises `ParameterError` where the layer is no convolution.

    >>> filters(nn.Sequential(nn.Conv2d(3, 8, 5), nn.ReLU())).shape
    torch.Size([8, 3, 5, 5])
    """
    convolutions = [m for m in net.modules() if isinstance(m, nn.modules.conv._ConvNd)]
    found = (convolutions[0] if convolutions else None) if layer is None else module_named(net, layer)
    if found is not None and not isinstance(found, nn.modules.conv._ConvNd):
        found = next((m for m in found.modules() if isinstance(m, nn.modules.conv._ConvNd)), None)
    if found is None:
        raise ParameterError(
            f"layer={shown(layer)} has no filters: it is no convolution; print(net) shows the layers"
            if layer is not None
            else "this network has no filters: none of its layers is a convolution"
        )
    return found.weight.detach().clone()


def feature_maps(net: nn.Module, x: Any, layer: str | nn.Module) -> Tensor:
    r"""Give what a layer makes of rows in inference, (N, C', \*S'), in its last run.

    Raises `ParameterError` for a layer that is not there, or has not run.

    >>> feature_maps(nn.Sequential(nn.Conv2d(1, 8, 3), nn.ReLU()), torch.zeros(2, 1, 5, 5), "0").shape
    torch.Size([2, 8, 3, 3])
    """
    module = module_named(net, layer)
    with undisturbed(net), torch.no_grad():
        parts = parts_of(net, x)
        calls, _ = calls_of(net, lambda: outputs_of(net, parts))
    found = [call.output for call in calls if call.module is module and isinstance(call.output, Tensor)]
    if not found:
        raise ParameterError(f"layer={shown(layer)} has not run, or gives no tensor; name another one")
    return found[-1].clone()


def module_named(net: nn.Module, layer: str | nn.Module) -> nn.Module:
    """Give a module of a network by its name, with or without "body." before it.

    >>> module_named(nn.Sequential(nn.ReLU()), "1")
    Traceback (most recent call last):
    foveal.core.errors.ParameterError: layer must be one of the network's, got '1'; print(net) shows them
    """
    modules = dict(net.named_modules())
    if isinstance(layer, nn.Module):
        if not any(module is layer for module in modules.values()):
            raise ParameterError(f"layer must be one of the network's, got another {type(layer).__name__}")
        return layer
    found: nn.Module | None = modules.get(layer, modules.get(f"body.{layer}"))
    if found is None:
        raise ParameterError(
            f"layer must be one of the network's, got {layer!r}; print(net) shows them{did_you_mean(layer, modules)}"
        )
    return found
