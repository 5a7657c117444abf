"""Networks with one part each that the kernels must leave to PyTorch, and hooks that count their calls.

All take (2, 8, 8) and give two outputs.
"""

import torch
from torch import nn
from torch.nn.utils import parametrizations

from foveal.layers import BatchNorm, Dropout

SHAPE, OUTPUTS = (2, 8, 8), 2
PLACES = ["a convolution", "a norm", "an activation", "a pooling", "a flattening"]  # in the network with a norm
calls: list[str] = []


def counting(name: str):
    """Make a hook that does nothing but count."""

    def hook(*args):
        calls.append(name)

    return hook


def net(conv=None, after=(), before=(), last=None) -> nn.Sequential:
    """Build a network around one odd part; without one the kernels know all of it."""
    conv = nn.Conv2d(2, 4, 3, padding=1) if conv is None else conv
    parts = [*before, conv, *after, nn.ReLU(), nn.MaxPool2d(2), nn.Flatten()]
    with torch.no_grad():
        features = nn.Sequential(*parts).eval()(torch.zeros(2, *SHAPE)).shape[1]
    return nn.Sequential(*parts, *(last(features) if last else [nn.Linear(features, OUTPUTS)])).train()


class OwnConv(nn.Conv2d):
    def forward(self, x):
        return super().forward(x) * 2


class Doubled(nn.Module):
    def forward(self, x):
        return x * 2


class KeepsNormsAsTheyAre(nn.Sequential):
    """Batch norm stays in inference mode, as when a part of a network is trained further."""

    def train(self, mode=True):
        super().train(mode)
        self[1].eval()
        return self


def own_forward():
    conv = nn.Conv2d(2, 4, 3, padding=1)
    conv.forward = lambda x, given=conv.forward: given(x) * 2
    return conv


def hooked(module: nn.Module, kind: str) -> nn.Module:
    getattr(module, f"register_{kind}")(counting(kind))
    return module


def frozen():
    made = net(after=[BatchNorm(4)])
    made[0].weight.requires_grad_(False)
    return made


def with_parameter_hook(kind: str):
    made = net()
    getattr(made[0].weight, f"register_{kind}")(counting(kind))
    return made


def shared():
    conv = nn.Conv2d(2, 2, 3, padding=1)
    return net(conv, after=[nn.ReLU(), conv])


def tied():
    first, second = nn.Conv2d(2, 2, 3, padding=1), nn.Conv2d(2, 2, 3, padding=1)
    second.weight = first.weight
    return net(first, after=[nn.ReLU(), second])


def in_columns():
    """Hold a dense layer's weights as (inputs, outputs)."""
    made = net()
    made[-1].weight = nn.Parameter(made[-1].weight.detach().t().contiguous().t())
    return made


def with_gaps():
    made = net()
    made[0].weight = nn.Parameter(torch.randn(4, 4, 3, 3)[:, ::2])
    return made


def norm_in_inference():
    inner = KeepsNormsAsTheyAre(nn.Conv2d(2, 4, 3, padding=1), BatchNorm(4), nn.ReLU())
    return nn.Sequential(inner, nn.Flatten(), nn.Linear(256, OUTPUTS)).train()


def after_dropout(features: int, part: nn.Module) -> list[nn.Module]:
    return [nn.Linear(features, 6), Dropout(0.5), part, nn.Linear(6, OUTPUTS)]


def double_norm():
    made = net(after=[BatchNorm(4)])
    made[1].double()
    return made


#: Parts whose hooks must run, or whose functions are others: not all of the network runs on kernels.
HOOKS = {
    f"{kind} on {name}": lambda kind=kind, name=name: _hooked_net(kind, name)
    for kind in ("forward_hook", "forward_pre_hook", "full_backward_hook", "full_backward_pre_hook")
    for name in (*PLACES, "a row of modules", "the whole")
}


def _hooked_net(kind: str, name: str) -> nn.Module:
    made = net(after=[BatchNorm(4)])
    if name == "a row of modules":
        made = nn.Sequential(nn.Sequential(*made[:2]), *made[2:])
    hooked(made if name == "the whole" else made[PLACES.index(name) if name in PLACES else 0], kind)
    return made


EDGES = {
    "two groups": lambda: net(nn.Conv2d(2, 4, 3, groups=2)),
    "depthwise": lambda: net(nn.Conv2d(2, 2, 3, groups=2)),
    "circular padding": lambda: net(nn.Conv2d(2, 4, 3, padding=1, padding_mode="circular")),
    "reflected padding": lambda: net(nn.Conv2d(2, 4, 3, padding=1, padding_mode="reflect")),
    "padding in words": lambda: net(nn.Conv2d(2, 4, 3, padding="same")),
    "negative padding": lambda: net(before=[nn.ZeroPad2d(-1)]),
    "a module of the user's": lambda: net(after=[Doubled()]),
    "a convolution of the user's": lambda: net(OwnConv(2, 4, 3)),
    "a forward of its own": lambda: net(own_forward()),
    "weight norm": lambda: net(parametrizations.weight_norm(nn.Conv2d(2, 4, 3))),
    "spectral norm": lambda: net(parametrizations.spectral_norm(nn.Conv2d(2, 4, 3))),
    "frozen weights": frozen,
    "one convolution twice": shared,
    "two convolutions of one weight": tied,
    "weights with gaps": with_gaps,
    "dense weights in columns": in_columns,
    "a norm in inference": norm_in_inference,
    "a norm without gain": lambda: net(after=[nn.BatchNorm2d(4, affine=False)]),
    "a norm without running statistics": lambda: net(after=[nn.BatchNorm2d(4, track_running_stats=False)]),
    "a norm of groups": lambda: net(after=[nn.GroupNorm(2, 4)]),
    "an activation with an exponential": lambda: net(after=[nn.ELU()]),
    "a falling activation": lambda: net(after=[nn.LeakyReLU(-0.5)]),
    "two activations": lambda: net(after=[nn.LeakyReLU(0.5)]),
    "PReLU": lambda: net(after=[nn.PReLU()]),
    "padded pooling": lambda: net(after=[nn.MaxPool2d(3, 2, padding=1)]),
    "pooling rounded up": lambda: net(after=[nn.MaxPool2d(3, 2, ceil_mode=True)]),
    "dilated pooling": lambda: net(after=[nn.MaxPool2d(2, 2, dilation=2)]),
    "a mean of another divisor": lambda: net(after=[nn.AvgPool2d(2, divisor_override=3)]),
    "a norm after the pooling": lambda: net(after=[nn.MaxPool2d(2), BatchNorm(4)]),
    "a norm after dropout": lambda: net(last=lambda n: after_dropout(n, BatchNorm(6))),
    "an activation after dropout": lambda: net(last=lambda n: after_dropout(n, nn.ReLU())),
    "dropout of maps": lambda: net(after=[Dropout(0.5)]),
    "PyTorch's dropout": lambda: net(last=lambda n: [nn.Dropout(0.5), nn.Linear(n, 2)]),
    "a dense layer at every pixel": lambda: net(after=[nn.Linear(8, 8)]),
    "a norm in double precision": double_norm,
}  # fmt: skip
