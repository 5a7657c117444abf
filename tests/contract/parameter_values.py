"""Values to draw for every parameter of the table: some that its rule allows, and some that are wrong whatever else.

What is allowed may still contradict the data or another parameter: then the error has to say so. Sizes are tiny or
absurd; nothing in between would end in time.
"""

import random
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import torch
from torch import nn

from foveal.augment import scale
from foveal.core import choices

ABSURD = 10**9
ENDLESS = 10**400  # no float, no C integer


@dataclass(frozen=True)
class Values:
    """What to draw for one parameter."""

    allowed: tuple[Any, ...]
    wrong: tuple[Any, ...]


def small_net(input_shape: tuple[int, ...], n_outputs: int) -> nn.Module:
    """Build another network than the plain stack."""
    return nn.Sequential(nn.Flatten(), nn.Linear(int(np.prod(input_shape)), n_outputs))


def squares(outputs: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """Give a loss of each row, for any kind of problem."""
    return outputs.square().mean(dim=1)


def mean_square(outputs: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """Give the mean of the losses."""
    return outputs.square().mean()


def slow_sgd(params: Any, lr: float) -> torch.optim.Optimizer:
    """Make an optimizer of the user's."""
    return torch.optim.SGD(params, lr=lr / 2)


def brighter(batch: torch.Tensor, rng: torch.Generator) -> torch.Tensor:
    """Change a batch as a user would."""
    return batch + 1 if batch.dtype != torch.uint8 else batch


_NOT_A_COUNT = (0, -1, 1.5, "3", True, (), {"a": 1}, np.array(2), float("nan"))
_NO_FLAG = (0, 1, "yes", None, [True])
_NO_NUMBER = ("0.1", True, 1j, float("nan"), float("inf"), -1, ENDLESS, [0.5], np.array(0.5))
_SIZES = Values(
    (1, 2, 3, 5, np.int64(2), (2,), (1, 3), [2, 1, 2], ABSURD, ENDLESS), (*_NOT_A_COUNT, None, (3, 0), [2.0])
)
_FLAGS = Values((True, False, np.True_), _NO_FLAG)

VALUES: dict[str, Values] = {
    "in_channels_list": Values(
        (None, (None,), (None, 4), [None, 3, 2], (1, 4), (3, 4), 1, (None, np.int64(3)), (None, ABSURD)),
        ("3", 0, (), (None, 0), (2.5,), (3, None), True, {"a": 1}, [[3]]),
    ),
    "in_features_list": Values(
        (None, (None,), [None, 5], (None, 4, 3), (7, 4), 16, (None, ABSURD), (None, 2**63)),
        ("3", 0, (), (None, -1), (4, None), False, 2.5),
    ),
    "out_channels": Values((None, 1, 3, 8, np.uint8(4), ABSURD, ENDLESS), (*_NOT_A_COUNT, (8,))),
    "out_features": Values((None, 1, 2, 3, 7), (*_NOT_A_COUNT, (2,))),
    "filter_size": _SIZES,
    "activation": Values(
        (*choices.ACTIVATIONS, nn.ELU, nn.PReLU(), nn.LeakyReLU(0.1)), ("rleu", 3, None, int, nn.Linear)
    ),
    "initializer": Values((None, *choices.INITIALIZERS), ("hee", 3, nn.ReLU, ("he",))),
    "padding": Values(choices.PADDINGS, ("smae", 0, None, ("same",))),
    "stride": _SIZES,
    "dilation": _SIZES,
    "do_batch_norm": _FLAGS,
    "momentum": Values((0, 0.5, 1, np.float32(0.9), Fraction(1, 3)), (*_NO_NUMBER, None, 1.1)),
    "do_pooling": _FLAGS,
    "pool_filter_size": _SIZES,
    "pool_stride": _SIZES,
    "pool_mode": Values(choices.POOL_MODES, ("mx", None, 2)),
    "do_dropout": _FLAGS,
    "dropout_rate": Values((0, 0.5, 0.999, np.float16(0.25), Fraction(1, 3)), (*_NO_NUMBER, None, 1)),
    "net": Values((None, "plain", small_net), ("plian", 3, int, [nn.ReLU()], nn.ReLU, lambda shape, outputs: None)),
    "optimizer": Values(
        (*choices.OPTIMIZERS, torch.optim.SGD, slow_sgd),
        ("adamm", 3, None, nn.ReLU, torch.optim.LBFGS, lambda params, lr: None),
    ),
    "loss": Values((*choices.LOSSES, squares, mean_square), ("mze", 3, None, nn.MSELoss, lambda outputs, targets: 1.0)),
    "task": Values((None, *choices.TASKS), ("clasification", 3, ("labels",))),
    "batch_size": Values((1, 2, 3, 7, 40, np.uint8(200), ABSURD, ENDLESS), (*_NOT_A_COUNT, None)),
    "n_epochs": Values((1, "auto"), (*_NOT_A_COUNT, None, "Auto")),
    "learning_rate": Values(
        (1e-3, 1e-8, 1e-300, 0.1, 1, np.float16(0.01), Fraction(1, 9), 1e10, 1e30), (*_NO_NUMBER, None, 0, 1e31)
    ),
    "schedule": Values(choices.SCHEDULES, ("cosin", 3, None)),
    "valid_size": Values((0, 0.1, 0.3, 0.9, 1e-300, Fraction(1, 4)), (*_NO_NUMBER, None, 1)),
    "lambda_": Values((0, 1e-3, 1, Fraction(1, 3), 1e30, 1e300), (*_NO_NUMBER, None)),
    "early_stopping": _FLAGS,
    "patience": Values((1, 3, ABSURD), (*_NOT_A_COUNT, None)),
    "monitor": Values(choices.MONITORS, ("acuracy", "score", None, True, ("loss",))),
    "calibration": Values((False, True, "auto", np.True_), ("on", 1, None, ("auto",))),
    "shuffle": _FLAGS,
    "augment": Values(
        (None, "flip", ["shift", "cutout"], [], brighter, ("flip", brighter), "noise(0.2)", [scale(0.1), "blur"],
         "mixup", "auto"),
        ("flop", 3, [["flip"]], {"flip"}, nn.ReLU, [None], lambda x, rng: x[:0], "scale(3)", "shift(angle=1)",
         "flip(print)", scale),
    ),
    "class_weight": Values(
        (None, "balanced", {}, {0: 2.0}, {1: 0}, {0: 1e300}), ("blanced", 3, [1, 2], {0: -1}, {0: "a"})
    ),
    "stem": Values(("auto", "full", "small"), ("fll", True, 1, None, ("full",))),
    "weights": Values((None, "no-such-file.pth"), (3, "", True, ["a.pth"])),
    "freeze": Values((False, True, np.False_, 1, 3, np.int64(2)), (0, -1, 1.5, "yes", None, [True])),
    "layer_decay": Values((None, 1, 0.5, 1e-3, np.float32(0.9), Fraction(1, 3)), (*_NO_NUMBER, 0, 1.5)),
    "sampler": Values((None, "balanced"), ("balancd", True, 1, ("balanced",))),
    "label_smoothing": Values((0, 0.1, 0.999, Fraction(1, 7)), (*_NO_NUMBER, None, 1)),
    "clip_norm": Values((None, 1.0, 1e-300, 1e300), (*_NO_NUMBER, 0)),
    "ema_decay": Values((None, 0.5, 0.999, np.float32(0.9)), (*_NO_NUMBER, 0, 1)),
    "accumulate": Values((1, 2, 5, np.uint8(200), ABSURD), (*_NOT_A_COUNT, None)),
    "layout": Values((None, *choices.LAYOUTS), ("XYZ", "nchw", 3, ("N", "C", "L"))),
    "one_hot": _FLAGS,
    "random_state": Values(
        (None, 0, 7, 10**30, np.int64(3), np.random.RandomState(0), np.random.default_rng(0)),
        (-1, 1.5, "0", True, random.Random(0), torch.Generator(), [1]),
    ),
    "checkpoint": Values((None,), (3, ["a"], 1.5)),
    "checkpoint_every": Values((1, 50, "30s", "5min", "1.5h"), (0, -1, True, None, "soon", "5", "5 days", 2.5)),
    "device": Values(("auto", "cpu", torch.device("cpu")), ("gpu", "cuda:99", "cpu:x", 3, None)),
    "precision": Values(choices.PRECISIONS, ("float16", torch.float32, None, 32)),
    "kernels": Values(("auto", "off"), ("on", None, True)),
    "workers": Values((0, 1, 3, np.int64(2)), (-1, 0.5, "1", None, True)),
    "verbose": Values((0, 1, np.int64(0)), (-1, 0.5, "1", None, True)),
}  # fmt: skip
