"""Temperature scaling: one number that makes a network's probabilities as sure as they are right."""

from collections.abc import Callable

import torch
from torch import Tensor

#: Temperatures that are believed. Rows that are all right by far have no best one: it falls to 0.
LOWEST, HIGHEST = 0.25, 16.0
#: Halvings of the interval, of its logarithm: 2^-50 of it is left.
_HALVINGS = 50


def of_classes(outputs: Tensor, y: Tensor) -> float:
    r"""Give the temperature T that minimises the negative log likelihood of classes, softmax(z / T).

        NLL(T) = -1/N sum over rows of log softmax(z / T)_y,    0 = sum over rows of (sum over k of p_k z_k) - z_y

    Shapes: outputs (N, K), y (N,). It is convex in 1 / T, so the zero of the derivative is found by halving. The class
    of the largest output stays the same whatever T is. Source: Guo et al., "On calibration of modern neural networks",
    ICML 2017, section 4.2. Deviation: T is held between 0.25 and 16. scikit-learn's `method="temperature"` gives the
    same number (a test compares), and takes an estimator, not outputs.

    >>> outputs = torch.tensor([[4.0, 0.0]] * 4)
    >>> round(of_classes(outputs, torch.tensor([0, 0, 0, 1])), 4)  # sigmoid(4 / T) = 3/4
    3.641
    """
    outputs = outputs.double()
    there = outputs.gather(1, y.long()[:, None])[:, 0]

    def slope(inverse: float) -> float:
        p = (outputs * inverse).softmax(dim=1)
        return float(((p * outputs).sum(dim=1) - there).sum())

    return _zero(slope)


def of_labels(outputs: Tensor, y: Tensor) -> list[float]:
    r"""Give a temperature for each label, (N, L) -> L numbers, by the binary cross-entropy of sigmoid(z / T).

    A label of which fewer than 5 rows are 1, or are 0, keeps the temperature 1: so few tell nothing.

    >>> labels = torch.tensor([[1.0]] * 15 + [[0.0]] * 5)
    >>> [round(t, 3) for t in of_labels(8 * labels - 4, labels)]  # all right: as low as is believed
    [0.25]
    """
    return [_of_label(z, t) for z, t in zip(outputs.double().T, y.double().T, strict=True)]


#: Rows of each sort that a label's temperature takes at least.
FEWEST = 5


def _of_label(outputs: Tensor, y: Tensor) -> float:
    if min(float(y.sum()), float((1 - y).sum())) < FEWEST:
        return 1.0
    return _zero(lambda inverse: float((((outputs * inverse).sigmoid() - y) * outputs).sum()))


def _zero(slope: Callable[[float], float]) -> float:
    """Find where a slope that rises with 1 / T crosses 0."""
    low, high = torch.tensor([1 / HIGHEST, 1 / LOWEST], dtype=torch.float64).log().tolist()
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if slope(float(torch.tensor(middle, dtype=torch.float64).exp())) < 0:
            low = middle
        else:
            high = middle
    return float(torch.tensor(-(low + high) / 2, dtype=torch.float64).exp())


def divided(outputs: Tensor, temperature: tuple[float, ...]) -> Tensor:
    r"""Divide outputs (N, K, \*S) by one temperature, or by one for each of K.

    >>> divided(torch.tensor([[2.0, 6.0]]), (2.0, 3.0)).tolist()
    [[1.0, 2.0]]
    """
    if not temperature:
        return outputs
    shape = (1, -1, *[1] * (outputs.ndim - 2))
    return outputs / torch.tensor(temperature, dtype=outputs.dtype, device=outputs.device).view(shape)
