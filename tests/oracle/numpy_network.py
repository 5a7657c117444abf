"""A whole network in NumPy: forward, backward by the chain rule, and the training step; written from the formulas.

Parameters are held in `layer.params`, their derivatives after `backward` in `layer.grads`, by name.
"""

import numpy as np

from . import definitions as d
from .activations import ACTIVATIONS
from .losses import LOSSES
from .normalisation import BatchNorm
from .updates import UPDATES


class Layer:
    def __init__(self, **params):
        self.params, self.grads = params, {}


class Conv(Layer):
    decayed = True

    def __init__(self, params, **options):
        super().__init__(**params)
        self.options = options

    def forward(self, x, training):
        self.x = x
        return d.correlate(x, self.params["weight"], self.params.get("bias"), **self.options)

    def backward(self, dy):
        dx, dw, db = d.correlate_backward(dy, self.x, self.params["weight"], **self.options)
        self.grads = {"weight": dw, "bias": db}
        return dx


class Dense(Layer):
    decayed = True

    def forward(self, x, training):
        self.x = x
        return d.dense(x, self.params["weight"], self.params.get("bias", 0.0))

    def backward(self, dy):
        dx, dw, db = d.dense_backward(dy, self.x, self.params["weight"])
        self.grads = {"weight": dw, "bias": db}
        return dx


class Norm(Layer):
    decayed = False

    def __init__(self, params, momentum):
        super().__init__(**params)
        self.norm = BatchNorm(len(params["weight"]), momentum)

    def forward(self, x, training):
        self.norm.gamma, self.norm.beta = self.params["weight"], self.params["bias"]
        return self.norm.forward(x, training)

    def backward(self, dy):
        dx, dgamma, dbeta = self.norm.backward(dy)
        self.grads = {"weight": dgamma, "bias": dbeta}
        return dx


class Activation(Layer):
    def __init__(self, name):
        super().__init__()
        self.f, self.slope = ACTIVATIONS[name]

    def forward(self, x, training):
        self.x = x
        return self.f(x)

    def backward(self, dy):
        return dy * self.slope(self.x)


class Pool(Layer):
    def __init__(self, mode, size, stride):
        super().__init__()
        self.mode, self.window = mode, (size, stride)

    def forward(self, x, training):
        self.x = x
        return d.max_pool(x, *self.window)[0] if self.mode == "max" else d.mean_pool(x, *self.window)

    def backward(self, dy):
        return (d.max_pool_backward if self.mode == "max" else d.mean_pool_backward)(dy, self.x, *self.window)


class Flatten(Layer):
    def forward(self, x, training):
        self.shape = x.shape
        return d.flatten(x)

    def backward(self, dy):
        return d.flatten_backward(dy, self.shape)


class Network:
    """Layers in a row, a loss, an optimizer, and lambda_ times the sum of squared conv and dense weights."""

    def __init__(self, layers, loss, optimizer, lr, lambda_=0.0, clip_norm=np.inf):
        self.layers, self.loss, self.update = layers, LOSSES[loss], UPDATES[optimizer]
        self.lr, self.lambda_, self.clip_norm, self.steps = lr, lambda_, clip_norm, 0
        self.states = [{name: {} for name in layer.params} for layer in layers]

    def forward(self, x, training=True):
        for layer in self.layers:
            x = layer.forward(x, training)
        return x

    def penalty(self):
        decayed = (layer.params["weight"] for layer in self.layers if getattr(layer, "decayed", False))
        return self.lambda_ * sum((w**2).sum() for w in decayed)

    def evaluate(self, x, targets, training=True, weights=None):
        """The loss, and its derivative by the outputs; a weighted loss is divided by the sum of weights."""
        rows, slopes = self.loss(self.forward(x, training), targets)
        weights = np.ones(len(x)) if weights is None else weights
        share = weights / weights.sum()
        return share @ rows + self.penalty(), share[:, None] * slopes

    def backward(self, dy):
        for layer in reversed(self.layers):
            dy = layer.backward(dy)
            if getattr(layer, "decayed", False):
                layer.grads["weight"] = layer.grads["weight"] + 2 * self.lambda_ * layer.params["weight"]
        return dy

    def shrink(self):
        """Factor that brings the length of the whole gradient down to clip_norm (Pascanu et al. 2013, algorithm 1)."""
        squares = sum((layer.grads[name] ** 2).sum() for layer in self.layers for name in layer.params)
        return min(1.0, self.clip_norm / np.sqrt(squares))

    def step(self, x, targets, weights=None):
        """One step on one batch; returns the loss before it."""
        loss, slopes = self.evaluate(x, targets, weights=weights)
        self.backward(slopes)
        factor, self.steps = self.shrink(), self.steps + 1
        for layer, states in zip(self.layers, self.states, strict=True):
            for name, w in layer.params.items():
                layer.params[name] = self.update(states[name], w, factor * layer.grads[name], self.lr, self.steps)
        return loss

    def weights(self):
        """All parameters, in the order of the layers."""
        return [w for layer in self.layers for w in layer.params.values()]
