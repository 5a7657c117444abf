"""What a network is made of: layers, shapes, parameters, multiply-adds, receptive field."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from foveal.core.copies import real_weight
from foveal.core.forms import Form, as_form
from foveal.core.html_tables import html_table
from foveal.core.randomness import borrowed_generator
from foveal.core.zero_rows import zero_rows
from foveal.layers import SparseConvolution
from foveal.layers.text_filters import TextFilters
from foveal.models.receptive import CONV, TRANSPOSED, Field, receptive_fields

#: A layer's name, the layer, the shape of its output for a row, and how often it ran for it.
Called = tuple[str, nn.Module, tuple[int, ...], int]
_HEADER = ("layer", "kind", "output", "parameters", "multiply-adds", "receptive field")


@dataclass(frozen=True)
class Layer:
    """One row of a summary; the numbers are for one row of X."""

    name: str
    kind: str
    output: tuple[int, ...]
    parameters: int
    multiply_adds: int
    receptive_field: Field | None  # input pixels that one output pixel sees, an axis each; None: unknown


@dataclass(frozen=True)
class Summary:
    """The layers of a network in the order they run; printing it gives a table."""

    input_shape: tuple[int | None, ...]
    layers: tuple[Layer, ...]
    parameters: int
    notes: tuple[str, ...] = ()  # what was chosen for this input

    @property
    def multiply_adds(self) -> int:
        """Multiply-adds of all convolutions and dense layers for one row of X."""
        return sum(layer.multiply_adds for layer in self.layers)

    def __str__(self) -> str:
        rows = [_HEADER, *(_cells(layer) for layer in self.layers)]
        rows.append(("total", "", "", f"{self.parameters:,}", f"{self.multiply_adds:,}", ""))
        widths = [max(len(row[i]) for row in rows) for i in range(len(_HEADER))]
        lines = ["  ".join(c.ljust(w) if i < 3 else c.rjust(w) for i, (c, w) in enumerate(zip(r, widths, strict=True)))
                 for r in rows]  # fmt: skip
        rule = "-" * len(lines[0])
        head = [f"input {self.input_shape}", *self.notes]
        return "\n".join([*head, lines[0], rule, *lines[1:-1], rule, lines[-1]])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        rows = [*map(_cells, self.layers), ("total", "", "", f"{self.parameters:,}", f"{self.multiply_adds:,}", "")]
        return html_table(_HEADER, rows, "; ".join((f"input {self.input_shape}", *self.notes)), left=3)


def summarize(net: nn.Module, form: Form | Sequence[int | None], notes: Sequence[str] = ()) -> Summary:
    r"""Run one row of zeros through `net` in inference mode and note what each layer does.

    The row is of a form, or of a shape (C, \*S).

    Layers stand in the order they run, one that runs twice twice; parameters are counted where they are first met, and
    those that no layer of its own holds come last. Multiply-adds are those of convolutions and dense layers. The
    receptive field is known as far as the layers are (`models.receptive`); after others it is left open.

    >>> from foveal.models import PlainStack
    >>> summarize(PlainStack((1, 28, 28), 10), (1, 28, 28)).parameters
    421866
    """
    calls: list[Called] = []
    leaves = [(name, m) for name, m in net.named_modules() if _is_layer(name, m)]
    hooks = [m.register_forward_hook(_note(calls, name)) for name, m in leaves]
    weight = real_weight(net)
    training = {m: m.training for m in net.modules()}
    try:
        with borrowed_generator(0, weight.device), torch.no_grad():
            net.eval()(*zero_rows(net, form))
    finally:
        for hook in hooks:
            hook.remove()
        for module, mode in training.items():
            module.training = mode
    fields = receptive_fields(net, len(as_form(form)[0].shape) - 1)
    counted: set[int] = set()
    layers = [
        Layer(
            name, type(m).__name__, shape, _new(m, counted, parts=True), times * _multiply_adds(m, shape), fields.get(m)
        )
        for name, m, shape, times in calls
    ]
    for name, m in net.named_modules():
        if own := _new(m, counted):
            layers.append(Layer(name or "(itself)", type(m).__name__, (), own, 0, None))
    return Summary(as_form(form)[0].shape, tuple(layers), sum(p.numel() for p in net.parameters()), tuple(notes))


def _is_layer(name: str, module: nn.Module) -> bool:
    """Tell whether a module has no parts, but what weights are made of; TorchScript, which takes no hooks, is none."""
    made_of = "parametrizations"  # PyTorch's name for it
    own = made_of not in name.split(".") and all(part == made_of for part, _ in module.named_children())
    return own and not isinstance(module, torch.jit.ScriptModule)


def _note(calls: list[Called], name: str) -> Callable[[nn.Module, Any, Any], None]:
    def hook(module: nn.Module, inputs: Any, output: Any) -> None:
        if isinstance(output, Tensor):
            times = output.shape[:1].numel()  # of one row, many frames
            times *= module.runs(*inputs) if isinstance(module, TextFilters) else 1
            calls.append((name, module, tuple(output.shape[1:]), times))

    return hook


def _new(module: nn.Module, counted: set[int], *, parts: bool = False) -> int:
    """Count the module's own parameters, or its parts' too, that were not counted before."""
    own = [p for p in module.parameters(recurse=parts) if id(p) not in counted]
    counted.update(map(id, own))
    return sum(p.numel() for p in own)


def _multiply_adds(module: nn.Module, output: Sequence[int]) -> int:
    if isinstance(module, CONV):
        return math.prod(output) * module.weight[0].numel()
    if isinstance(module, TRANSPOSED):  # each input is read by all taps
        return math.prod(output[1:]) * module.weight.numel() // math.prod(module.stride)
    if isinstance(module, SparseConvolution):
        return math.prod(output[1:]) * module.weight.numel()  # of its connections
    if isinstance(module, TextFilters):
        return module.weight.numel()
    return math.prod(output) * module.in_features if isinstance(module, nn.Linear) else 0


def _cells(layer: Layer) -> tuple[str, ...]:
    seen = layer.receptive_field
    field = seen if isinstance(seen, str) else " x ".join(map(str, seen or ()))
    adds = f"{layer.multiply_adds:,}" if layer.multiply_adds else ""
    parameters = f"{layer.parameters:,}" if layer.parameters else ""
    return (layer.name, layer.kind, " x ".join(map(str, layer.output)), parameters, adds, field)
