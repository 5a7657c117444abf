"""What each kind of layer does to signals of unequal length: how many places it leaves, and how none behind counts."""

from collections.abc import Callable
from typing import Any, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from foveal.layers.activations import ACTIVATIONS
from foveal.layers.dropout import Dropout
from foveal.layers.gated import LastStep
from foveal.layers.norm import BatchNorm
from foveal.layers.stochastic_depth import StochasticDepth


class Signal(NamedTuple):
    """Maps (N, C, T), and how many places of each row count, (N,), which come first; None: no axis varies any more."""

    x: Tensor
    n: Tensor | None

    def there(self) -> Tensor:
        """Tell which places count, (N, 1, T)."""
        places = torch.arange(self.x.shape[2], device=self.x.device)
        return places < self.n[:, None, None]  # type: ignore[index]

    def filled(self, value: float = 0.0) -> Tensor:
        """Give the maps with a value at the places that do not count; no gradient comes from there."""
        return torch.where(self.there(), self.x, value)


class Rule(NamedTuple):
    """A layer's rule: `after` gives the places it leaves of n, `compute` the maps; `ends` where no axis varies after.

    `takes` tells whether the rule holds for a layer as it is set.
    """

    compute: Callable[[Any, Signal, Any], Tensor]
    after: Callable[[Any, Any], Any] = lambda module, n: n
    ends: bool = False
    takes: Callable[[Any], bool] = lambda module: True


def rule_of(module: Any) -> Rule | None:
    """Give the rule of a layer, None where there is none.

    >>> rule_of(nn.Conv1d(1, 1, 3, stride=2, padding=1)).after(nn.Conv1d(1, 1, 3, stride=2, padding=1), 7), rule_of(
    ...     nn.Linear(1, 1)
    ... )
    (4, None)
    """
    rule = next((rule for kind, rule in RULES.items() if isinstance(module, kind)), None)
    if rule is None and getattr(module, "pixelwise", False) is True:
        rule = _AT_ITS_PLACE
    return rule if rule is not None and rule.takes(module) else None


def _one(value: Any) -> int:
    return int(value[0] if isinstance(value, tuple) else value)


def _reach(module: Any) -> int:
    """Count the places from the first to the last that a window sees."""
    return _one(getattr(module, "dilation", 1)) * (_one(module.kernel_size) - 1) + 1


def _placewise(module: Any, signal: Signal, after: Any) -> Tensor:
    out: Tensor = module(signal.x)
    return out


def _cleaned(module: Any, signal: Signal, after: Any) -> Tensor:
    out: Tensor = module(signal.filled())
    return out


def _convolved(module: Any, n: Any) -> Any:
    return (n + 2 * _one(module.padding) - _reach(module)) // _one(module.stride) + 1


def _padded(module: Any, n: Any) -> Any:
    return n + sum(module.padding)


def _pooled(module: Any, n: Any) -> Any:
    beyond = n + 2 * _one(module.padding) - _reach(module)
    return (beyond.clamp(min=0) if isinstance(beyond, Tensor) else max(beyond, 0)) // _one(module.stride) + 1


def _long_enough(module: Any, x: Tensor, value: float) -> Tensor:
    """Lengthen maps that are shorter than a window, which is clipped to rows that are."""
    missing = _reach(module) - 2 * _one(module.padding) - x.shape[2]
    return F.pad(x, (0, missing), value=value) if missing > 0 else x


def _maximum(module: Any, signal: Signal, after: Any) -> Tensor:
    lowest = -torch.inf
    out = module(_long_enough(module, signal.filled(lowest), lowest))
    return Signal(out, after).filled()  # windows behind the end have seen nothing


def _window_mean(module: Any, signal: Signal, after: Any) -> Tensor:
    out: Tensor = module(_long_enough(module, signal.filled(), 0.0))
    k = _one(module.kernel_size)
    seen = signal.n.clamp(max=k)[:, None, None]  # type: ignore[union-attr]
    return out * (k / seen).to(out.dtype)


def _mean(module: Any, signal: Signal, after: Any) -> Tensor:
    count = signal.n.clamp(min=1)[:, None, None]  # type: ignore[union-attr]
    total = signal.filled().sum(2, keepdim=True, dtype=_precise(signal.x))
    out: Tensor = module((total / count).to(signal.x.dtype))  # of one place, so that its hooks see it
    return out


def _precise(x: Tensor) -> torch.dtype:
    """Add up so that a row's sum does not depend on how far it was padded: float64, where the device has it."""
    return torch.float32 if x.device.type == "mps" else torch.float64


def _last(module: Any, signal: Signal, after: Any) -> Tensor:
    last = (signal.n.clamp(min=1) - 1)[:, None, None].expand(-1, signal.x.shape[1], 1)  # type: ignore[union-attr]
    out: Tensor = module(signal.x.gather(2, last))
    return out


def _normalised(module: Any, signal: Signal, after: Any) -> Tensor:
    if not module.training:
        return module(signal.x)  # type: ignore[no-any-return]
    return module(signal.filled(), signal.there())  # type: ignore[no-any-return]


def _is_convolution(module: Any) -> bool:
    return module.padding_mode == "zeros" and not isinstance(module.padding, str)


def _rounds_down(module: Any) -> bool:
    return not module.ceil_mode and not getattr(module, "return_indices", False)


def _means_what_is_there(module: Any) -> bool:
    return _rounds_down(module) and _one(module.padding) == 0


def _to_one(module: Any) -> bool:
    return module.output_size in (1, (1,))


_AT_ITS_PLACE = Rule(_placewise)
#: Kinds of layers, the first that fits counts, and their rules.
RULES: dict[Any, Rule] = {
    nn.Conv1d: Rule(_cleaned, _convolved, takes=_is_convolution),
    nn.ZeroPad1d: Rule(_cleaned, _padded),
    nn.MaxPool1d: Rule(_maximum, _pooled, takes=_rounds_down),
    nn.AvgPool1d: Rule(_window_mean, _pooled, takes=_means_what_is_there),
    nn.AdaptiveAvgPool1d: Rule(_mean, ends=True, takes=_to_one),
    LastStep: Rule(_last, ends=True),
    BatchNorm: Rule(_normalised),
    (Dropout, StochasticDepth, nn.PReLU, *dict.fromkeys(ACTIVATIONS.values())): _AT_ITS_PLACE,
}
