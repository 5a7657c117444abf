"""The blocks that networks are made of."""

from foveal.layers.activations import ACTIVATIONS, MONOTONE, make_activation
from foveal.layers.branches import Appended, Branches
from foveal.layers.channels import ChannelShuffle, ChannelSlice
from foveal.layers.conv_block import ConvBlock
from foveal.layers.convolution import conv_norm_act, convolution
from foveal.layers.dense_block import DenseBlock
from foveal.layers.dropout import Dropout
from foveal.layers.flatten import Flatten
from foveal.layers.initializers import INITIALIZERS, initialize
from foveal.layers.inverted import inverted_steps, leaves_of, with_shortcut
from foveal.layers.norm import BatchNorm
from foveal.layers.parted import Parted
from foveal.layers.pointwise import ChannelNorm, Pointwise
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
    "ChannelNorm",
    "ChannelShuffle",
    "ChannelSlice",
    "ConvBlock",
    "DenseBlock",
    "Dropout",
    "Flatten",
    "Join",
    "Parted",
    "Pointwise",
    "Residual",
    "SqueezeExcite",
    "Standardize",
    "StochasticDepth",
    "conv_norm_act",
    "convolution",
    "initialize",
    "inverted_steps",
    "leaves_of",
    "make_activation",
    "wiring_of",
    "with_shortcut",
]
