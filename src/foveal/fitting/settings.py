"""From the parameters' names to the engine's settings."""

from dataclasses import replace
from typing import Any

import torch

from foveal.core.choices import Monitor
from foveal.core.epochs import resolve_epochs
from foveal.core.warn import warn_user
from foveal.data.batches import Batches
from foveal.fitted.blame import brought
from foveal.fitted.foreign import is_foreign
from foveal.fitting.inputs import Machine, validates
from foveal.kernels.library import load
from foveal.train import Config, Task, TrainState
from foveal.train.schedule import resolve_schedule


def make_config(p: dict[str, Any], machine: Machine, steps: int) -> Config:
    """Translate the parameters' names into the engine's; an epoch has `steps` updates."""
    return Config(
        n_epochs=resolve_epochs(p["n_epochs"], steps),
        learning_rate=p["learning_rate"],
        schedule=resolve_schedule(p["schedule"], early_stopping=p["early_stopping"]),
        l2=p["lambda_"],
        clip_norm=p["clip_norm"],
        ema_decay=p["ema_decay"],
        accumulate=p["accumulate"],
        autocast=torch.bfloat16 if machine.precision == "bfloat16" else None,
        borrow_generator=is_foreign(p["net"]),
        capture=may_capture(p, machine),
        kernels=may_use_kernels(p, machine),
        watched=bool(brought(p)),
    )


def may_capture(p: dict[str, Any], machine: Machine) -> bool:
    """Tell whether a CUDA graph may hold the training step: all that runs in it has a name, nothing is the user's."""
    named = set(brought(p)) <= {"augment"}
    return named and machine.device.type == "cuda" and machine.dtype == torch.float32 and p["kernels"] != "off"


def may_use_kernels(p: dict[str, Any], machine: Machine) -> bool:
    """Tell whether the compiled kernels may run: they compute in float32, on the CPU.

    Raises what `library.load` raises where FOVEAL_KERNELS asks for what there is not: before the training, not within.
    """
    able = machine.device.type == "cpu" and machine.dtype == torch.float32 and p["kernels"] != "off"
    if able:
        load()
    return able


def monitored(p: dict[str, Any], task: Task, valid: Batches | None) -> Monitor:
    """Say what of the validation the run follows: the score, or the loss where the held-out rows' score tells nothing.

    The same score in every epoch would end early stopping and lower the plateau's rate, whatever is learnt.
    """
    if valid is None or task.tells(valid.targets[0], valid.weights):
        return "score"
    if validates(p):
        n_rows = len(valid.targets[0])
        what = "there is only 1 row" if n_rows == 1 else f"y does not vary in the {n_rows} rows"
        warn_user(
            f"{what} to validate on, whose score cannot tell epochs apart: {validates(p)} follows the validation loss "
            "instead; give more rows to validate on (valid_size, or validation)"
        )
    return "loss"


def as_one_pass(config: Config, batches: Batches, state: TrainState) -> tuple[Config, Batches]:
    """Make of a run a single epoch at the constant rate, over rows that the next one need not have."""
    return replace(config, n_epochs=state.epoch + 1, schedule="constant"), replace(batches, in_turn=False)
