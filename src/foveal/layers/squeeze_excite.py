"""Squeeze and excitation: channels are weighed by what the whole map holds."""

from typing import Any

from torch import Tensor, nn

from foveal.layers.activations import make_activation
from foveal.layers.conv_block import GLOBAL_MEAN
from foveal.layers.convolution import convolution
from foveal.layers.wiring import Join, Wiring


class SqueezeExcite(nn.Module):
    r"""Weigh each channel by a gate that sees the whole map: y = x g(W2 act(W1 mean(x))).

    `squeezed` is the width between W1 and W2, `gate` is g. Names in the state dict: fc1 and fc2, 1x1 convolutions.

    Shape: (N, C, \*S) -> the same. Source: Hu et al. 2018, eq. 2 to 4.

    >>> import torch
    >>> SqueezeExcite(2, 8, 2)(torch.zeros(1, 8, 5, 5)).shape
    torch.Size([1, 8, 5, 5])
    """

    def __init__(
        self, ndim: int, channels: int, squeezed: int, *, activation: Any = "relu", gate: Any = "sigmoid"
    ) -> None:
        super().__init__()
        self.avgpool = GLOBAL_MEAN[ndim](1)
        self.fc1 = convolution(ndim, channels, squeezed, 1, bias=True)
        self.activation = make_activation(activation)
        self.fc2 = convolution(ndim, squeezed, channels, 1, bias=True)
        self.gate = make_activation(gate)

    def forward(self, input: Tensor) -> Tensor:
        """Weigh the channels."""
        weights: Tensor = self.gate(self.fc2(self.activation(self.fc1(self.avgpool(input)))))
        return input * weights

    @property
    def wiring(self) -> Wiring:
        """One step: the input and its weights, joined."""
        return (Join("scale", ((), (self.avgpool, self.fc1, self.activation, self.fc2, self.gate))),)
