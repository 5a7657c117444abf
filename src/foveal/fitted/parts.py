"""A network's head and its body: which weights rest when the body is frozen, how far a layer is from the outputs."""

from collections.abc import Mapping
from typing import Any

from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm
from torch.optim import Optimizer

from foveal.core.errors import ParameterError
from foveal.core.rules import shown
from foveal.fitted.foreign import is_foreign
from foveal.layers import Dropout
from foveal.layers.chain import chain_of
from foveal.models import network_named
from foveal.train.resting import Resting


def check_parts(p: Mapping[str, Any]) -> None:
    """Refuse what `freeze` and `layer_decay` cannot mean beside other parameters."""
    if p["freeze"] and p["weights"] is None and not is_foreign(p["net"]):
        raise ParameterError(
            f"freeze={p['freeze']} keeps the body as it begins, and without weights it begins at random; give "
            "weights=..., or freeze=False"
        )
    optimizer = p["optimizer"]
    if p["layer_decay"] is not None and not isinstance(optimizer, str | type):
        raise ParameterError(
            f"layer_decay={p['layer_decay']} makes groups of weights with rates of their own, and optimizer="
            f"{shown(optimizer)} is a function, which makes its own; use an optimizer's name, or layer_decay=None"
        )


def head_of(net_name: Any, body: nn.Module) -> str:
    """Name the layer that gives a body's outputs; of a user's own network the last one that has weights."""
    if not is_foreign(net_name):
        return network_named(net_name or "plain").head
    with_weights = [name for name, m in body.named_modules() if any(True for _ in m.parameters(recurse=False))]
    return with_weights[-1] if with_weights else ""


def tail_of(net_name: Any, net: nn.Module) -> tuple[str, ...]:
    """Name what of a whole network is trained above a frozen body: its head, and dropout right before it.

    Steps behind the head, which have no weights, come with it, where the network is a row of steps.
    """
    head = "body." + head_of(net_name, net.get_submodule("body"))
    names = [name for name, _ in chain_of(net)]
    if head not in names:
        return (head.rstrip("."),)
    first = names.index(head)
    while first and isinstance(net.get_submodule(names[first - 1]), Dropout | nn.Dropout):
        first -= 1
    return tuple(names[first:])


def resting_of(p: Mapping[str, Any], net: nn.Module, optimizer: Optimizer | None = None) -> Resting | None:
    """Say what of a network rests, by `freeze`; None where nothing does.

    What its user has frozen stays so, and is no weight that the optimizer holds.
    """
    if not p["freeze"]:
        return None
    tail = tail_of(p["net"], net)
    held = {id(w) for group in (optimizer.param_groups if optimizer else ()) for w in group["params"]}
    body: list[str] = []
    head: list[str] = []
    for name, weight in net.named_parameters():
        if weight.requires_grad or id(weight) in held:
            (head if any(name.startswith(f"{one}.") for one in tail) else body).append(name)
    if not head:
        raise ParameterError(
            f"freeze={p['freeze']} trains the head alone, {tail[0].removeprefix('body.')!r}, which has no weights to "
            "train; set them free, requires_grad_(True), or use freeze=False"
        )
    return Resting(tuple(body), tail, None if p["freeze"] is True else int(p["freeze"]))


def shares_of(decay: float | None, net: nn.Module) -> dict[Tensor, float] | None:
    """Give each weight the share of the learning rate that it is trained with: decay ** distance from the outputs.

    A layer is a step of the network's row, a whole block of a residual network for instance, with the norm behind it;
    of a network that is no row, one of its children. Weights of none of them count as the first layer's.

    >>> net = nn.Sequential(nn.Linear(1, 2), nn.BatchNorm1d(2), nn.Linear(2, 1))
    >>> list(shares_of(0.5, nn.ModuleDict({"body": net})).values())
    [0.5, 0.5, 0.5, 0.5, 1.0, 1.0]
    """
    if decay is None:
        return None
    steps = chain_of(net.get_submodule("body"))
    if len(steps) == 1:
        steps = list(steps[0][1].named_children()) or steps
    layers: list[list[Tensor]] = [[]]
    for _, step in steps:
        weights: list[Tensor] = list(step.parameters())
        if weights and layers[-1] and not isinstance(step, _BatchNorm | nn.LayerNorm | nn.GroupNorm):
            layers.append([])
        layers[-1] += weights
    found: dict[Tensor, float] = dict.fromkeys(net.parameters(), decay ** (len(layers) - 1))
    for distance, weights in enumerate(reversed(layers)):
        found |= dict.fromkeys(weights, decay**distance)
    return found
