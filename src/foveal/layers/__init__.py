"""The blocks that networks are made of."""

from foveal.layers.activations import ACTIVATIONS, MONOTONE, make_activation
from foveal.layers.conv_block import ConvBlock
from foveal.layers.dense_block import DenseBlock
from foveal.layers.dropout import Dropout
from foveal.layers.flatten import Flatten
from foveal.layers.initializers import INITIALIZERS, initialize
from foveal.layers.norm import BatchNorm
from foveal.layers.parted import Parted
from foveal.layers.standardize import Standardize

__all__ = [
    "ACTIVATIONS",
    "INITIALIZERS",
    "MONOTONE",
    "BatchNorm",
    "ConvBlock",
    "DenseBlock",
    "Dropout",
    "Flatten",
    "Parted",
    "Standardize",
    "initialize",
    "make_activation",
]
