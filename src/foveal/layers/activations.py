"""Activations by name, class or instance."""

from typing import Any

from torch import nn

from foveal.core.copies import deep_copy
from foveal.core.errors import ParameterError
from foveal.core.rules import did_you_mean

ACTIVATIONS: dict[str, type[nn.Module]] = {
    "relu": nn.ReLU,
    "leaky_relu": nn.LeakyReLU,
    "relu6": nn.ReLU6,
    "elu": nn.ELU,
    "selu": nn.SELU,
    "celu": nn.CELU,
    "gelu": nn.GELU,
    "silu": nn.SiLU,
    "swish": nn.SiLU,
    "mish": nn.Mish,
    "softplus": nn.Softplus,
    "softsign": nn.Softsign,
    "sigmoid": nn.Sigmoid,
    "tanh": nn.Tanh,
    "hardsigmoid": nn.Hardsigmoid,
    "hardswish": nn.Hardswish,
    "hardtanh": nn.Hardtanh,
    "linear": nn.Identity,
}

#: Never decreasing whatever their arguments, and without slope wherever two inputs give one output. The maximum of a
#: window may be taken before these: values and gradients are the same, on a quarter of the data.
MONOTONE = (nn.ReLU, nn.ReLU6, nn.Tanh, nn.Sigmoid, nn.Hardtanh, nn.Identity)


def make_activation(activation: Any) -> nn.Module:
    """Make one activation module from a name, a `torch.nn.Module` class or an instance, which is copied.

    >>> make_activation("relu")
    ReLU()
    >>> make_activation("rleu")
    Traceback (most recent call last):
    foveal.core.errors.ParameterError: activation 'rleu' is unknown; did you mean 'relu'?
    """
    if isinstance(activation, str):
        if activation not in ACTIVATIONS:
            raise ParameterError(f"activation {activation!r} is unknown{did_you_mean(activation, ACTIVATIONS)}")
        return ACTIVATIONS[activation]()
    if isinstance(activation, nn.Module):
        return deep_copy(activation)
    if isinstance(activation, type) and issubclass(activation, nn.Module):
        try:
            return activation()
        except TypeError as error:
            raise ParameterError(
                f"activation {activation.__name__} cannot be made without arguments ({error}); pass an instance"
            ) from error
    raise ParameterError(f"activation must be a name, a torch.nn.Module class or an instance, got {activation!r}")
