"""Errors of the kernels against float64, beside those of PyTorch in float32 on the same numbers."""

from collections import defaultdict
from collections.abc import Mapping
from statistics import median

from torch import Tensor


def rms(values: Tensor) -> float:
    return values.detach().double().square().mean().sqrt().item()


def error(given: Tensor, exact: Tensor, least: float = 0.0) -> float:
    """Root of the mean squared difference over that of the exact values, or over `least` if they are smaller."""
    assert given.shape == exact.shape
    assert given.isfinite().all()
    return rms(given.double() - exact.double()) / (max(rms(exact), least) or 1.0)


def least_sizes(exact: Mapping[str, Tensor], gradient: Tensor) -> dict[str, float]:
    """Give the size below which a result is a sum whose terms cancel, by chance or by batch norm.

    Its error is that of the terms: a sum of M random ones is sqrt(M) times one of them. A mean's is measured on the
    deviation.
    """
    one, places = rms(gradient), gradient.numel() / gradient.shape[1]
    sizes = {"running_var": 1e-6, **dict.fromkeys(("filters", "weight", "bias"), one * places**0.5)}
    variances = [v for name, v in exact.items() if name.endswith("running_var")]
    return {"out": 0.3, "x": 0.1 * one, **sizes, "running_mean": max(map(rms, variances), default=0.0) ** 0.5}


class Errors:
    """The errors of many draws, each held against a bound, and a table of them."""

    def __init__(self, name: str, bounds: Mapping[str, float], beside: float = 4.0) -> None:
        self.name, self.bounds, self.beside = name, bounds, beside
        self.ours: dict[str, list[float]] = defaultdict(list)
        self.torchs: dict[str, list[float]] = defaultdict(list)

    def check(
        self,
        ours: Mapping[str, Tensor],
        torchs: Mapping[str, Tensor],
        exact: Mapping[str, Tensor],
        least: Mapping[str, float],
        noisy: Mapping[str, Tensor] | None = None,
    ) -> None:
        """Hold one draw against the bounds: a bound, plus so many times what float32 itself loses on these numbers.

        Or what float64 makes of some noise, if that is more: a network can make much of an error that every layer may
        have.
        """
        assert ours.keys() == torchs.keys() == exact.keys()
        for name in exact:
            kind = kind_of(name)
            mine, theirs = (error(of[name], exact[name], least.get(kind, 0.0)) for of in (ours, torchs))
            self.ours[kind].append(mine)
            self.torchs[kind].append(theirs)
            given = error(noisy[name], exact[name], least.get(kind, 0.0)) if noisy else 0.0
            bound = self.bounds.get(kind, self.bounds["rest"]) + self.beside * max(theirs, given)
            assert mine <= bound, f"{self.name}: {name} is off by {mine:.1e}, PyTorch by {theirs:.1e}"

    def __str__(self) -> str:
        lines = [f"{self.name}: rms / rms against float64, largest and median, beside PyTorch's in float32"]
        for kind, mine in self.ours.items():
            theirs = self.torchs[kind]
            lines.append(
                f"  {kind:10s} {max(mine):.1e} {median(mine):.1e}   {max(theirs):.1e} {median(theirs):.1e}"
                f"   ({len(mine)} tensors)"
            )
        return "\n".join(lines)


def kind_of(name: str) -> str:
    """Sort what a step gives: the filters' gradients apart from the other parameters', these without their numbers."""
    if name in ("out", "loss", "x"):
        return name
    return "filters" if name.endswith(("conv.weight", "linear.weight")) else name.rsplit(".", 1)[-1].split()[0]
