"""The usual optimizers, each from its published rule, over NumPy arrays: `update(state, w, g, lr, t) -> w`.

`state` is a dict of the weight's own, empty at first; t counts steps from 1. Constants are PyTorch's defaults, which
are the papers' unless a line says otherwise.
"""

import numpy as np


def averaged(state, key, value, beta):
    """Exponential moving average that starts at zero."""
    state[key] = beta * state.get(key, 0.0) + (1 - beta) * value
    return state[key]


def sgd(state, w, g, lr, t):
    """Robbins and Monro 1951."""
    return w - lr * g


def momentum(state, w, g, lr, t, mu=0.9):
    """Polyak 1964, equation 9, the step size outside the velocity: v = mu v + g; w -= lr v."""
    state["v"] = mu * state.get("v", 0.0) + g
    return w - lr * state["v"]


def nesterov(state, w, g, lr, t, mu=0.9):
    """Nesterov 1983 in the form of Sutskever et al. 2013, equations 3-4, moved to the looked-ahead point."""
    state["v"] = mu * state.get("v", 0.0) + g
    return w - lr * (g + mu * state["v"])


def rmsprop(state, w, g, lr, t, rho=0.99, eps=1e-8):
    """Tieleman and Hinton 2012, lecture 6.5 (there rho = 0.9)."""
    return w - lr * g / (np.sqrt(averaged(state, "v", g**2, rho)) + eps)


def adam(state, w, g, lr, t, beta1=0.9, beta2=0.999, eps=1e-8):
    """Kingma and Ba 2015, algorithm 1."""
    m = averaged(state, "m", g, beta1) / (1 - beta1**t)
    v = averaged(state, "v", g**2, beta2) / (1 - beta2**t)
    return w - lr * m / (np.sqrt(v) + eps)


def adamw(state, w, g, lr, t, decay=0.01):
    """Loshchilov and Hutter 2019, algorithm 2; the decay is multiplied by the rate."""
    return adam(state, w, g, lr, t) - lr * decay * w


def nadam(state, w, g, lr, t, beta1=0.9, beta2=0.999, eps=1e-8, psi=0.004):
    """Dozat 2016, algorithm 2, with the warming mu_t = beta1 (1 - 0.96^(t psi) / 2) of its section 3."""
    mu, following = (beta1 * (1 - 0.5 * 0.96 ** (psi * i)) for i in (t, t + 1))
    product = state["product"] = state.get("product", 1.0) * mu
    state["m"] = beta1 * state.get("m", 0.0) + (1 - beta1) * g
    m = following * state["m"] / (1 - product * following) + (1 - mu) * g / (1 - product)
    v = averaged(state, "v", g**2, beta2) / (1 - beta2**t)
    return w - lr * m / (np.sqrt(v) + eps)


def adagrad(state, w, g, lr, t, eps=1e-10):
    """Duchi, Hazan and Singer 2011, figure 1 with diagonal matrices; eps added to the root."""
    state["sum"] = state.get("sum", 0.0) + g**2
    return w - lr * g / (np.sqrt(state["sum"]) + eps)


def adadelta(state, w, g, lr, t, rho=0.9, eps=1e-6):
    """Zeiler 2012, algorithm 1, times a rate (the paper's is 1)."""
    v = averaged(state, "v", g**2, rho)
    step = np.sqrt(state.get("steps", 0.0) + eps) / np.sqrt(v + eps) * g
    averaged(state, "steps", step**2, rho)
    return w - lr * step


def adamax(state, w, g, lr, t, beta1=0.9, beta2=0.999, eps=1e-8):
    """Kingma and Ba 2015, algorithm 2; eps keeps the infinity norm from zero."""
    state["u"] = np.maximum(beta2 * state.get("u", 0.0), np.abs(g) + eps)
    return w - lr / (1 - beta1**t) * averaged(state, "m", g, beta1) / state["u"]


def newton_schulz(g, steps=3):
    """Push the singular values of a matrix towards one: x <- a x + b x^3 + c x^5 (Jordan et al. 2024, Muon)."""
    a, b, c = 3.4445, -4.7750, 2.0315
    x = g / (np.linalg.norm(g) + 1e-7)
    for _ in range(steps):
        square = x @ x.T
        x = a * x + (b * square + c * square @ square) @ x
    return x


def muon(state, w, g, lr, t, mu=0.9):
    """Jordan et al. 2024 with the scale 0.2 sqrt(max(out, rest)) of Liu et al. 2025, equation 4; vectors by Adam."""
    if w.ndim < 2:
        return adam(state, w, g, lr, t)
    state["v"] = mu * state.get("v", 0.0) + g
    matrix = (g + mu * state["v"]).reshape(len(g), -1)
    return w - lr * 0.2 * np.sqrt(max(matrix.shape)) * newton_schulz(matrix).reshape(w.shape)


UPDATES = {
    f.__name__: f for f in (sgd, momentum, nesterov, rmsprop, adam, adamw, nadam, adagrad, adadelta, adamax, muon)
}
