"""Activations f and their derivatives f', from their papers' formulas, over NumPy arrays."""

import numpy as np
from scipy.special import erf, expit

SELU_SCALE, SELU_ALPHA = 1.0507009873554805, 1.6732632423543772  # Klambauer et al. 2017, section 2, fixed point (0, 1)


def softplus(x):
    return np.logaddexp(0, x)


def normal_cdf(x):
    return 0.5 * (1 + erf(x / np.sqrt(2)))


def normal_density(x):
    return np.exp(-(x**2) / 2) / np.sqrt(2 * np.pi)


def elu(x):
    return np.where(x > 0, x, np.expm1(np.minimum(x, 0)))


def elu_slope(x):
    return np.where(x > 0, 1, np.exp(np.minimum(x, 0)))


def selu(x):
    return SELU_SCALE * np.where(x > 0, x, SELU_ALPHA * np.expm1(np.minimum(x, 0)))


def selu_slope(x):
    return SELU_SCALE * np.where(x > 0, 1, SELU_ALPHA * np.exp(np.minimum(x, 0)))


def mish_slope(x):
    t = np.tanh(softplus(x))
    return t + x * (1 - t**2) * expit(x)


def hard_swish_slope(x):
    return np.where(x <= -3, 0, np.where(x >= 3, 1, x / 3 + 0.5))


def leaky(slope):
    return (lambda x: np.where(x > 0, x, slope * x)), (lambda x: np.where(x > 0, 1.0, slope))


def between(low, high, scale=1.0):
    return lambda x: scale * ((x > low) & (x < high))


# name -> (f, f'), by the library's names
ACTIVATIONS = {
    "relu": (lambda x: np.maximum(0, x), lambda x: (x > 0) * 1.0),
    "leaky_relu": leaky(0.01),  # Maas et al. 2013
    "relu6": (lambda x: np.clip(x, 0, 6), between(0, 6)),
    "elu": (elu, elu_slope),  # Clevert et al. 2016, alpha = 1
    "celu": (elu, elu_slope),  # Barron 2017: at alpha = 1 the same
    "selu": (selu, selu_slope),
    "gelu": (lambda x: x * normal_cdf(x), lambda x: normal_cdf(x) + x * normal_density(x)),  # Hendrycks, Gimpel 2016
    "silu": (lambda x: x * expit(x), lambda x: expit(x) * (1 + x * (1 - expit(x)))),  # Elfwing et al. 2018
    "mish": (lambda x: x * np.tanh(softplus(x)), mish_slope),  # Misra 2019
    "sigmoid": (expit, lambda x: expit(x) * (1 - expit(x))),
    "tanh": (np.tanh, lambda x: 1 - np.tanh(x) ** 2),
    "hardtanh": (lambda x: np.clip(x, -1, 1), between(-1, 1)),
    "hardsigmoid": (lambda x: np.clip(x / 6 + 0.5, 0, 1), between(-3, 3, 1 / 6)),
    "hardswish": (lambda x: x * np.clip(x / 6 + 0.5, 0, 1), hard_swish_slope),  # Howard et al. 2019
    "softplus": (softplus, expit),
    "softsign": (lambda x: x / (1 + np.abs(x)), lambda x: 1 / (1 + np.abs(x)) ** 2),
    "linear": (lambda x: x, np.ones_like),
}
ACTIVATIONS["swish"] = ACTIVATIONS["silu"]

#: PyTorch's hardsigmoid multiplies by 1/6 in float32 in its backward, in float64 too: 3e-8 of the slope.
SLOPE_TOLERANCE = {"hardsigmoid": 1e-7}
