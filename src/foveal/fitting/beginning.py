"""The network that a fit begins with: built, its input scaled, and filled with trained weights where there are some."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import nn

from foveal.core.errors import ParameterError
from foveal.core.forms import Form, is_array
from foveal.core.randomness import generator
from foveal.data.promises import statistics_of
from foveal.data.source import Array, Source, Statistics, between
from foveal.fitted.first_weights import FirstWeights, adapted, labels_of, read_first_weights
from foveal.fitted.foreign import is_foreign
from foveal.fitted.network import build
from foveal.fitted.parts import head_of
from foveal.fitted.pixel_scale import warn_of_scale
from foveal.fitted.transfer import Outputs, begin_with
from foveal.fitting.inputs import Machine
from foveal.models.stems import is_small
from foveal.tasks.kind import Problem


class Beginning(NamedTuple):
    """A new network, how its input is scaled, the weights it begins with, and what is to be said of them."""

    net: nn.Module
    statistics: Statistics | None
    weights: FirstWeights | None = None
    said: tuple[str, ...] = ()

    @property
    def identified(self) -> dict[str, Any]:
        """What a run is known by: the weights' content, wherever they lie."""
        return {} if self.weights is None else {"weights": f"sha256:{self.weights.digest}"}

    @property
    def about(self) -> dict[str, str]:
        """What the model keeps of the weights."""
        return {} if self.weights is None else self.weights.about


def begin(
    p: dict[str, Any],
    source: Source,
    train_rows: Array,
    problem: Problem,
    names: Sequence[Any] | None,
    machine: Machine,
    seed: int,
) -> Beginning:
    """Build the network of a fit; trained weights bring their input scaling, which is not estimated again."""
    form = source.form
    first = read_first_weights(p, form)
    statistics = _scale(first, source, train_rows, machine)
    how = {"dtype": machine.dtype, "each_place": problem.kind.each_place}
    net = build(p, form, problem.n_outputs, statistics=statistics, seed=seed, **how)  # type: ignore[arg-type]
    fill_first(net.get_submodule("body"), source)
    if first is None:
        return Beginning(net, statistics)
    body = net.get_submodule("body")
    outputs = Outputs(head_of(p["net"], body), labels_of(problem.kind.name, problem.classes, names))
    said = begin_with(body, first, form[0].sizes[0], outputs, _hint(p, form), generator(seed, "head"))
    if is_array(form):
        warn_of_scale(between(source, 0, min(len(source), 100))[0], net)
    return Beginning(net, statistics, first, (f"weights={first.name!r}: {'; '.join(said)}",))


def fill_first(body: nn.Module, source: Source) -> None:
    """Put what a source brings for a network's weights there, such as trained vectors of words."""
    for name, values in getattr(source, "first_values", dict)().items():
        weight = dict(body.named_parameters()).get(name)
        if weight is None or weight.shape != values.shape:
            there = "has no such weight" if weight is None else f"has {tuple(weight.shape)}"
            raise ParameterError(
                f"vectors: they are {values.shape} for {name!r}, and the network {there}; use net="
                f"'kim(vector={values.shape[-1]})'"
            )
        given = torch.from_numpy(np.array(values))
        with torch.no_grad():
            weight.copy_(torch.where(given.isnan(), weight, given.to(weight.dtype)))


def _scale(first: FirstWeights | None, source: Source, train_rows: Array, machine: Machine) -> Statistics | None:
    if first is not None and first.scale is not None:
        return adapted(first.scale, source.form)
    if first is not None and first.labels is not None:
        return None  # a model whose input nothing scales
    return statistics_of(source, train_rows, machine.numpy_dtype)


def _hint(p: Mapping[str, Any], form: Form) -> str:
    small = not is_foreign(p["net"]) and p["net"] not in (None, "plain") and is_small(p["stem"], form[0].sizes)
    return "; stem='full' has the first layers as published, and these are the small ones" if small else ""
