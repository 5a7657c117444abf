"""Gated rows of modules, and rows whose every step also adds to a sum at the end."""

from collections.abc import Mapping, Sequence
from typing import Any

from torch import Tensor, nn

from foveal.core.errors import ParameterError
from foveal.layers.activations import make_activation
from foveal.layers.wiring import Join, Wiring


class Gated(nn.Module):
    r"""Let a gate decide how much of a row's values passes: y = act(F(x)) g(G(x)), place by place.

    F is `filter`, G is `gate`: two modules with outputs of one shape. `activation` is act, tanh in WaveNet and
    "linear" in gated linear units; `gate_activation` is g.

    Shape: (N, C, \*S) -> (N, C', \*S'), as both give.

    Source: van den Oord et al. 2016, Conditional image generation with PixelCNN decoders, eq. 2, and WaveNet, eq. 2;
    gated linear units: Dauphin et al. 2017, eq. 1.

    >>> import torch
    >>> Gated(nn.Conv1d(2, 4, 3), nn.Conv1d(2, 4, 3))(torch.zeros(1, 2, 9)).shape
    torch.Size([1, 4, 7])
    """

    def __init__(
        self, filter: nn.Module, gate: nn.Module, *, activation: Any = "tanh", gate_activation: Any = "sigmoid"
    ) -> None:
        super().__init__()
        self.filter = filter
        self.activation = make_activation(activation)
        self.gate = gate
        self.gate_activation = make_activation(gate_activation)

    def forward(self, input: Tensor) -> Tensor:
        """Run both, and multiply."""
        passed: Tensor = self.activation(self.filter(input))
        weights: Tensor = self.gate_activation(self.gate(input))
        return passed * weights

    @property
    def wiring(self) -> Wiring:
        """One step: the values and their gate, joined."""
        return (Join("scale", ((self.filter, self.activation), (self.gate, self.gate_activation))),)


class SkipSum(nn.Module):
    r"""Run residual layers in a row, and add up what each of them has to say.

        z_i = F_i(x_i),   x_(i+1) = x_i + R_i(z_i),   y = sum over i of K_i(z_i)

    F is `bodies`, K is `skips`, R is `residuals`, one fewer: nothing reads what follows the last layer. Names in the
    state dict: body1, skip1, residual1, body2, ...

    Shape: (N, C, \*S) -> (N, C', \*S), C' as the skips give. Source: van den Oord et al. 2016, WaveNet, figure 4.

    >>> import torch
    >>> bodies, skips = [nn.Conv1d(2, 3, 1), nn.Conv1d(2, 3, 1)], [nn.Conv1d(3, 5, 1), nn.Conv1d(3, 5, 1)]
    >>> SkipSum(bodies, skips, [nn.Conv1d(3, 2, 1)])(torch.zeros(1, 2, 9)).shape
    torch.Size([1, 5, 9])
    """

    def __init__(self, bodies: Sequence[nn.Module], skips: Sequence[nn.Module], residuals: Sequence[nn.Module]) -> None:
        super().__init__()
        if not len(bodies) == len(skips) == len(residuals) + 1:
            raise ParameterError(
                f"bodies and skips must be as many as each other, and residuals one fewer, got {len(bodies)}, "
                f"{len(skips)} and {len(residuals)}; the last layer has no residual, as nothing reads it"
            )
        self.layers = tuple(f"{i}" for i in range(1, len(bodies) + 1))
        kinds: Mapping[str, Sequence[nn.Module]] = {"body": bodies, "skip": skips, "residual": residuals}
        for i, number in enumerate(self.layers):
            for kind, modules in kinds.items():
                if i < len(modules):
                    self.add_module(kind + number, modules[i])

    def forward(self, input: Tensor) -> Tensor:
        """Run the layers, and add up their skips."""
        x, total = input, None
        for number in self.layers:
            z = self._modules["body" + number](x)  # type: ignore[misc]
            skip: Tensor = self._modules["skip" + number](z)  # type: ignore[misc]
            total = skip if total is None else total + skip
            if number != self.layers[-1]:
                x = x + self._modules["residual" + number](z)  # type: ignore[misc]
        return total  # type: ignore[return-value]

    @property
    def wiring(self) -> Wiring:
        """One step: the first layer's skip and all that follows its residual, joined, and so on within.

        A body stands in it twice, as its skip and its residual read the same values.
        """
        part = self._modules
        rest: Wiring = (part["body" + self.layers[-1]], part["skip" + self.layers[-1]])
        for number in reversed(self.layers[:-1]):
            body, skip, residual = (part[kind + number] for kind in ("body", "skip", "residual"))
            rest = (Join("add", ((body, skip), (Join("add", ((), (body, residual))), *rest))),)
        return rest


class LastStep(nn.Module):
    r"""Give the values at the last place of the first spatial axis, where a causal network has seen all of them.

    Shape: (N, C, T, \*S) -> (N, C, \*S).

    >>> import torch
    >>> LastStep()(torch.arange(6.0).view(1, 2, 3))
    tensor([[2., 5.]])
    """

    #: It keeps to a place: what that sees is what the places before it see.
    pixelwise = True

    def forward(self, input: Tensor) -> Tensor:
        """Take the last place."""
        return input[:, :, -1]
