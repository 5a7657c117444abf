"""Count what a network of the catalogue is and costs, without memory for it."""

import torch
from torch import nn

from foveal.core.networks import Figures
from foveal.layers import SparseConvolution
from foveal.models.catalogue import MODELS
from foveal.models.network import Network
from foveal.models.receptive import CONV, receptive_field, receptive_fields
from foveal.models.smallest import smallest_input
from foveal.models.summary import summarize


def count(name: str) -> Figures:
    """Count a network at the size of its source.

    >>> count("plain").parameters
    421866
    """
    network = MODELS[name]
    n_axes = len(network.shape) - 1

    def make(shape: tuple[int, ...], stem: str = "auto") -> nn.Module:
        return network.make(shape, network.outputs, **({} if name == "plain" else {"stem": stem}))

    with torch.device("meta"):
        net = make(network.shape, "full")
    told = summarize(net, network.shape)
    return Figures(
        name,
        network.shape,
        network.outputs,
        told.parameters,
        told.multiply_adds,
        _field(network, net),
        smallest_input(make, (network.shape[0], *(1,) * n_axes)) or (),
        network.axes,
        network.source,
    )


def _field(network: Network, net: nn.Module) -> tuple[int, ...] | None:
    """Give what the last map sees, or one place of an answer for each; None where that is the whole input."""
    n_axes = len(network.shape) - 1
    if network.each_place:
        field = receptive_field(net, n_axes)
        return field if isinstance(field, tuple) else None
    fields = receptive_fields(net, n_axes)
    head = net.get_submodule(network.head)  # a 1x1 convolution after the mean, in some networks
    kinds = (*CONV, SparseConvolution)
    seen = [fields.get(module) for module in net.modules() if isinstance(module, kinds) and module is not head]
    known = [field for field in seen if isinstance(field, tuple)]
    return max(known) if known and None not in seen and not isinstance(seen[-1], str) else None
