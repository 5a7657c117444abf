"""The blocks that networks are made of."""

from foveal.layers.activations import ACTIVATIONS, MONOTONE, make_activation
from foveal.layers.branches import Appended, Branches
from foveal.layers.conv_block import ConvBlock
from foveal.layers.convolution import conv_norm_act, convolution
from foveal.layers.dense_block import DenseBlock
from foveal.layers.dropout import Dropout
from foveal.layers.flatten import Flatten
from foveal.layers.gated import Gated, LastStep, SkipSum
from foveal.layers.initializers import INITIALIZERS, initialize
from foveal.layers.norm import BatchNorm
from foveal.layers.padded import causal_convolution, same_convolution
from foveal.layers.parted import Parted
from foveal.layers.residual import Residual
from foveal.layers.squeeze_excite import SqueezeExcite
from foveal.layers.standardize import Standardize
from foveal.layers.stochastic_depth import StochasticDepth
from foveal.layers.wiring import Join, wiring_of

__all__ = [
    "ACTIVATIONS",
    "INITIALIZERS",
    "MONOTONE",
    "Appended",
    "BatchNorm",
    "Branches",
    "ConvBlock",
    "DenseBlock",
    "Dropout",
    "Flatten",
    "Gated",
    "Join",
    "LastStep",
    "Parted",
    "Residual",
    "SkipSum",
    "SqueezeExcite",
    "Standardize",
    "StochasticDepth",
    "causal_convolution",
    "conv_norm_act",
    "convolution",
    "initialize",
    "make_activation",
    "same_convolution",
    "wiring_of",
]
