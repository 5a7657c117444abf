"""Batch normalisation (Ioffe and Szegedy 2015, algorithm 1) with the running statistics of the specification."""

import numpy as np

EPS = 1e-5


def reduced_axes(x):
    return (0, *range(2, x.ndim))


def over_channels(v, x):
    return np.asarray(v).reshape(1, -1, *(1,) * (x.ndim - 2))


def normalise(x, mean, variance):
    return (x - over_channels(mean, x)) / np.sqrt(over_channels(variance, x) + EPS)


class BatchNorm:
    """gamma (x - mu) / sqrt(sigma^2 + eps) + beta; (N, C, *S) or (N, F), by channel or feature."""

    def __init__(self, channels, momentum=0.9):
        self.momentum, self.steps = momentum, 0
        self.gamma, self.beta = np.ones(channels), np.zeros(channels)
        self.mean, self.variance = np.zeros(channels), np.ones(channels)  # the running ones

    def update(self, x):
        """Running = m running + (1 - m) batch, with max(1 - m, 1 / t) for 1 - m; the variance is unbiased."""
        self.steps += 1
        share = max(1 - self.momentum, 1 / self.steps)
        self.mean = (1 - share) * self.mean + share * x.mean(axis=reduced_axes(x))
        self.variance = (1 - share) * self.variance + share * x.var(axis=reduced_axes(x), ddof=1)

    def forward(self, x, training=True):
        self.x = x
        self.by_batch = training and x.size // x.shape[1] > 1  # one value has no variance: running statistics then
        mean, self.used_variance = self.mean, self.variance
        if self.by_batch:
            self.update(x)
            mean, self.used_variance = x.mean(axis=reduced_axes(x)), x.var(axis=reduced_axes(x))
        self.normal = normalise(x, mean, self.used_variance)
        return over_channels(self.gamma, x) * self.normal + over_channels(self.beta, x)

    def backward(self, dy):
        """Return dL/dx, dL/dgamma, dL/dbeta, by the chain rule through the mean and the variance too."""
        axes, x = reduced_axes(self.x), self.x
        dgamma, dbeta = (dy * self.normal).sum(axis=axes), dy.sum(axis=axes)
        deviation = over_channels(np.sqrt(self.used_variance + EPS), x)
        dnormal = dy * over_channels(self.gamma, x)
        if not self.by_batch:
            return dnormal / deviation, dgamma, dbeta
        centred, values = x - over_channels(x.mean(axis=axes), x), x.size // x.shape[1]
        dvariance = over_channels((dnormal * centred).sum(axis=axes), x) * -0.5 / deviation**3
        # sum of (x - mu) is zero, so the variance hands nothing to the mean
        dmean = over_channels(-(dnormal / deviation).sum(axis=axes), x)
        return dnormal / deviation + dvariance * 2 * centred / values + dmean / values, dgamma, dbeta
