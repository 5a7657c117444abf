"""Convolutions that oneDNN computes together with what comes after them: ReLU, and the sum of a residual block.

The results are the same bits, but for convolutions of one place: for these oneDNN has kernels of its own, which on some
processors (AVX2 without AVX-512) differ in the last bit. The maps are passed over once. The operation is the one that
`torch.compile` writes down for a CPU; where PyTorch is without it, or computes otherwise, the steps stay apart.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from foveal.layers.altered import is_altered
from foveal.layers.flow import Node
from foveal.layers.folding import Folded
from foveal.layers.wiring import Join

#: What oneDNN calls an activation, and its numbers.
_ACTIVATIONS: dict[type[nn.Module], tuple[str, list[float]]] = {
    nn.ReLU: ("relu", []),
    nn.ReLU6: ("hardtanh", [0.0, 6.0]),
}
#: What the norm of a batch is less than, so that no sum of products overflows in a network that is sound.
LARGEST = 1e15


class Step(NamedTuple):
    """A function, the places that it reads, and the place where its result goes."""

    call: Callable[..., Tensor]
    reads: tuple[int, ...]
    to: int


def runs_fused(x: Tensor) -> bool:
    """Tell whether rows may go through fused steps: on a CPU that has oneDNN, without gradients, in full precision.

    Not with NaN, which oneDNN's ReLU makes 0 of, so that nothing would be seen in the outputs, nor with what may become
    it: a batch whose norm is `LARGEST` or more.
    """
    plain = x.device.type == "cpu" and not torch.is_grad_enabled() and not torch.is_autocast_enabled("cpu")
    return plain and bool(torch.backends.mkldnn.enabled) and _is_moderate(x)


def _is_moderate(x: Tensor) -> bool:
    if not x.is_floating_point() or not x.numel():
        return True
    return bool(torch.linalg.vector_norm(x) < LARGEST)  # NaN if there is one; a sixth of the time of the extremes


def fused(nodes: Sequence[Node]) -> tuple[Step, int] | None:
    """Make one step of the first nodes, and say of how many; None where the first has to stand alone."""
    (layer, reads, to), after = nodes[0], list(nodes[1:])
    if not isinstance(layer, Folded) or not after or not _is_known(layer):
        return None
    act = _activation(after[0], to)
    if act is not None:
        return Step(WithActivation(layer, *act), reads, to), 2
    other = _summand(after[0], to)
    if other is None:
        return None
    end = after[0].to
    act = _activation(after[1], end) if len(after) > 1 else None
    with_relu = act == _ACTIVATIONS[nn.ReLU]
    return Step(WithSum(layer, relu=with_relu), (*reads, other), end), 2 + with_relu


def _is_known(layer: Folded) -> bool:
    known = type(layer.conv) is nn.Conv2d and layer.weight.dtype == torch.float32 and layer.weight.device.type == "cpu"
    return known and not isinstance(layer.conv.padding, str) and hasattr(torch.ops.mkldnn, "_convolution_pointwise")


def _activation(node: Node, to: int) -> tuple[str, list[float]] | None:
    """Give the name of an activation that goes on with what lies at `to`."""
    act = _ACTIVATIONS.get(type(node.what))
    return act if act and node.goes_on and node.to == to and not is_altered(node.what) else None


def _summand(node: Node, to: int) -> int | None:
    """Give the place that a sum adds to what lies at `to`."""
    join = node.what
    plain = isinstance(join, Join) and join.how == "add" and join.scale is None
    if not plain or len(node.reads) != 2 or node.reads.count(to) != 1:
        return None
    return node.reads[1 - node.reads.index(to)]


class WithActivation:
    """act(w x + b)."""

    def __init__(self, layer: Folded, name: str, numbers: list[float]) -> None:
        conv = layer.conv
        self.given = layer.weight, layer.bias, list(conv.padding), list(conv.stride), list(conv.dilation), conv.groups
        self.act = name, numbers, ""

    def __call__(self, x: Tensor) -> Tensor:
        """Give the activation of the convolution."""
        return torch.ops.mkldnn._convolution_pointwise(x, *self.given, *self.act)  # type: ignore[no-any-return]


class WithSum:
    """relu(w x + b + other), or without ReLU."""

    def __init__(self, layer: Folded, *, relu: bool) -> None:
        conv = layer.conv
        self.given = layer.weight, layer.bias, list(conv.padding), list(conv.stride), list(conv.dilation), conv.groups
        self.act: Any = "relu" if relu else None, [], None
        self.layer = layer

    def __call__(self, x: Tensor, other: Tensor) -> Tensor:
        """Give the sum; one with another shape is not oneDNN's."""
        if other.shape == self._shape(x):
            both = x, other, *self.given, "add", 1.0, *self.act
            return torch.ops.mkldnn._convolution_pointwise(*both)  # type: ignore[no-any-return]
        out = torch.conv2d(x, self.layer.weight, self.layer.bias, **self.layer.how) + other
        return out if self.act[0] is None else torch.relu_(out)

    def _shape(self, x: Tensor) -> tuple[int, ...]:
        weight, _, padding, stride, dilation, _ = self.given
        each = zip(x.shape[2:], weight.shape[2:], padding, stride, dilation, strict=True)
        return (len(x), len(weight), *((n + 2 * p - d * (k - 1) - 1) // s + 1 for n, k, p, s, d in each))
