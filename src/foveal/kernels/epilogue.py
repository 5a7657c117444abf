"""What stands after a convolution or a dense layer and is computed with it: norm, activation, pooling, dropout."""

from collections.abc import Callable
from typing import Any

from torch import nn

from foveal.core.shapes import conv_size
from foveal.kernels.blocks import Block, UnknownModuleError, is_read, two
from foveal.kernels.interface import POOLS, Layer
from foveal.layers import BatchNorm, Dropout
from foveal.layers.altered import is_altered
from foveal.layers.conv_block import POOL

NORMS = (BatchNorm, nn.BatchNorm1d, nn.BatchNorm2d)
POOLINGS = {POOL[mode][ndim]: mode for mode in ("max", "avg") for ndim in (1, 2)}
INF = float("inf")

#: Activation -> (low, high, slope below low or None): piecewise linear ones. Others need an exponential.
CURVES: dict[type[nn.Module], Callable[[Any], tuple[float, float, float | None]]] = {
    nn.Identity: lambda m: (-INF, INF, None),
    nn.ReLU: lambda m: (0.0, INF, None),
    nn.ReLU6: lambda m: (0.0, 6.0, None),
    nn.Hardtanh: lambda m: (m.min_val, m.max_val, None),
    nn.LeakyReLU: lambda m: (0.0, INF, m.negative_slope),
}


def take_after(block: Block, rest: list[nn.Module], shape: tuple[int, ...]) -> tuple[int, ...]:
    """Take what belongs to a layer from the front of `rest`, and note it; a part that does not fit stays there."""
    plan = block.plan
    plan.pool_height = plan.pool_width = plan.pool_stride_height = plan.pool_stride_width = 1
    plan.pooled_height, plan.pooled_width = plan.out_height, plan.out_width
    plan.low, plan.high, plan.activate_first = -INF, INF, 1
    pooled = activated = False
    while rest and not is_altered(rest[0]):
        module: Any = rest[0]
        begun = block.norm or pooled or activated or block.dropout
        if type(module) in NORMS and not begun and _normalises(module, plan.n_out, len(shape) - 1):
            block.norm, plan.norm, plan.eps = module, 1, module.eps
        elif type(module) in CURVES and not activated and block.dropout is None and _bends(module):
            plan.low, plan.high, slope = CURVES[type(module)](module)
            plan.leaky, plan.slope, plan.activate_first = slope is not None, slope or 0.0, not pooled
            activated = True
        elif type(module) in POOLINGS and not pooled and not plan.dense and _pools(module, len(shape) - 1):
            shape = _pool(plan, module, shape)
            pooled = True
        elif type(module) is Dropout and plan.dense and block.dropout is None:
            block.dropout, plan.dropout = module, int(module.rate > 0)
        else:
            break
        rest.pop(0)
    return shape


def _normalises(norm: Any, channels: int, axes: int) -> bool:
    whole = norm.affine and norm.track_running_stats and norm.num_features == channels
    fits = type(norm) is BatchNorm or (type(norm) is nn.BatchNorm2d) == (axes == 2)
    held = (norm.weight, norm.bias, norm.running_mean, norm.running_var)
    return bool(whole and fits) and all(is_read(tensor, (channels,)) for tensor in held)


def _bends(module: Any) -> bool:
    """Tell whether the curve never falls: then it may be found again from its own values."""
    low, high, slope = CURVES[type(module)](module)
    return low < high and (slope is None or slope > 0)


def _pools(pool: Any, ndim: int) -> bool:
    padding = pool.padding if isinstance(pool.padding, tuple) else (pool.padding,)
    simple = not any(padding) and not pool.ceil_mode and getattr(pool, "divisor_override", None) is None
    dilation = getattr(pool, "dilation", 1)
    whole = not getattr(pool, "return_indices", False) and dilation in (1, (1,), (1, 1))
    return simple and whole and (type(pool) is POOL["max"][ndim] or type(pool) is POOL["avg"][ndim])


def _pool(plan: Layer, pool: Any, shape: tuple[int, ...]) -> tuple[int, ...]:
    ndim = len(shape) - 1
    window = pool.kernel_size if isinstance(pool.kernel_size, tuple) else (pool.kernel_size,) * ndim
    stride = pool.stride if isinstance(pool.stride, tuple) else (pool.stride,) * ndim
    sizes = [conv_size(n, k, s, 1, "valid") for n, k, s in zip(shape[1:], window, stride, strict=True)]
    if min(sizes) < 1:
        raise UnknownModuleError(f"a pooling window of {window} over {shape[1:]}")
    plan.pool = POOLS[POOLINGS[type(pool)]]
    (plan.pool_height, plan.pool_width), (plan.pooled_height, plan.pooled_width) = two(window, 1), two(sizes, 1)
    plan.pool_stride_height, plan.pool_stride_width = two(stride, 1)
    return (shape[0], *sizes)
