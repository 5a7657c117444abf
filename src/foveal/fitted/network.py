"""From parameters to `net_`: the input's standardisation, then the network."""

from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from inspect import signature
from typing import Any

import torch
from torch import nn

from foveal.core.copies import moved
from foveal.core.errors import ParameterError, ResourceError
from foveal.core.forms import Form, asked, is_array, is_signals
from foveal.core.free_memory import memory_for
from foveal.core.parameters import PARAMETERS
from foveal.core.randomness import borrowed_generator, derive, generator
from foveal.core.rules import shown
from foveal.core.shapes import per_axis
from foveal.data.source import Statistics
from foveal.fitted.blame import brought
from foveal.fitted.foreign import check_activation, check_network, is_foreign, made_by_user
from foveal.fitted.memory_format import order_by_trial, order_channels_last
from foveal.layers import Masked, Parted, Standardize, initialize
from foveal.models import network_named, plan_stack
from foveal.models.smallest import check_large_enough
from foveal.models.stems import stem_note

#: Parameters of the plain stack; `initializer` is applied to the stack when it stands.
NETWORK = tuple(p.name for p in PARAMETERS.values() if p.group == "network" and p.name != "net")
#: Those that decide its sizes.
PLANNED = tuple(name for name in NETWORK if name in signature(plan_stack).parameters)


def check_network_parameters(parameters: dict[str, Any]) -> None:
    """Refuse sizes that a network has not, and parameters of the plain stack beside another one, for naught there."""
    net = parameters["net"]
    if isinstance(net, str) and net != "auto":
        network_named(net)
    if (net in (None, "plain") or is_foreign(net)) and parameters["stem"] != PARAMETERS["stem"].default:
        raise ParameterError(
            f"stem={parameters['stem']!r} says how a network of the catalogue begins, and means nothing with net="
            f"{'None' if net is None else shown(net)}; leave it at 'auto', or name a net (foveal nets lists them)"
        )
    if net in (None, "plain"):
        return
    for name in NETWORK:
        if parameters[name] != PARAMETERS[name].default:
            raise ParameterError(
                f"{name}={parameters[name]!r} describes the plain stack and means nothing beside net=...; leave it at "
                f"{PARAMETERS[name].default!r}, or net at None"
            )


def check_answers(net: Any, *, each_place: bool) -> None:
    """Refuse a network that answers each place where rows are to be answered, and the other way round."""
    if is_foreign(net) or network_named(net or "plain").each_place == each_place:
        return
    if each_place:
        raise ParameterError(
            f"net={net!r} answers a row as a whole, and here each place is to be answered; use net='auto', or one such "
            "as 'unet(depth=3, width=16)' (foveal nets lists them)"
        )
    raise ParameterError(
        f"net={net!r} answers each place of a row, (N, outputs, *S), and here a row has one answer; use CNNSegmenter, "
        "whose y are masks, or another net"
    )


def build(
    parameters: dict[str, Any],
    form: Form,
    n_outputs: int,
    *,
    statistics: Statistics | None,
    seed: int,
    dtype: torch.dtype,
    each_place: bool = False,
    meta: bool = False,
) -> nn.Module:
    """Build `net_` = (input: Standardize, body: the network) on the CPU, its weights a function of `seed`.

    Rows of which nothing is scaled have no `input`; those of several parts go through it with their first. With `meta`
    the network has shapes but no memory; `each_place` says that a user's is to answer each place of a row.
    """
    with borrowed_generator(derive(seed, "weights")), torch.device("meta") if meta else nullcontext():
        body = _body(parameters, form, n_outputs)
        if {"net", "activation"} & set(brought(parameters)):
            check_network(body, parameters, form, n_outputs, each_place=each_place)
    if not is_foreign(parameters["net"]) and not meta:
        initialize(body, parameters["initializer"], generator(seed, "filters"))
    standardize = None if statistics is None else Standardize(*statistics, dtype=dtype)
    body = moved(body, torch.device("meta" if meta else "cpu"), dtype)
    if is_signals(form) and not is_foreign(parameters["net"]):
        return Masked(standardize, body)
    if len(form) > 1:
        return Parted(standardize, body)
    parts = OrderedDict[str, nn.Module](body=body)
    return nn.Sequential(parts if standardize is None else OrderedDict(input=standardize, **parts))


def place(net: nn.Module, form: Form, device: torch.device, dtype: torch.dtype, *, foreign: bool) -> nn.Module:
    """Move a network to its device and dtype, in channels-last memory; a user's only if that computes the same."""
    net = moved(net, device, dtype)
    if foreign:
        order_by_trial(net.get_submodule("body"), form)
    else:
        order_channels_last(net, len(form[0].shape) - 1)
    return net


