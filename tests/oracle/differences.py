"""Central differences, and the few lines that carry arrays to torch and back."""

import numpy as np
import torch


def central(f, x, h=1e-5):
    """df/dx of a scalar function by (f(x + h) - f(x - h)) / 2h, entry by entry; x is put back as it was."""
    slope = np.zeros_like(x)
    for i in np.ndindex(x.shape):
        kept = x[i]
        x[i] = kept + h
        above = f()
        x[i] = kept - h
        slope[i] = (above - f()) / (2 * h)
        x[i] = kept
    return slope


def tensor(x, *, grad=False):
    return torch.tensor(np.asarray(x), requires_grad=grad)


def array(t):
    return t.detach().numpy()


def close(actual, expected, tolerance=1e-11):
    actual = array(actual) if isinstance(actual, torch.Tensor) else actual
    assert np.shape(actual) == np.shape(expected)
    np.testing.assert_allclose(actual, expected, rtol=tolerance, atol=tolerance)


def randomise(module, rng):
    """Draw every parameter of a module (so that no gamma is 1 and no beta 0 by chance of the start)."""
    with torch.no_grad():
        for p in module.parameters():
            p.copy_(tensor(rng.normal(size=tuple(p.shape))))
    return module
