"""Losses of one row each, and their derivatives by the outputs, from their formulas: (N, K) -> (N,), (N, K)."""

import numpy as np
from scipy.special import expit, logsumexp


def smoothed(classes, outputs, smoothing=0.0):
    """q = (1 - s) onehot + s / K (Szegedy et al. 2016, section 7)."""
    k = outputs.shape[1]
    return (1 - smoothing) * np.eye(k)[classes] + smoothing / k


def log_softmax(z):
    return z - logsumexp(z, axis=1, keepdims=True)


def cross_entropy(z, classes, smoothing=0.0):
    """-sum_k q_k log softmax(z)_k."""
    q = smoothed(classes, z, smoothing)
    return -(q * log_softmax(z)).sum(axis=1), np.exp(log_softmax(z)) - q


def kl(z, classes, smoothing=0.0):
    """sum_k q_k (log q_k - log softmax(z)_k), with 0 log 0 = 0."""
    q = smoothed(classes, z, smoothing)
    entropy = np.where(q > 0, q * np.log(np.where(q > 0, q, 1)), 0)
    return (entropy - q * log_softmax(z)).sum(axis=1), np.exp(log_softmax(z)) - q


def binary_cross_entropy(z, y, smoothing=0.0):
    """-mean_k [q log sigmoid(z) + (1 - q) log (1 - sigmoid(z))]; each label's two classes share the smoothing."""
    q = (1 - smoothing) * y + smoothing / 2
    rows = q * np.logaddexp(0, -z) + (1 - q) * np.logaddexp(0, z)
    return rows.mean(axis=1), (expit(z) - q) / z.shape[1]


def mse(z, y):
    return ((z - y) ** 2).mean(axis=1), 2 * (z - y) / z.shape[1]


def mae(z, y):
    return np.abs(z - y).mean(axis=1), np.sign(z - y) / z.shape[1]


def huber(z, y, delta=1.0):
    """Huber 1964: e^2 / 2 up to delta, then delta (|e| - delta / 2)."""
    e = z - y
    rows = np.where(np.abs(e) <= delta, e**2 / 2, delta * (np.abs(e) - delta / 2))
    return rows.mean(axis=1), np.clip(e, -delta, delta) / z.shape[1]


def hinge(z, classes):
    """max(0, 1 + max_{j != y} z_j - z_y) (Crammer and Singer 2001)."""
    rows = np.arange(len(z))
    rival = np.where(np.eye(z.shape[1], dtype=bool)[classes], -np.inf, z).argmax(axis=1)
    margin = 1 + z[rows, rival] - z[rows, classes]
    dz = np.zeros_like(z)
    dz[rows, rival], dz[rows, classes] = 1.0, -1.0
    return np.maximum(0, margin), dz * (margin > 0)[:, None]


LOSSES = {f.__name__: f for f in (cross_entropy, kl, binary_cross_entropy, mse, mae, huber, hinge)}
OF_CLASSES = ("cross_entropy", "kl", "hinge")  # targets are class numbers


def some_targets(loss, rng, rows, outputs):
    """Targets of the loss's kind; every class, and both values of a label, occur."""
    if loss in OF_CLASSES:
        return rng.permutation(np.arange(rows) % outputs)
    if loss == "binary_cross_entropy":
        return (rng.random((rows, outputs)) < 0.5) * 1.0
    return rng.normal(size=(rows, outputs)) * 2
