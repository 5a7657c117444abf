"""Hold a network against stored numbers: names and shapes, counts, logits in both modes, gradients (float64).

`golden.json.gz` and `state_dicts.json.gz` were taken from torchvision 0.29.1 and timm 1.0.31 on torch 2.14.1, without
trained weights: each tensor is a function of its name, its shape and one number for the network, by `fill`.
`efficientnet_lite0.json.gz` was taken in the same way from efficientnet-lite-pytorch 0.1.0, at 72 x 103 pixels: its
zeros depend on the size.
"""

import gzip
import hashlib
import json
import math
from functools import cache
from pathlib import Path
from types import MappingProxyType

import numpy as np
import torch

from foveal.layers import Dropout, StochasticDepth

HERE = Path(__file__).parent
#: Buffers that no library but this one's norm counts otherwise.
TOLERANCE = 1e-6


_LITE = "efficientnet_lite0.json.gz"


def _read(name):
    return json.loads(gzip.decompress((HERE / name).read_bytes()))


@cache
def golden():
    """Give the stored outputs, counts and settings by network."""
    return MappingProxyType(_read("golden.json.gz")["networks"] | {"efficientnet_lite0": _read(_LITE)["golden"]})


@cache
def states():
    """Give names and shapes of each network's state dict, and the norm of each parameter's gradient."""
    return MappingProxyType(_read("state_dicts.json.gz")["networks"] | {"efficientnet_lite0": _read(_LITE)["states"]})


def unit(key, n):
    """Give n numbers of mean 0 and variance 1, uniform in [-sqrt 3, sqrt 3), fixed by a string."""
    seed = int.from_bytes(hashlib.sha256(key.encode()).digest()[:8], "little")
    raw = np.random.PCG64(seed).random_raw(n)
    return ((raw >> np.uint64(11)) * 2.0**-53 - 0.5) * math.sqrt(12.0)


def fill(name, shape, gain):
    """Give the array of a state dict's entry."""
    leaf, shape = name.rsplit(".", 1)[-1], tuple(shape)
    if leaf == "num_batches_tracked":
        return np.zeros(shape, np.int64)
    u = unit(name, math.prod(shape)).reshape(shape)
    if leaf == "running_var":
        return (1.0 + 0.1 * np.abs(u)).astype(np.float32)
    if leaf == "layer_scale":
        return (0.5 * u).astype(np.float32)
    if len(shape) >= 2:
        return (u * (gain * math.sqrt(2.0 / math.prod(shape[1:])))).astype(np.float32)
    return (1.0 + 0.1 * u if leaf == "weight" else 0.1 * u).astype(np.float32)


def inputs(case):
    """Give the rows of a case."""
    shape = case["input_shape"]
    return torch.from_numpy(unit(case["input_key"], math.prod(shape)).reshape(shape).astype(np.float32)).double()


def filled(name, net, rename=lambda entry: entry):
    """Fill a network by the rule, in float64, without dropout; its names and shapes must be the stored ones."""
    own, stored = net.state_dict(), states()[name]["state"]
    assert {k: list(v.shape) for k, v in own.items()} == {rename(entry): shape for entry, shape in stored}
    net.double()
    own = net.state_dict()
    with torch.no_grad():
        for entry, shape in stored:
            own[rename(entry)].copy_(torch.from_numpy(fill(entry, shape, golden()[name]["gain"])))
    for module in net.modules():
        if isinstance(module, Dropout | StochasticDepth):
            module.rate = 0.0
    return net


def outputs(y):
    """List a network's outputs, the main one first."""
    return (
        [y] if isinstance(y, torch.Tensor) else [t for t in (y.values() if isinstance(y, dict) else y) if t is not None]
    )


def difference(y, want):
    """Give the largest difference of logits from the stored ones, in units of their deviation.

    Of an answer for each place they are kept at the place `at`, and along a row of the picture.
    """
    at = want.get("at")
    pairs = [] if at is None else [(y[0, 5, at[0], : len(want["row"])], want["row"])]
    pairs += [
        (y[:, :16] if at is None else y[:, :16, at[0], at[1]], want["first16"]),
        (y.mean(), want["mean"]),
        (y.std(unbiased=False), want["std"]),
    ]
    return max(float((a.detach() - torch.tensor(b, dtype=a.dtype)).abs().max()) for a, b in pairs) / want["std"]


def differences(name, net, rename=lambda entry: entry):
    """Compare a filled network with everything that is stored: the differences by what was compared."""
    stored, found = golden()[name]["cases"], {}
    net.eval()
    for key, case in stored.items():
        with torch.no_grad():
            found[f"inference {key}"] = difference(outputs(net(inputs(case)))[0], case["eval"]["logits"])
    outs = outputs(net.train()(inputs(stored["main"])))
    found["training"] = difference(outs[0], stored["main"]["train"]["logits"])
    loss = torch.stack([(out**2).mean() for out in outs]).sum()
    found["loss"] = abs(float(loss.detach()) / stored["main"]["train"]["loss"] - 1)
    loss.backward()
    total = stored["main"]["train"]["grad_l2_total"]
    mine = dict(net.named_parameters())
    trained = [entry for entry, _ in states()[name]["state"] if rename(entry) in mine]
    for entry, norm in zip(trained, states()[name]["grad_l2"], strict=True):
        if norm is not None:
            own = float(mine[rename(entry)].grad.norm())
            found[f"gradient of {entry}"] = abs(own - norm) / (norm or total)
    return found
