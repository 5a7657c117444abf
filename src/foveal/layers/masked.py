"""A network run on signals of unequal length: what stands behind a row's end changes nothing."""

from collections.abc import Iterator
from typing import Any

from torch import Tensor, nn

from foveal.core.errors import DataError, ParameterError
from foveal.layers.flow import Node, count_places, flow, joined
from foveal.layers.gated import SkipSum
from foveal.layers.masked_rules import Rule, Signal, rule_of
from foveal.layers.standardize import Standardize
from foveal.layers.wiring import Join

#: Longest row that is tried in the search for the shortest that will do.
_LONGEST = 2**16


class Masked(nn.Module):
    r"""Compute body(input(x)) for signals of unequal length, each as if it stood alone; without `input`, body(x).

    `mask` is True for the places of a row that count, and these come first: n of them. Each layer that looks at
    several places is given what it would see of the row alone, and leaves m of n places:

        convolution   zeros behind n, as its own padding gives;  m = floor((n + 2 p - d (k - 1) - 1) / s) + 1
        maximum       -inf behind n;                              m = floor(max(n + 2 p - k, 0) / s) + 1
        window mean   sum over what is there / how much is there; m likewise
        batch norm    mean and variance over the places that count of all rows, while training
        mean over all, last step                                  those of n places; what follows is no signal any more

    So padding, batch mates and buckets change no output, but for rounding. A row shorter than a pooling window is one
    window, as everywhere in `core.shapes`. Names in the state dict are those of the parts: weights fit the network
    without a mask too.

    Shape: (N, C, T), (N, T) -> (N, outputs). Raises `ParameterError` where the body has a layer that knows no mask, a
    dense layer over all places for instance. Source: each layer's own; Ioffe and Szegedy 2015, algorithm 1, whose
    "values of x over a mini-batch" are here those that are there.

    >>> import torch
    >>> net = Masked(None, nn.Sequential(nn.Conv1d(1, 2, 3, padding=1), nn.AdaptiveAvgPool1d(1), nn.Flatten())).eval()
    >>> x = torch.tensor([[[1.0, 2.0, 9.0]]])
    >>> torch.equal(net(x, torch.tensor([[True, True, False]])), net(x[..., :2], torch.ones(1, 2, dtype=torch.bool)))
    True
    """

    def __init__(self, input: Standardize | None, body: nn.Module) -> None:
        super().__init__()
        odd = next(_unruled(body), None)
        if odd is not None:
            raise ParameterError(
                f"net: {odd} cannot run on rows of unequal length; use fcn, resnet_signal, inception_time, tcn, "
                "wavenet or the plain stack (net=None), or pad the rows to one length"
            )
        if input is not None:
            self.input = input
        self.body = body
        self.least = _least(body)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """Give the outputs for rows and their masks."""
        scaled = self.input(x) if "input" in self._modules else x
        return run(self.body, Signal(scaled, mask.sum(1))).x

    def check_lengths(self, lengths: Any, name: str = "X") -> None:
        """Refuse rows, by the first of them, of which the network's filters would leave nothing."""
        short = lengths < self.least
        if short.any():
            row = int(short.argmax())
            raise DataError(
                f"row {row} of {name} has {int(lengths[row])} step{'s' * (int(lengths[row]) > 1)}, and the filters of "
                f"this network leave something of {self.least} or more; leave it out, or use padding='same' or smaller "
                "filters"
            )


def run(module: nn.Module, signal: Signal) -> Signal:
    """Run a module on a signal, layer by layer."""
    nodes = flow(module, idle=(nn.Identity,))
    held = [signal] * count_places(nodes)
    for what, reads, to in nodes:
        read = [held[place] for place in reads]
        if isinstance(what, Join):
            held[to] = Signal(joined(what)(*(s.x for s in read)), next((s.n for s in read if s.n is not None), None))
        elif isinstance(what, SkipSum):
            held[to] = _skip_sum(what, read[0])
        else:
            held[to] = _layer(what, read[0])
    return held[0]


def _layer(module: nn.Module, signal: Signal) -> Signal:
    if signal.n is None:
        return Signal(module(signal.x), None)
    rule = _rule(module)
    after = None if rule.ends else rule.after(module, signal.n)
    return Signal(rule.compute(module, signal, after), after)


def _rule(module: nn.Module) -> Rule:
    """Give a layer's rule; hooks on a block, which `Masked` was made without, hide what is in it."""
    rule = rule_of(module)
    if rule is None:
        raise ParameterError(
            f"net: {_named(module)} cannot run on rows of unequal length as it is now; take its hooks off"
        )
    return rule


def _skip_sum(module: SkipSum, x: Signal) -> Signal:
    """Run what `SkipSum.forward` does, each of its bodies once."""
    part, total = module._modules, None
    for number in module.layers:
        z = run(part["body" + number], x)  # type: ignore[arg-type]
        skip = run(part["skip" + number], z)  # type: ignore[arg-type]
        total = skip if total is None else Signal(total.x + skip.x, skip.n)
        if number != module.layers[-1]:
            more = run(part["residual" + number], z)  # type: ignore[arg-type]
            x = Signal(x.x + more.x, more.n)
    return total  # type: ignore[return-value]


def _named(module: Any) -> str:
    return " ".join(repr(module).split())[:80]


def _unruled(body: nn.Module) -> Iterator[str]:
    """Name what of a body knows no mask: layers without a rule, and outputs that are still one a place."""
    nodes = flow(body, idle=(nn.Identity,))
    varies = [True] * count_places(nodes)
    for what, reads, to in nodes:
        there = any(varies[place] for place in reads)
        if isinstance(what, SkipSum):
            for part in what.children():
                yield from _unruled(nn.Sequential(part, nn.AdaptiveAvgPool1d(1)))  # nothing is left of places
        elif there and not isinstance(what, Join):
            rule = rule_of(what)
            if rule is None:
                yield _named(what)
                return
            there = not rule.ends
        varies[to] = there
    if varies[0]:
        yield f"{type(body).__name__}, which gives an output for each place,"


def _least(body: nn.Module) -> int:
    """Find the length of the shortest row of which every layer leaves something."""
    low, high = 0, 1
    while not _leaves_some(body, high) and high < _LONGEST:
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if _leaves_some(body, middle) else (middle, high)
    return high


def _leaves_some(body: nn.Module, length: int) -> bool:
    return all(n > 0 for n in _lengths(flow(body, idle=(nn.Identity,)), length))


def _lengths(nodes: list[Node], length: int) -> Iterator[int]:
    """Follow a row's length through the steps; `SkipSum` leaves it as it is."""
    held: list[int | None] = [length] * count_places(nodes)
    for what, reads, to in nodes:
        n = held[reads[0]]
        rule = None if n is None or isinstance(what, Join | SkipSum) else rule_of(what)
        held[to] = n if rule is None else None if rule.ends else rule.after(what, n)
        if held[to] is not None:
            yield held[to]  # type: ignore[misc]
