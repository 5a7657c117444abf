"""Networks that Hypothesis draws for the kernels, and where rounding may turn a decision in them."""

from itertools import pairwise

import torch
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from foveal.core.shapes import conv_size
from foveal.kernels.epilogue import CURVES, POOLINGS
from foveal.kernels.recognise import leaves
from foveal.layers import ConvBlock, DenseBlock, Flatten
from foveal.layers.conv_block import POOL

#: Every activation that the kernels know, and what it is made with.
CURVE_MODULES = [
    nn.Identity(), nn.ReLU(), nn.ReLU6(), nn.Hardtanh(-0.7, 0.4), nn.LeakyReLU(0.1), nn.LeakyReLU(1.5),
]  # fmt: skip
#: Distance from a kink, or between a window's two greatest, below which a decision counts as open. Errors are 1e-6.
MARGIN = 1e-4
WINDOWS = [(2, 2), (3, 2), (2, 1), (3, 3), (1, 2), (5, 4)]  # size, stride


def seeded(make, seed: int):
    """Make a network whose start is drawn from a seed."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return make()


def shake(net: nn.Module, seed: int) -> nn.Module:
    """Draw what starts as a constant: gains of both signs, one of them exactly zero, offsets, running statistics."""
    rng = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for norm in (m for m in net.modules() if isinstance(m, _BatchNorm)):
            norm.weight.copy_(torch.randn(len(norm.weight), generator=rng))
            norm.weight[seed % len(norm.weight)] = 0
            norm.bias.copy_(torch.randn(len(norm.bias), generator=rng))
            norm.running_mean.copy_(torch.randn(len(norm.bias), generator=rng))
            norm.running_var.copy_(torch.rand(len(norm.bias), generator=rng) + 0.1)
    return net


@st.composite
def tails(draw, sizes: list[int]) -> tuple[list[nn.Module], list[int]]:
    """Draw what stands after the norm of a convolution: an activation, a pooling, both in either order, or nothing."""
    modules: list[nn.Module] = [draw(st.sampled_from(CURVE_MODULES))]
    mode = draw(st.sampled_from(["max", "max", "avg", None]))
    if mode is None:
        return modules, sizes
    one = (1, 1)  # along one of two axes there may be no pooling: 1xk
    axes = [draw(st.sampled_from([(min(k, n), s) for k, s in [*WINDOWS, one]])) for n in sizes]
    window, stride = zip(*axes, strict=True)
    if draw(st.booleans()):  # the usual case
        window, stride = (min(2, *sizes),) * len(sizes), (min(2, *sizes),) * len(sizes)
    pool = POOL[mode][len(sizes)](window, stride=stride)
    pooled = [(n - k) // s + 1 for n, k, s in zip(sizes, window, stride, strict=True)]
    return draw(st.permutations([*modules, pool])), pooled


@st.composite
def geometries(draw, kind: str) -> tuple[list[int], int, dict]:
    """Draw sizes, channels and the options of a convolution that kernels of a kind compute."""
    if kind == "winograd":
        padding = draw(st.sampled_from(["same", "valid"]))
        low = 3 if padding == "same" else 5
        sizes = draw(st.lists(st.integers(low, 20), min_size=2, max_size=2))
        return sizes, draw(st.integers(8, 40)), {"padding": padding}
    ndim = draw(st.sampled_from([1, 2, 2]))

    def axes(low: int, high: int) -> tuple[int, ...]:
        return tuple(draw(st.integers(low, high)) for _ in range(ndim))

    sizes, filters, dilation = list(axes(3, 14)), axes(1, 5), axes(1, 2)
    if draw(st.booleans()):
        dilation = (1,) * ndim
    fits = all(conv_size(n, k, 1, d, "valid") > 0 for n, k, d in zip(sizes, filters, dilation, strict=True))
    padding = draw(st.sampled_from(["same", "valid"])) if fits else "same"
    options = {"filter_size": filters, "stride": axes(1, 2), "dilation": dilation, "padding": padding}
    return sizes, draw(st.integers(1, 4) if kind == "first" else st.integers(5, 24)), options


@st.composite
def layers(draw, kind: str, norm: bool | None = None) -> tuple[nn.Sequential, tuple[int, ...]]:
    """Draw a network of one convolution, and the shape of its rows."""
    sizes, channels, options = draw(geometries(kind))
    outputs = draw(st.integers(1, 40))
    normed = draw(st.booleans()) if norm is None else norm
    seed = draw(st.integers(0, 2**16))
    block = seeded(
        lambda: ConvBlock(len(sizes), channels, outputs, batch_norm=normed, activation="linear", **options), seed
    )
    given = [options.get(name, 1) for name in ("filter_size", "stride", "dilation")]
    given[0] = options.get("filter_size", 3)
    filters, strides, dilations = ((v,) * len(sizes) if isinstance(v, int) else v for v in given)
    maps = [
        conv_size(n, k, s, d, options["padding"]) for n, k, s, d in zip(sizes, filters, strides, dilations, strict=True)
    ]
    tail, _ = draw(tails(maps))
    if normed and draw(st.booleans()):
        seeded(lambda: torchs_own(block, seed), seed)
    return shake(nn.Sequential(block, *tail), seed), (channels, *sizes)


def torchs_own(block: ConvBlock, seed: int) -> None:
    """Give a block a bias before its norm, which takes it away again, and PyTorch's norm in place of ours."""
    conv, kinds = block.conv, {1: nn.BatchNorm1d, 2: nn.BatchNorm2d}
    block.conv = type(conv)(
        conv.in_channels, conv.out_channels, conv.kernel_size, conv.stride, conv.padding, conv.dilation, bias=True
    )
    momentum = [0.3, None][seed % 2]
    block.norm = kinds[len(conv.kernel_size)](conv.out_channels, eps=1e-3, momentum=momentum)


