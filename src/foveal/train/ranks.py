"""Measures of how outputs rank rows: they need every row at once. One-against-the-rest where there are several classes.

A table has a line for each row: the outputs, what the row is, its weight. Rows of weight 0 do not count.
"""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

#: Takes the outputs for a class, which rows are of it, and their weights.
OfClass = Callable[[np.ndarray, np.ndarray, np.ndarray], float]


def table_of(scores: Tensor, targets: Tensor, weight: Tensor | None) -> Tensor:
    """Lay scores, (N, C), targets, (N,) or (N, C), and weights side by side; a float holds class numbers exactly."""
    scores = scores if scores.dtype == torch.float64 else scores.float()  # NumPy knows no bfloat16
    weight = scores.new_ones(len(scores)) if weight is None else weight.to(scores.dtype)
    return torch.cat((scores, targets.to(scores.dtype).view(len(scores), -1), weight[:, None]), dim=1)


def probability_table(outputs: Tensor, targets: Tensor, weight: Tensor | None) -> Tensor:
    """Keep the classes' probabilities; of two classes the second's, scikit-learn's positive one."""
    chances = outputs.softmax(dim=1)
    return table_of(chances[:, 1:] if chances.shape[1] == 2 else chances, targets, weight)


def output_table(outputs: Tensor, targets: Tensor, weight: Tensor | None) -> Tensor:
    """Keep outputs that are no probabilities; of two classes the second's less the first's, as `decision_function`."""
    return table_of(outputs[:, 1:] - outputs[:, :1] if outputs.shape[1] == 2 else outputs, targets, weight)


def label_table(outputs: Tensor, targets: Tensor, weight: Tensor | None) -> Tensor:
    """Keep the labels' probabilities, and the indicator."""
    return table_of(outputs.sigmoid(), targets, weight)


def over_classes(of_class: OfClass, table: Tensor) -> float:
    """Give the mean over the classes for which `of_class` is a number; NaN where it is for none.

    The table's targets are class numbers. Source: scikit-learn's average="macro" on an indicator of the classes;
    deviation: it counts a class without rows as 0, or refuses it, and here the mean is over the classes that there are.

    >>> rows = torch.tensor([[0.9, 0.1, 0.0], [0.2, 0.7, 0.1], [0.3, 0.6, 0.1]])
    >>> over_classes(average_precision, table_of(rows, torch.tensor([0, 1, 1]), None))
    1.0
    """
    *scores, numbers, weight = table.numpy().T
    first = 1 if len(scores) == 1 else 0  # of two classes the second alone
    there = [numbers == number for number in range(first, first + len(scores))]
    return _mean(of_class, scores, there, weight)


def over_labels(of_class: OfClass, table: Tensor) -> float:
    """Give the same where the table's targets are an indicator of several labels a row."""
    *columns, weight = table.numpy().T
    n_labels = len(columns) // 2
    return _mean(of_class, columns[:n_labels], [marks > 0.5 for marks in columns[n_labels:]], weight)


def average_precision(scores: np.ndarray, there: np.ndarray, weight: np.ndarray) -> float:
    """sum_n (R_n - R_{n-1}) P_n over the thresholds n; source: scikit-learn's `average_precision_score`.

    >>> average_precision(np.array([0.9, 0.8, 0.7, 0.6]), np.array([True, False, False, True]), np.ones(4))
    0.75
    """
    hits, misses = _curve(scores, there, weight)
    if not len(hits) or hits[-1] == 0:
        return float("nan")
    return float((np.diff(hits, prepend=0.0) / hits[-1] * hits / (hits + misses)).sum())


def roc_auc(scores: np.ndarray, there: np.ndarray, weight: np.ndarray) -> float:
    """Area under the curve of hits over misses, by trapezia; source: scikit-learn's `roc_auc_score`.

    >>> roc_auc(np.array([0.9, 0.8, 0.7]), np.array([True, False, True]), np.ones(3))
    0.5
    """
    hits, misses = _curve(scores, there, weight)
    if not len(hits) or hits[-1] == 0 or misses[-1] == 0:
        return float("nan")
    heights = (hits + np.append(0.0, hits[:-1])) / 2
    return float((np.diff(misses, prepend=0.0) * heights).sum() / (hits[-1] * misses[-1]))


def both_there(targets: Tensor, weight: Tensor | None) -> bool:
    """Tell whether two classes are there, or a label that some rows have and others have not.

    >>> both_there(torch.tensor([1, 1]), None), both_there(torch.tensor([[1, 0], [1, 1]]), None)
    (False, True)
    """
    return bool((targets != targets[:1]).any())


def _mean(of_class: OfClass, scores: list[np.ndarray], there: list[np.ndarray], weight: np.ndarray) -> float:
    if any(np.isnan(column).any() for column in scores):
        return float("nan")
    found = np.array([of_class(*columns, weight) for columns in zip(scores, there, strict=True)])
    known = found[~np.isnan(found)]
    return float(known.mean()) if len(known) else float("nan")


def _curve(scores: np.ndarray, there: np.ndarray, weight: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Give the weights of the rows above each threshold that are of the class, and of those that are not."""
    counts = weight > 0
    order = np.argsort(-scores[counts], kind="stable")
    scores, there, weight = (values[counts][order] for values in (scores, there, weight))
    last = np.flatnonzero(np.diff(scores, append=np.nan) != 0)  # rows of one score are above a threshold together
    weight = weight.astype(np.float64)
    return np.cumsum(weight * there)[last], np.cumsum(weight * ~there)[last]
