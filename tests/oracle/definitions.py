"""Convolution and pooling over any number of axes, forward and backward by the chain rule, in plain NumPy.

Every sum runs over the taps of the window: tap m of S(i) = sum_m I(i * stride + m * dilation) K(m) is one strided
slice of the input, so the same ten lines serve signals, images and volumes. Arrays are (N, C, *S).
"""

from itertools import product

import numpy as np


def per_axis(value, ndim):
    return (value,) * ndim if isinstance(value, int) else tuple(value)


def same_padding(kernel, dilation):
    """Zeros (before, after) on each axis: d (k - 1) in all, the odd one after, whatever the stride."""
    total = [d * (k - 1) for k, d in zip(kernel, dilation, strict=True)]
    return [(t // 2, t - t // 2) for t in total]


def pad(x, kernel, dilation, padding):
    widths = same_padding(kernel, dilation) if padding == "same" else [(0, 0)] * len(kernel)
    return np.pad(x, [(0, 0), (0, 0), *widths]), widths


def output_sizes(sizes, kernel, stride, dilation):
    """How many positions the window takes on an axis: floor((L - d (k - 1) - 1) / s) + 1."""
    return tuple(
        (size - d * (k - 1) - 1) // s + 1 for size, k, s, d in zip(sizes, kernel, stride, dilation, strict=True)
    )


def tap_slices(kernel, stride, dilation, outputs):
    """Of each tap, in row-major order: its index and the strided slice of the (padded) input that it reads."""
    for tap in product(*(range(k) for k in kernel)):
        axes = zip(tap, stride, dilation, outputs, strict=True)
        yield tap, (..., *(slice(m * d, m * d + (o - 1) * s + 1, s) for m, s, d, o in axes))


def geometry(x, kernel, stride, dilation):
    ndim = x.ndim - 2
    kernel, stride, dilation = (per_axis(v, ndim) for v in (kernel, stride, dilation))
    return kernel, stride, dilation, output_sizes(x.shape[2:], kernel, stride, dilation)


def correlate(x, w, b=None, *, stride=1, dilation=1, padding="same"):
    """S(i) = sum over c, m of I_c(i s + m d) K_c(m): (N, C, *S), (C', C, *K) -> (N, C', *S')."""
    kernel = w.shape[2:]
    x, _ = pad(x, kernel, per_axis(dilation, len(kernel)), padding)
    kernel, stride, dilation, outputs = geometry(x, kernel, stride, dilation)
    y = np.zeros((len(x), len(w), *outputs))
    for tap, where in tap_slices(kernel, stride, dilation, outputs):
        y += np.einsum("nc...,oc->no...", x[where], w[(slice(None), slice(None), *tap)])
    return y if b is None else y + b.reshape(-1, *(1,) * len(kernel))


def correlate_backward(dy, x, w, *, stride=1, dilation=1, padding="same"):
    """dL/dI, dL/dK, dL/db: each product I K of the forward sum hands dL/dS times one factor to the other."""
    kernel, unpadded = w.shape[2:], x.shape
    x, widths = pad(x, kernel, per_axis(dilation, len(kernel)), padding)
    kernel, stride, dilation, outputs = geometry(x, kernel, stride, dilation)
    dx, dw = np.zeros_like(x), np.zeros_like(w)
    for tap, where in tap_slices(kernel, stride, dilation, outputs):
        weights = (slice(None), slice(None), *tap)
        dx[where] += np.einsum("no...,oc->nc...", dy, w[weights])
        dw[weights] = np.einsum("nop,ncp->oc", flat(dy), flat(x[where]))
    inside = [slice(before, before + size) for (before, _), size in zip(widths, unpadded[2:], strict=True)]
    return dx[(..., *inside)], dw, dy.sum(axis=(0, *range(2, dy.ndim)))


def flat(x):
    return x.reshape(*x.shape[:2], -1)


def clipped_window(x, size, stride):
    """The window, no longer than its axis, its stride (the window's size where none is given), and the outputs."""
    size = per_axis(size, x.ndim - 2)
    stride = size if stride is None else per_axis(stride, x.ndim - 2)
    kernel = tuple(min(k, n) for k, n in zip(size, x.shape[2:], strict=True))
    return geometry(x, kernel, stride, 1)


def max_pool(x, size, stride=None):
    """P = max over the window, and the row-major number of the first tap that reaches it."""
    window = clipped_window(x, size, stride)
    taps = np.stack([x[where] for _, where in tap_slices(*window)])
    return taps.max(axis=0), taps.argmax(axis=0)  # argmax gives the first of equals


def max_pool_backward(dy, x, size, stride=None):
    """Each output's derivative goes to the first maximum of its window."""
    winner, dx = max_pool(x, size, stride)[1], np.zeros_like(x)
    for number, (_, where) in enumerate(tap_slices(*clipped_window(x, size, stride))):
        dx[where] += dy * (winner == number)
    return dx


def mean_pool(x, size, stride=None):
    """P = mean over the window."""
    window = clipped_window(x, size, stride)
    return sum(x[where] for _, where in tap_slices(*window)) / np.prod(window[0])


def mean_pool_backward(dy, x, size, stride=None):
    window, dx = clipped_window(x, size, stride), np.zeros_like(x)
    for _, where in tap_slices(*window):
        dx[where] += dy / np.prod(window[0])
    return dx


def flatten(x):
    """(N, C, *S) -> (N, S... C): pixels first, the channels of a pixel beside one another."""
    return np.moveaxis(x, 1, -1).reshape(len(x), -1)


def flatten_backward(dy, shape):
    n, channels, *sizes = shape
    return np.moveaxis(dy.reshape(n, *sizes, channels), -1, 1)


def dense(x, w, b):
    """Rows of y = W x + b."""
    return x @ w.T + b


def dense_backward(dy, x, w):
    return dy @ w, dy.T @ x, dy.sum(axis=0)
