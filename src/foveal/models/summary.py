"""What a network is made of: layers, shapes, parameters, multiply-adds, receptive field."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

_CONV = (nn.Conv1d, nn.Conv2d, nn.Conv3d)
_POOL = (nn.MaxPool1d, nn.MaxPool2d, nn.MaxPool3d, nn.AvgPool1d, nn.AvgPool2d, nn.AvgPool3d)
_HEADER = ("layer", "kind", "output", "parameters", "multiply-adds", "receptive field")


@dataclass(frozen=True)
class Layer:
    """One row of a summary; the numbers are for one row of X."""

    name: str
    kind: str
    output: tuple[int, ...]
    parameters: int
    multiply_adds: int
    receptive_field: tuple[int, ...] | None  # input pixels that one output pixel sees, an axis each; None: unknown


@dataclass(frozen=True)
class Summary:
    """The layers of a network in the order they run; printing it gives a table."""

    input_shape: tuple[int, ...]
    layers: tuple[Layer, ...]
    parameters: int

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
        return "\n".join([f"input {self.input_shape}", lines[0], rule, *lines[1:-1], rule, lines[-1]])

    __repr__ = __str__


def summarize(net: nn.Module, input_shape: Sequence[int]) -> Summary:
    r"""Run one row of zeros, (1, C, \*S), through `net` in inference mode and note what each layer does.

    Parameters are counted where they live, multiply-adds for convolutions and dense layers. The receptive field is
    known along a chain (nested `nn.Sequential`); where paths fork it is left open.

    >>> from foveal.models import PlainStack
    >>> summarize(PlainStack((1, 28, 28), 10), (1, 28, 28)).parameters
    421866
    """
    shapes: dict[nn.Module, tuple[int, ...]] = {}
    hooks = [m.register_forward_hook(_note(shapes)) for _, m in _leaves(net)]
    weight = next(net.parameters(), torch.zeros(0))
    training = {m: m.training for m in net.modules()}
    try:
        with torch.inference_mode():
            net.eval()(torch.zeros(1, *input_shape, device=weight.device, dtype=weight.dtype))
    finally:
        for hook in hooks:
            hook.remove()
        for module, mode in training.items():
            module.training = mode
    fields = _receptive_fields(net, len(input_shape) - 1)
    layers = [
        Layer(
            name,
            type(m).__name__,
            shapes[m],
            sum(p.numel() for p in m.parameters()),
            _multiply_adds(m, shapes[m]),
            fields.get(m),
        )
        for name, m in _leaves(net)
        if m in shapes
    ]
    return Summary(tuple(input_shape), tuple(layers), sum(p.numel() for p in net.parameters()))


def _leaves(net: nn.Module) -> Iterator[tuple[str, nn.Module]]:
    return ((name, m) for name, m in net.named_modules() if not list(m.children()))


def _note(shapes: dict[nn.Module, tuple[int, ...]]):  # type: ignore[no-untyped-def]
    def hook(module: nn.Module, _: object, output: object) -> None:
        if isinstance(output, Tensor):
            shapes[module] = tuple(output.shape[1:])

    return hook


def _multiply_adds(module: nn.Module, output: Sequence[int]) -> int:
    outputs = 1
    for n in output:
        outputs *= n
    if isinstance(module, _CONV):
        return outputs * module.weight[0].numel()
    return outputs * module.in_features if isinstance(module, nn.Linear) else 0


def _receptive_fields(net: nn.Module, ndim: int) -> dict[nn.Module, tuple[int, ...]]:
    """Follow a chain: a window of k taps, d apart, widens the field by (k - 1) d times the strides so far."""
    chain = _chain(net)
    field, jump = [1] * ndim, [1] * ndim
    fields: dict[nn.Module, tuple[int, ...]] = {}
    for module in chain or ():
        if isinstance(module, nn.Linear) or type(module).__name__ in ("Flatten", "Dropout"):
            break
        if isinstance(module, _CONV + _POOL):
            window, stride, gap = (_axes(getattr(module, a, 1), ndim) for a in ("kernel_size", "stride", "dilation"))
            field = [f + (k - 1) * d * j for f, k, d, j in zip(field, window, gap, jump, strict=True)]
            jump = [j * s for j, s in zip(jump, stride, strict=True)]
        fields[module] = tuple(field)
    return fields


def _chain(net: nn.Module) -> list[nn.Module] | None:
    """List the leaves of nested `nn.Sequential`s in order; None if something else has children."""
    if not list(net.children()):
        return [net]
    if not isinstance(net, nn.Sequential):
        return None
    parts = [_chain(child) for child in net]
    return None if any(p is None for p in parts) else [m for p in parts for m in p or ()]


def _axes(value: int | Sequence[int], ndim: int) -> tuple[int, ...]:
    return (value,) * ndim if isinstance(value, int) else tuple(value)


def _cells(layer: Layer) -> tuple[str, ...]:
    field = "" if layer.receptive_field is None else " x ".join(map(str, layer.receptive_field))
    adds = f"{layer.multiply_adds:,}" if layer.multiply_adds else ""
    parameters = f"{layer.parameters:,}" if layer.parameters else ""
    return (layer.name, layer.kind, " x ".join(map(str, layer.output)), parameters, adds, field)
