"""The blocks that networks are made of."""

from foveal.layers.activations import ACTIVATIONS, MONOTONE, make_activation
from foveal.layers.branches import Appended, Branches
from foveal.layers.channels import ChannelShuffle, ChannelSlice
from foveal.layers.conv_block import ConvBlock
from foveal.layers.convolution import conv_norm_act, convolution
from foveal.layers.dense_block import DenseBlock
from foveal.layers.dropout import Dropout
from foveal.layers.flatten import Flatten
from foveal.layers.frames import EachFrame, GatedMean
from foveal.layers.gated import Gated, LastStep, SkipSum
from foveal.layers.initializers import INITIALIZERS, initialize
from foveal.layers.inverted import inverted_steps, unpacked, with_shortcut
from foveal.layers.local_response import LocalResponse
from foveal.layers.masked import Masked
from foveal.layers.norm import BatchNorm
from foveal.layers.padded import causal_convolution, same_convolution
from foveal.layers.parted import Parted
from foveal.layers.places import LaidOut, LaidOutWithAux, TwoScales
from foveal.layers.pointwise import ChannelNorm, Pointwise
from foveal.layers.radial_basis import RadialBasis
from foveal.layers.residual import Residual
from foveal.layers.scaled_tanh import ScaledTanh
from foveal.layers.separable import separable_convolution
from foveal.layers.side_heads import SideHeads
from foveal.layers.sparse_convolution import SparseConvolution
from foveal.layers.squeeze_excite import SqueezeExcite
from foveal.layers.standardize import Standardize
from foveal.layers.stochastic_depth import StochasticDepth
from foveal.layers.subsampling import Subsampling
from foveal.layers.u_shape import UShape
from foveal.layers.wiring import Join, wiring_of
from foveal.layers.zero_channels import ZeroChannels

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
    "EachFrame",
    "Flatten",
    "Gated",
    "GatedMean",
    "Join",
    "LaidOut",
    "LaidOutWithAux",
    "LastStep",
    "LocalResponse",
    "Masked",
    "Parted",
    "Pointwise",
    "RadialBasis",
    "Residual",
    "ScaledTanh",
    "SideHeads",
    "SkipSum",
    "SparseConvolution",
    "SqueezeExcite",
    "Standardize",
    "StochasticDepth",
    "Subsampling",
    "TwoScales",
    "UShape",
    "ZeroChannels",
    "causal_convolution",
    "conv_norm_act",
    "convolution",
    "initialize",
    "inverted_steps",
    "make_activation",
    "same_convolution",
    "separable_convolution",
    "unpacked",
    "wiring_of",
    "with_shortcut",
]