@st.composite
def stacks(draw) -> tuple[nn.Sequential, tuple[int, ...]]:
    """Draw a network of a few layers, flattened in either order, with an ending in ten classes or fewer."""
    sizes = draw(st.lists(st.integers(4, 9), min_size=2, max_size=2))
    channels = [draw(st.integers(1, 20)) for _ in range(draw(st.integers(1, 3)) + 1)]
    seed, norm = draw(st.integers(0, 2**16)), draw(st.booleans())
    parts: list = []
    at = sizes
    for before, after in pairwise(channels):
        normed = norm and draw(st.booleans())
        parts.append(lambda b=before, a=after, n=normed: ConvBlock(2, b, a, batch_norm=n, activation="linear"))
        tail, at = draw(tails(at))
        parts += tail
    parts.append(draw(st.sampled_from([Flatten(), nn.Flatten()])))
    features = channels[-1] * at[0] * at[1]
    for _ in range(draw(st.integers(0, 2))):
        after, rate = draw(st.integers(1, 40)), draw(st.sampled_from([None, 0.3, 0.5]))
        curve = draw(st.sampled_from(CURVE_MODULES))
        parts.append(
            lambda b=features, a=after, c=curve, r=rate: DenseBlock(b, a, batch_norm=norm, activation=c, dropout_rate=r)
        )
        features = after
    outputs = draw(st.integers(2, 10))
    parts.append(lambda: nn.Linear(features, outputs))
    net = seeded(lambda: nn.Sequential(*(p if isinstance(p, nn.Module) else p() for p in parts)), seed)
    return shake(net, seed), (channels[0], *sizes)


def kinks(curve: nn.Module) -> list[float]:
    low, high, _ = CURVES[type(curve)](curve)
    return [k for k in (low, high) if abs(k) < float("inf")]


def windows(z: Tensor, pool: nn.Module) -> Tensor:
    """(N, C, *S) -> (N, C, *S', taps): the values that each window sees."""
    size, stride = ((v,) * (z.ndim - 2) if isinstance(v, int) else v for v in (pool.kernel_size, pool.stride))
    for axis, (k, s) in enumerate(zip(size, stride, strict=True), start=2):
        z = z.unfold(axis, k, s)
    return z.flatten(-len(size))


def is_open(tail: list[nn.Module], z: Tensor, margin: float = MARGIN, tied: Tensor | None = None) -> Tensor:
    """Tell which of a tail's outputs rounding may turn the gradients of, from what stands before it in float64.

    At a kink, at a window's two greatest: that is where float32 may decide otherwise than float64. `tied` names the
    channels whose values are all equal, exactly, where it may not.
    """
    curves = [m for m in tail if type(m) in CURVES]
    pools = [m for m in tail if type(m) not in CURVES]

    def near(values: Tensor) -> Tensor:
        ends = [(values - k).abs() < margin for curve in curves for k in kinks(curve)]
        return torch.stack([torch.zeros_like(values, dtype=torch.bool), *ends]).any(0)

    if not pools:
        return near(z)
    seen = windows(z, pools[0])
    if "Max" in type(pools[0]).__name__:
        best = seen.topk(min(2, seen.shape[-1]), -1).values
        close = best[..., 0] - best[..., -1] < margin
        if best.shape[-1] == 1:
            close = torch.zeros_like(close)
        if tied is not None:
            close[:, tied] = False
        return close | near(best[..., 0])
    return near(seen).any(-1) if tail[0] in curves else near(seen.mean(-1))


def is_settled(net: nn.Module, x: Tensor, margin: float) -> bool:
    """Tell whether no decision within a network in float64 is open for these rows."""
    tail: list[nn.Module] = []
    z = x
    with torch.no_grad():
        for module in [*leaves(net), None]:
            if type(module) in CURVES or type(module) in POOLINGS:
                tail.append(module)
                continue
            if tail and bool(is_open(tail, z, margin).any()):
                return False
            z = nn.Sequential(*tail)(z)
            tail = []
            z = z if module is None else module(z)
    return True
