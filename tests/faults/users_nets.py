"""Networks as people write them, drawn: torch's layers in a chain, with up to three odd habits each.

Every habit says what should become of it: None where it trains, else the words of the line that refuses it; and
whether checkpoints can hold it.
"""

import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn.utils import parametrizations

SHAPE, CLASSES = (1, 4, 4), 3
WIDTH = 8

DTYPES = (
    torch.bool, torch.uint8, torch.int8, torch.int16, torch.uint16, torch.int32, torch.uint32, torch.int64,
    torch.uint64, torch.float16, torch.float64, torch.complex64,
)  # fmt: skip

#: What turns (N, 1, 4, 4) into (N, WIDTH).
TRUNKS: dict[str, Callable[[], nn.Module]] = {
    "dense": lambda: nn.Sequential(nn.Flatten(), nn.Linear(16, WIDTH)),
    "conv": lambda: nn.Sequential(nn.Conv2d(1, 2, 3), nn.Flatten()),
    "conv with reflection": lambda: nn.Sequential(nn.Conv2d(1, 2, 3, padding=1, padding_mode="reflect", stride=2),
                                                  nn.Flatten()),
    "depthwise": lambda: nn.Sequential(nn.Conv2d(1, 2, 1), nn.Conv2d(2, 2, 3, groups=2), nn.Flatten()),
    "transposed": lambda: nn.Sequential(nn.ConvTranspose2d(1, 2, 2), nn.AdaptiveAvgPool2d(2), nn.Flatten()),
    "rows": lambda: nn.Sequential(nn.Flatten(1, 2), nn.Conv1d(4, 2, 1), nn.Flatten()),
    "recurrent": lambda: Recurrent(),
    "attention": lambda: Attention(),
    "embedding": lambda: Embedded(),
    "lazy": lambda: nn.Sequential(nn.LazyConv2d(2, 3), nn.Flatten(), nn.LazyLinear(WIDTH)),
    "lazy norm": lambda: nn.Sequential(nn.LazyConv2d(2, 3), nn.LazyBatchNorm2d(), nn.Flatten()),
    "unfold": lambda: nn.Sequential(nn.Unfold(2, stride=2), nn.Flatten(), nn.Linear(16, WIDTH)),
    "pools": lambda: nn.Sequential(nn.MaxPool2d(2), nn.Flatten(), nn.Linear(4, WIDTH)),
    "shuffle": lambda: nn.Sequential(nn.PixelUnshuffle(2), nn.Conv2d(4, 2, 1), nn.Flatten()),
    "bilinear": lambda: Twice(),
    "script": lambda: torch.jit.script(nn.Sequential(nn.Flatten(), nn.Linear(16, WIDTH), nn.Tanh())),
}  # fmt: skip

#: What keeps (N, WIDTH).
MIDDLES: dict[str, Callable[[], nn.Module]] = {
    "relu": nn.ReLU, "prelu": nn.PReLU, "gelu": nn.GELU, "silu": nn.SiLU, "softplus": nn.Softplus, "rrelu": nn.RReLU,
    "glu": lambda: nn.Sequential(nn.Linear(WIDTH, 2 * WIDTH), nn.GLU()),
    "batch norm": lambda: nn.BatchNorm1d(WIDTH),
    "batch norm without statistics": lambda: nn.Sequential(nn.Unflatten(1, (2, 4)),
                                                           nn.BatchNorm1d(2, track_running_stats=False), nn.Flatten()),
    "cumulative batch norm": lambda: nn.BatchNorm1d(WIDTH, momentum=None),
    "layer norm": lambda: nn.LayerNorm(WIDTH), "rms norm": lambda: nn.RMSNorm(WIDTH),
    "group norm": lambda: nn.GroupNorm(2, WIDTH),
    "instance norm": lambda: nn.Sequential(nn.Unflatten(1, (2, 4)), nn.InstanceNorm1d(2, track_running_stats=True),
                                           nn.Flatten()),
    "dropout": lambda: nn.Dropout(0.2), "alpha dropout": lambda: nn.AlphaDropout(0.1),
    "softmax": lambda: nn.Softmax(dim=1),
    "old weight norm": lambda: _quiet(nn.utils.weight_norm, nn.Linear(WIDTH, WIDTH)),
    "new weight norm": lambda: parametrizations.weight_norm(nn.Linear(WIDTH, WIDTH)),
    "old spectral norm": lambda: _quiet(nn.utils.spectral_norm, nn.Linear(WIDTH, WIDTH)),
    "new spectral norm": lambda: parametrizations.spectral_norm(nn.Linear(WIDTH, WIDTH)),
    "orthogonal": lambda: parametrizations.orthogonal(nn.Linear(WIDTH, WIDTH)),
    "traced": lambda: torch.jit.trace(nn.Linear(WIDTH, WIDTH), torch.zeros(2, WIDTH)),
}  # fmt: skip


def _quiet(make: Callable[..., nn.Module], *given: Any) -> nn.Module:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return make(*given)


class Recurrent(nn.Module):
    def __init__(self):
        super().__init__()
        self.cell = nn.GRU(4, WIDTH, batch_first=True)

    def forward(self, x):
        return self.cell(x[:, 0])[0][:, -1]


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer, self.out = nn.TransformerEncoderLayer(4, 2, 8, batch_first=True), nn.Linear(16, WIDTH)

    def forward(self, x):
        return self.out(self.layer(x[:, 0]).flatten(1))


class Embedded(nn.Module):
    def __init__(self):
        super().__init__()
        self.table = nn.EmbeddingBag(4, WIDTH)

    def forward(self, x):
        return self.table((x.flatten(1) * 2).long().clamp(0, 3))


class Twice(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Bilinear(8, 8, WIDTH)

    def forward(self, x):
        return self.layer(x.flatten(1)[:, :8], x.flatten(1)[:, 8:])


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
