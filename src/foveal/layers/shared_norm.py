"""Batch normalisation by the statistics of all processes' rows, on any device."""

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from foveal.core.shares import Shared


def normalise(
    x: Tensor, weight: Tensor, bias: Tensor, eps: float, shared: Shared, there: Tensor | None = None
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    r"""Normalise (n, C, \*S) by mean and biased variance of the N rows of all processes; also give those and the count.

        mean = sum x / M,   var = sum (x - mean)^2 / M,   M = N prod(S)

    Where rows are padded, `there`, (n, 1, \*S), tells which places count, x is 0 elsewhere, and M is how many do.

    Two sums over the processes instead of one of x and x^2, whose difference loses digits where |mean| >> deviation.
    """
    out, mean, var, count = _Normalise.apply(x, weight, bias, eps, shared, there)  # type: ignore[no-untyped-call]
    return out, mean, var, count


class _Normalise(torch.autograd.Function):
    """The gradient is that of the whole batch's loss, each process's part of it: Ioffe and Szegedy 2015, section 3.

    dx = gamma / sigma (dy - (sum dy + xhat sum dy xhat) / M), with sums over all processes; those of gamma and beta
    stay with each process, as all other gradients do.
    """

    @staticmethod
    def forward(
        ctx: Any, x: Tensor, weight: Tensor, bias: Tensor, eps: float, shared: Shared, there: Tensor | None
    ) -> tuple[Tensor, ...]:
        precise = x.dtype if x.dtype == torch.float64 else torch.float32
        n = x.new_full((1,), x.numel() // x.shape[1], dtype=precise) if there is None else there.sum().to(precise)[None]
        sums = shared.add(torch.cat((x.sum(_axes(x), dtype=precise), n)))
        mean, count = sums[:-1] / sums[-1], sums[-1]
        squares = (x.to(precise) - _per_channel(mean, x)).square_()
        squares = (squares if there is None else squares.mul_(there)).sum(_axes(x))
        var = shared.add(squares) / count
        ctx.save_for_backward(x, weight, mean, var, count)
        ctx.eps, ctx.shared = eps, shared
        ctx.mark_non_differentiable(mean, var, count)
        return F.batch_norm(x, mean, var, weight, bias, False, 0.0, eps), mean, var, count

    @staticmethod
    def backward(ctx: Any, *slopes: Tensor) -> tuple[Any, ...]:
        x, weight, mean, var, count = ctx.saved_tensors
        dy = slopes[0]
        sigma = (var + ctx.eps).rsqrt()
        if len(x):
            arguments = weight, mean, var, None, None, False, ctx.eps, [True, True, True]
            dx, by_weight, by_bias = torch.ops.aten.native_batch_norm_backward(dy, x, *arguments)
        else:  # the kernel divides by the number of rows
            dx, by_weight, by_bias = torch.empty_like(x), torch.zeros_like(mean), torch.zeros_like(mean)
        through_var, through_mean = (ctx.shared.add(torch.cat((by_weight, by_bias))) / count).chunk(2)
        scale = weight * sigma
        centred = x.to(mean.dtype) - _per_channel(mean, x)
        centred.mul_(_per_channel(scale * through_var * sigma, x)).add_(_per_channel(scale * through_mean, x))
        dx = dx - centred.to(dx.dtype)
        return dx, by_weight.to(weight.dtype), by_bias.to(weight.dtype), None, None, None


def _axes(x: Tensor) -> list[int]:
    return [axis for axis in range(x.ndim) if axis != 1]


def _per_channel(values: Tensor, x: Tensor) -> Tensor:
    return values.view(1, -1, *[1] * (x.ndim - 2))
