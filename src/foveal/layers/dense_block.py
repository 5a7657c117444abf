"""Dense layer, [batch norm], activation, [dropout]."""

from collections import OrderedDict
from typing import Any

from torch import nn

from foveal.layers.activations import make_activation
from foveal.layers.dropout import Dropout
from foveal.layers.norm import BatchNorm


class DenseBlock(nn.Sequential):
    """Dense layer y = W x + b, batch norm (optional), activation, dropout (optional).

    The layer has a bias only without batch norm, whose beta takes its place. Shape: (N, in_features) ->
    (N, out_features). `dropout_rate` None or 0 leaves dropout out. Source: Goodfellow et al. 2016, section 6.3.

    >>> import torch
    >>> DenseBlock(8, 4)(torch.zeros(2, 8)).shape
    torch.Size([2, 4])
    """

    def __init__(
        self,
        in_features: int,
        out_features: int,
        *,
        batch_norm: bool = True,
        momentum: float = 0.9,
        activation: Any = "relu",
        dropout_rate: float | None = 0.5,
    ) -> None:
        parts = {
            "linear": nn.Linear(in_features, out_features, bias=not batch_norm),
            "norm": BatchNorm(out_features, momentum) if batch_norm else None,
            "act": make_activation(activation),
            "dropout": Dropout(dropout_rate) if dropout_rate else None,
        }
        super().__init__(OrderedDict((name, part) for name, part in parts.items() if part is not None))