def _body(parameters: dict[str, Any], form: Form, n_outputs: int) -> nn.Module:
    net = parameters["net"]
    if is_foreign(net):
        return made_by_user(parameters, form, n_outputs)
    check_takes(net, form)
    if form[0].name != "x":
        return _of_tokens(parameters, form, n_outputs)
    if not (is_array(form) or is_signals(form)):
        raise ParameterError(
            f"net={net!r} takes rows that are one array of a fixed shape, but these are {asked(form)}; bring a network "
            "of your own, net=function (input shape, outputs) -> module"
        )
    plain = net in (None, "plain")  # which alone has no use for the length of a row of zeros
    input_shape: tuple[Any, ...] = form[0].shape if plain else form[0].sizes
    if not isinstance(parameters["activation"], str):
        check_activation(parameters["activation"])
    make = _maker(parameters, input_shape, n_outputs)
    with torch.device("meta"):  # sizes first, memory afterwards
        empty = make(input_shape)
    _check_memory(sum(p.numel() for p in empty.parameters()))
    return make(input_shape)


def check_takes(net: Any, form: Form) -> None:
    """Refuse a network whose rows are of another sort than these."""
    takes = network_named(net or "plain").takes
    if takes != form[0].name and takes != "x":
        raise ParameterError(f"net={net!r} takes rows of {takes}, and these are {asked(form)}; use another net")


def _of_tokens(parameters: dict[str, Any], form: Form, n_outputs: int) -> nn.Module:
    """Build a network of rows of tokens or items, once its sizes are known to fit into memory."""
    network = network_named(parameters["net"] or "plain")
    if network.takes == "x":
        raise ParameterError(
            f"net={parameters['net']!r} takes rows that are one array of a fixed shape, but these are {asked(form)}; "
            "use net='auto', or bring a network of your own, net=function (input shape, outputs) -> module"
        )
    with torch.device("meta"):
        empty = network.make(form, n_outputs)
    _check_memory(sum(p.numel() for p in empty.parameters()))
    return network.make(form, n_outputs)


@contextmanager
def telling_size(settings: Mapping[str, Any], form: Form) -> Iterator[None]:
    """Turn what PyTorch raises where a map would be empty into an error that names the size that would do.

    Only then is it looked for: without memory batch norm makes PyTorch load its compiler, which takes a second.
    """
    try:
        yield
    except RuntimeError:
        name = settings["net"]
        if name not in (None, "plain") and not is_foreign(name) and form[0].name == "x":
            shape = form[0].sizes
            make = _maker(dict(settings), shape, 2)
            with torch.device("meta"):
                empty = make(shape).eval()
            check_large_enough(name, make, empty, shape)
        raise


def notes_on(settings: Mapping[str, Any], form: Form, n_outputs: int) -> tuple[str, ...]:
    """Say what was chosen for this input of a network of the catalogue, for its summary."""
    name = settings["net"]
    if name in (None, "plain") or is_foreign(name) or form[0].name != "x":
        return ()
    make = network_named(name).make
    note = stem_note(name, lambda shape, stem: make(shape, n_outputs, stem=stem), settings["stem"], form[0].sizes)
    return () if note is None else (note,)


def _maker(parameters: dict[str, Any], input_shape: tuple[Any, ...], n_outputs: int) -> Callable[..., nn.Module]:
    """Give the function that builds a network of the catalogue for an input shape, its sizes checked."""
    name = parameters["net"] or "plain"
    network = network_named(name)
    n_axes = len(input_shape) - 1
    if n_axes not in network.axes:
        raise ParameterError(
            f"net={name!r} is for rows of {' or '.join(map(str, network.axes))} spatial axes, and these have {n_axes}, "
            f"{input_shape}; use another net (foveal nets lists them), or say layout=... if the axes are others"
        )
    sizes = {"stem": parameters["stem"]}
    if name == "plain":
        sizes = _plain_sizes(parameters, input_shape, n_outputs)
    return lambda shape: network.make(shape, n_outputs, **sizes)


def _plain_sizes(parameters: dict[str, Any], input_shape: tuple[Any, ...], n_outputs: int) -> dict[str, Any]:
    """Give the plain stack's parameters, what is absurd refused or cut before torch sees it."""
    sizes = {name: parameters[name] for name in NETWORK if name != "initializer"}
    plan = plan_stack(input_shape, n_outputs, **{name: sizes[name] for name in PLANNED})
    _check_memory(plan.n_weights, f" ({plan})")
    for name in ("stride", "pool_stride"):  # beyond the axis all strides are one, but torch spends time on them
        steps = per_axis(name, sizes[name], len(input_shape) - 1)
        sizes[name] = tuple(step if n is None else min(step, n) for step, n in zip(steps, input_shape[1:], strict=True))
    return sizes


def _check_memory(weights: int, sizes: str = "") -> None:
    needed = 8 * weights  # with gradients; `training_memory` has the rest
    free = memory_for(needed, torch.device("cpu"))
    if needed > free:
        raise ResourceError(
            f"the network has {_rounded(weights)} weights{sizes} and needs {_rounded(needed // 10**9)} GB to train, "
            f"but {free / 1e9:.1f} GB are free; use fewer channels (in_channels_list, out_channels) or features "
            "(in_features_list), a smaller filter_size, or pooling"
        )


def _rounded(number: int) -> str:
    """Write an integer that may be beyond the floats.

    >>> _rounded(1234567), _rounded(10**400)
    ('1,234,567', '1e400')
    """
    return f"{number:,}" if number < 10**15 else f"1e{len(str(number)) - 1}"
