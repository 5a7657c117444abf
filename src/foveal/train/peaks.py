"""The place of a heat map's peak, between its pixels."""

from collections.abc import Callable

import torch
from torch import Tensor

#: Share of a map's maximum below which heights are not told apart: their logarithms would be noise.
FLOOR = 0.001
#: Pixels that the peak may lie from the largest value along each axis.
REACH = 0.5


def peaks(z: Tensor, *, logarithms: bool = False) -> Tensor:
    r"""Find the peak of each map, in pixels along its axes, between pixels: m - H^-1 g.

    m is the place of the largest value, g and H the gradient and the second derivatives of P there, by central
    differences; P are the logarithms of the map, which are quadratic where it is a Gaussian, so that the step is then
    exact. `logarithms` says that the map holds them, save for a constant, as that of a softmax does.

    Shape: (N, K, \*S) -> (N, K, axes).  Source: Zhang et al. 2020 ("DARK"), eq. 9.  Deviations: the map is not smoothed
    before; at a border the differences are taken one pixel further in, where a Gaussian has the same peak; the step is
    cut at half a pixel from m, and is 0 where H is not negative definite, and along axes of one or two pixels.

    >>> x = torch.arange(8.0)
    >>> peaks(torch.exp(-(x - 2.3) ** 2 / 4.5).view(1, 1, 8))
    tensor([[[2.3000]]])
    """
    sizes, maps = z.shape[2:], z.flatten(2)
    steps = _strides(sizes)
    largest, number = maps.max(dim=2)
    if not logarithms:
        floor = (FLOOR * largest).clamp(min=torch.finfo(z.dtype).tiny)
        maps = torch.maximum(maps, floor[..., None]).log()
    place = [number // step % size for step, size in zip(steps, sizes, strict=True)]
    centre = [at if size < 3 else at.clamp(1, size - 2) for at, size in zip(place, sizes, strict=True)]
    flat = torch.stack([at * step for at, step in zip(centre, steps, strict=True)]).sum(0)

    def value(offset: int) -> Tensor:
        return maps.gather(2, (flat + offset)[..., None])[..., 0]

    moves = [step if size >= 3 else 0 for step, size in zip(steps, sizes, strict=True)]
    here = value(0)
    slope = [(value(move) - value(-move)) / 2 for move in moves]
    curve = [[value(a) - 2 * here + value(-a) if a == b else _mixed(value, a, b) for b in moves] for a in moves]
    for axis, move in enumerate(moves):
        if not move:  # no step along this axis
            curve[axis][axis] = torch.full_like(here, -1.0)
    step, good = _step(curve, slope)
    found = [
        top + torch.where(good, at - top + by, 0.0).clamp(-REACH, REACH)
        for at, by, top in zip(centre, step, place, strict=True)
    ]
    return torch.stack(found, -1)


def _strides(sizes: torch.Size) -> list[int]:
    strides = [1]
    for size in reversed(sizes[1:]):
        strides.insert(0, strides[0] * size)
    return strides


def _mixed(value: Callable[[int], Tensor], a: int, b: int) -> Tensor:
    return (value(a + b) - value(a - b) - value(b - a) + value(-a - b)) / 4


def _step(curve: list[list[Tensor]], slope: list[Tensor]) -> tuple[list[Tensor], Tensor]:
    """Solve H step = -g by elimination, for all maps at once; the pivots tell where H is negative definite."""
    rows = [[*line, -by] for line, by in zip(curve, slope, strict=True)]
    good, n = torch.ones_like(slope[0], dtype=torch.bool), len(slope)
    for i in range(n):
        good = good & (rows[i][i] < 0)
        for j in range(i + 1, n):
            factor = rows[j][i] / rows[i][i]
            rows[j] = [below - factor * above for below, above in zip(rows[j], rows[i], strict=True)]
    steps: list[Tensor] = [slope[0]] * n
    for i in reversed(range(n)):
        known = [rows[i][j] * steps[j] for j in range(i + 1, n)]
        steps[i] = (rows[i][n] - sum(known)) / rows[i][i]
    return steps, good
