"""From parameters to `net_`: the input's standardisation, then the network."""

import copy
from collections import OrderedDict
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from typing import Any

import torch
from torch import Tensor, nn

from foveal.core.device import available_memory
from foveal.core.errors import ParameterError, ResourceError
from foveal.core.parameters import PARAMETERS
from foveal.core.randomness import borrowed_generator, derive, generator
from foveal.layers import Standardize, initialize
from foveal.models import MODELS

#: Parameters of the plain stack; `initializer` is applied to the stack when it stands.
NETWORK = tuple(p.name for p in PARAMETERS.values() if p.group == "network")


def is_foreign(net: Any) -> bool:
    """Tell whether a network is not one of the catalogue."""
    return net is not None and not isinstance(net, str)


def check_network_parameters(parameters: dict[str, Any]) -> None:
    """Refuse parameters of the plain stack beside another network: they would be ignored."""
    net = parameters["net"]
    if net in (None, "plain"):
        return
    for name in NETWORK:
        if parameters[name] != PARAMETERS[name].default:
            raise ParameterError(
                f"{name}={parameters[name]!r} describes the plain stack and means nothing beside net=...; leave it at "
                f"{PARAMETERS[name].default!r}, or net at None"
            )


def build(
    parameters: dict[str, Any],
    input_shape: Sequence[int],
    n_outputs: int,
    *,
    statistics: tuple[Sequence[float], Sequence[float], float],
    seed: int,
    dtype: torch.dtype,
    meta: bool = False,
) -> nn.Sequential:
    """Build `net_` = (input: Standardize, body: the network) on the CPU, its weights a function of `seed`.

    With `meta` the network has shapes but no memory.
    """
    with borrowed_generator(derive(seed, "weights")), torch.device("meta") if meta else nullcontext():
        body = _body(parameters, tuple(input_shape), n_outputs)
    if not is_foreign(parameters["net"]) and not meta:
        initialize(body, parameters["initializer"], generator(seed, "filters"))
    mean, deviation, scale = statistics
    parts = OrderedDict(input=Standardize(mean, deviation, scale, dtype), body=body.to(dtype))
    net = nn.Sequential(parts)
    if is_foreign(parameters["net"]):
        _check_outputs(net, input_shape, n_outputs)
    return net


def place(net: nn.Module, n_axes: int, device: torch.device, dtype: torch.dtype) -> nn.Module:
    """Move a network to its device and dtype, two- and three-axis filters in channels-last memory."""
    net = net.to(device=device, dtype=dtype)
    formats = {2: torch.channels_last, 3: torch.channels_last_3d}
    if n_axes in formats:
        with torch.no_grad():
            for weight in net.parameters():
                if weight.ndim == n_axes + 2:
                    weight.data = weight.data.contiguous(memory_format=formats[n_axes])
    return net


def _body(parameters: dict[str, Any], input_shape: tuple[int, ...], n_outputs: int) -> nn.Module:
    net = parameters["net"]
    if isinstance(net, nn.Module):
        return copy.deepcopy(net)
    if is_foreign(net):
        made = net(input_shape, n_outputs)
        if not isinstance(made, nn.Module):
            raise ParameterError(f"net must give a torch.nn.Module, got {type(made).__name__}")
        return made
    sizes = {name: parameters[name] for name in NETWORK if name != "initializer"} if net in (None, "plain") else {}
    make: Callable[..., nn.Module] = MODELS[net or "plain"]
    with torch.device("meta"):  # sizes first, memory afterwards
        _check_memory(make(input_shape, n_outputs, **sizes))
    return make(input_shape, n_outputs, **sizes)


def _check_memory(net: nn.Module) -> None:
    weights = sum(p.numel() for p in net.parameters())
    needed, free = 16 * weights, available_memory(torch.device("cpu"))  # weight, gradient, two of Adam's, 4 bytes each
    if needed > free:
        raise ResourceError(
            f"the network has {weights:,} weights and needs {needed / 1e9:.1f} GB to train, but {free / 1e9:.1f} GB "
            "are free; use fewer channels (in_channels_list, out_channels) or features (in_features_list) or pooling"
        )


def _check_outputs(net: nn.Module, input_shape: Sequence[int], n_outputs: int) -> None:
    """Run two rows of zeros through a user's network: its outputs must be (2, n_outputs)."""
    was_training = net.training
    with torch.inference_mode():
        out = net.eval()(torch.zeros(2, *input_shape))
    net.train(was_training)
    if not isinstance(out, Tensor) or tuple(out.shape) != (2, n_outputs):
        got = tuple(out.shape) if isinstance(out, Tensor) else type(out).__name__
        raise ParameterError(
            f"net must turn (N, {', '.join(map(str, input_shape))}) into (N, {n_outputs}), an output for each class or "
            f"target; for N=2 it gave {got}"
        )
    if not any(p.requires_grad for p in net.parameters()):
        raise ParameterError("net has no weights to train (requires_grad is False everywhere)")
