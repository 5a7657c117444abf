"""Networks as people write them, drawn: torch's layers in a chain, with up to three odd habits each.

Every habit says what should become of it: None where it trains, else the words of the line that refuses it; and
whether checkpoints can hold it.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import nn

from .users_parts import MIDDLES, TRUNKS, WIDTH

SHAPE, CLASSES = (1, 4, 4), 3

DTYPES = (
    torch.bool, torch.uint8, torch.int8, torch.int16, torch.uint16, torch.int32, torch.uint32, torch.int64,
    torch.uint64, torch.float16, torch.float64, torch.complex64,
)  # fmt: skip


class Net(nn.Module):
    """A chain with habits: each may change what is there, the features before the head, and the outputs."""

    def __init__(self, parts: list[nn.Module], habits: list["Habit"], rng: np.random.Generator):
        super().__init__()
        self.parts, self.head = nn.Sequential(*parts), nn.Linear(WIDTH, CLASSES)
        self.habits = [habit.name for habit in habits]
        for habit in habits:
            habit.begin(self, rng)

    def forward(self, x):
        features = self.parts(x)
        for name in self.habits:
            features = HABITS[name].features(self, features)
        out = self.head(features)
        for name in self.habits:
            out = HABITS[name].outputs(self, out)
        return out


def _nothing(net: Net, value: Any) -> Any:
    return value


@dataclass(frozen=True)
class Habit:
    name: str
    begin: Callable[[Net, np.random.Generator], None] = lambda net, rng: None
    features: Callable[[Net, Any], Any] = _nothing
    outputs: Callable[[Net, Any], Any] = _nothing
    refused: tuple[str, ...] = ()  # words of the line that refuses it; none where it trains
    unsaved: tuple[str, ...] = field(default=())  # words of the line that refuses it with a checkpoint


def _buffer(net: Net, rng: np.random.Generator) -> None:
    for number in range(3):
        dtype = DTYPES[rng.integers(len(DTYPES))]
        net.register_buffer(f"kept{number}", torch.tensor([0, 1, 1]).to(dtype), persistent=bool(rng.integers(2)))


def _in_place(net: Net, features: Any) -> Any:
    if net.training:
        for number in range(3):
            getattr(net, f"kept{number}").zero_()
    return features


def _reassigned(net: Net, features: Any) -> Any:
    for number in range(3):
        setattr(net, f"kept{number}", getattr(net, f"kept{number}")[[2, 0, 1]])
    return features


def _running(net: Net, features: Any) -> Any:
    net.running = 0.9 * net.running + 0.1 * features.detach().mean(0)
    return features


def _last(net: Net, features: Any) -> Any:
    net.last = features.detach().clone()
    return features


def _filled(net: Net, features: Any) -> Any:
    if net.training:
        net.empty = features.detach().mean(0)
    return features


def _attribute(net: Net, features: Any) -> Any:
    net.cache = [features, {"again": features}]
    return features


def _with_history(net: Net, features: Any) -> Any:
    net.tangled = net.tangled * 0.9 + features.mean(0)
    return features + net.tangled


def _table_of_weights(net: Net, rng: np.random.Generator) -> None:
    net.weights = nn.ParameterDict({"gain": nn.Parameter(torch.ones(WIDTH)), "unused": nn.Parameter(torch.ones(2))})


def _plain_table(net: Net, rng: np.random.Generator) -> None:
    net.table = {"gain": nn.Parameter(torch.ones(WIDTH))}  # torch knows nothing of it: it is not trained


def _tied(net: Net, rng: np.random.Generator) -> None:
    net.twin = nn.Linear(WIDTH, CLASSES)
    net.twin.weight = net.head.weight


def _whole_numbers(net: Net, rng: np.random.Generator) -> None:
    net.order = nn.Parameter(torch.randperm(WIDTH), requires_grad=False)


def _complex_buffer(net: Net, rng: np.random.Generator) -> None:
    net.register_buffer("phase", torch.exp(1j * torch.arange(WIDTH)).to(torch.complex64))


def _complex_weight(net: Net, rng: np.random.Generator) -> None:
    net.turn = nn.Parameter(torch.ones(WIDTH, dtype=torch.complex64))


def _frozen(net: Net, rng: np.random.Generator) -> None:
    net.parts.requires_grad_(False)


def _extra(net: Net, rng: np.random.Generator) -> None:
    net.extra = Extra()


def _hooked(net: Net, rng: np.random.Generator) -> None:
    net.head.register_forward_hook(double)


def double(module: nn.Module, given: Any, out: Any) -> Any:
    return 2 * out


class Extra(nn.Module):
    def __init__(self):
        super().__init__()
        self.note = {"passes": 0}

    def get_extra_state(self):
        return self.note

    def set_extra_state(self, state):
        self.note = state


def _counted(net: Net, features: Any) -> Any:
    if net.training:
        net.extra.note["passes"] += 1
    return features


def _in_training(change: Callable[[Any], Any]) -> Callable[[Net, Any], Any]:
    return lambda net, out: change(out) if net.training else out


def _register(name: str, value: torch.Tensor | None) -> Callable[[Net, np.random.Generator], None]:
    return lambda net, rng: net.register_buffer(name, value)


_RETURNS: dict[str, tuple[Callable[[Any], Any], str]] = {
    "a tuple": (lambda out: (out, out), "gave tuple"),
    "a table": (lambda out: {"out": out}, "gave dict"),
    "a list": (lambda out: [out], "gave list"),
    "nothing": (lambda out: None, "gave NoneType"),
    "too many": (lambda out: torch.cat((out, out), 1), f", {2 * CLASSES})"),
    "an array": (lambda out: out.detach().numpy(), "gave ndarray"),
    "NaN": (lambda out: out * float("nan"), "NaN"),
    "whole numbers": (lambda out: out.long(), "torch.int64"),
    "complex ones": (lambda out: torch.complex(out, out), "torch.complex64"),
    "no gradient": (lambda out: out.detach(), "without a gradient"),
    "squeezed": (lambda out: out.squeeze() if len(out) == 1 else out, f"({CLASSES},)"),
}

HABITS: dict[str, Habit] = {
    habit.name: habit
    for habit in (
        Habit("buffers", _buffer),
        Habit("buffers in place", _buffer, _in_place),
        Habit("buffers assigned", _buffer, _reassigned),
        Habit("a running mean", _register("running", torch.zeros(WIDTH)), _running),
        Habit("the last batch", _register("last", torch.zeros(0, WIDTH)), _last),
        Habit("a buffer that was None", _register("empty", None), _filled),
        Habit("a cache", features=_attribute),
        Habit("a graph kept", _register("tangled", torch.zeros(WIDTH)), _with_history, refused=("net", "detach()")),
        Habit("a table of weights", _table_of_weights, lambda net, f: f * net.weights["gain"]),
        Habit("weights in a plain table", _plain_table, lambda net, f: f * net.table["gain"]),
        Habit("tied weights", _tied, outputs=lambda net, out: out + net.twin.bias),
        Habit("whole numbers", _whole_numbers, lambda net, f: f[:, net.order]),
        Habit("a complex buffer", _complex_buffer, lambda net, f: (f * net.phase).real),
        Habit("a complex weight", _complex_weight, lambda net, f: (f * net.turn).real, refused=("net", "'turn'")),
        Habit("frozen parts", _frozen),
        Habit("an extra state", _extra, _counted, unsaved=("checkpoint", "_extra_state", "checkpoint=None")),
        Habit("a hook", _hooked),
        Habit("random numbers", features=lambda net, f: f + 0.01 * torch.randn_like(f)),
        *(Habit(f"returns {name}", outputs=lambda net, out, c=change: c(out), refused=("net", words))
          for name, (change, words) in _RETURNS.items()),
        *(Habit(f"returns {name} in training", outputs=_in_training(_RETURNS[name][0]),
                refused=("net", _RETURNS[name][1])) for name in ("a tuple", "a table", "nothing", "no gradient")),
        Habit("raises in training", outputs=_in_training(lambda out: out.view(-1, 7, 7, 7)), refused=("net", "Net")),
    )
}  # fmt: skip
#: Half of the networks have no habit that is refused: their whole way is run.
GOOD = [habit for habit in HABITS.values() if not habit.refused]
BAD = [habit for habit in HABITS.values() if habit.refused]
_BUFFERS = ("buffers", "buffers in place", "buffers assigned")


@dataclass(frozen=True)
class Drawn:
    """A network, what was drawn for it, and the words of the line that refuses it, none where it trains."""

    net: nn.Module
    what: str
    refused: tuple[str, ...]
    unsaved: tuple[str, ...]
    ran: bool


def draw(seed: int) -> Drawn:
    """Draw a network; one in three is refused."""
    rng = np.random.default_rng(seed)
    torch.manual_seed(seed)
    trunk = list(TRUNKS)[rng.integers(len(TRUNKS))]
    middles = [list(MIDDLES)[n] for n in rng.choice(len(MIDDLES), rng.integers(1, 3), replace=False)]
    habits = [GOOD[n] for n in rng.choice(len(GOOD), rng.integers(1, 4), replace=False)]
    kept = [habit for habit in habits if habit.name in _BUFFERS]
    habits = [habit for habit in habits if habit not in kept[1:]]
    if rng.random() < 1 / 3:
        habits.append(BAD[rng.integers(len(BAD))])
    net = Net([TRUNKS[trunk](), *(MIDDLES[name]() for name in middles)], habits, rng)
    ran = bool(rng.random() < 0.3)  # it was at work before: lazy layers are made, caches are full
    if ran and not any(habit.refused for habit in habits):
        net(torch.randn(3, *SHAPE))
    refused = next((habit.refused for habit in habits if habit.refused), ())
    unsaved = next((habit.unsaved for habit in habits if habit.unsaved), ())
    return Drawn(net, f"{trunk}, {', '.join(middles)}; {', '.join(h.name for h in habits)}", refused, unsaved, ran)
