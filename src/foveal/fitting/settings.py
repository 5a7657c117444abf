"""From the parameters' names to the engine's settings."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import torch

from foveal.core.epochs import resolve_epochs
from foveal.core.errors import ParameterError
from foveal.core.rules import shown
from foveal.core.warn import warn_user
from foveal.data.batches import Batches
from foveal.fitted.blame import brought
from foveal.fitted.foreign import is_foreign
from foveal.fitting.inputs import Machine, validates
from foveal.kernels.library import load
from foveal.tasks.imbalance import Rare, absent, shown_beside
from foveal.tasks.kind import Kind, Problem
from foveal.train import Config, Task, TrainState
from foveal.train.measures import Measure
from foveal.train.report import LOSS, SCORE, Monitor
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


def measure_meant(p: dict[str, Any], task: Task, kind: Kind) -> Measure | None:
    """Give what `monitor` names, None for the score or the loss; refuse what this kind of problem has not."""
    name = p["monitor"]
    found = {measure.name: measure for measure in task.measures}
    if name in ("auto", "loss", *found):
        return found.get(name)
    names = ", ".join(map(repr, ("auto", "loss", *found)))
    raise ParameterError(f"monitor={name!r} does not fit {kind.name}; use one of {names}")


def monitored(
    p: dict[str, Any], task: Task, valid: Batches | None, problem: Problem, measure: Measure | None
) -> Monitor:
    """Say what of the validation the run follows: `measure`, the score or the loss, by `monitor`.

    It is the loss where the held-out rows' score tells nothing. The same score in every epoch would end early stopping
    and lower the plateau's rate, whatever is learnt.
    """
    if p["monitor"] == "loss":
        return LOSS
    meant, tells = (SCORE, task.tells) if measure is None else (Monitor(measure.name, measure.less), measure.tells)
    if valid is None:
        return meant
    targets = valid.targets[0]
    if not tells(targets, valid.weights):
        _warn_of_loss(p, len(targets))
        return LOSS
    missing = absent(problem, targets) if measure is not None and measure.by_class else []
    if missing:
        warn_user(
            f"no row to validate on is of class {shown(missing[0])}{_and_more(missing)}: monitor={p['monitor']!r} is "
            "the mean over the classes that are there; give more rows to validate on (valid_size, or validation)"
        )
    return meant


def _and_more(missing: Sequence[Any]) -> str:
    return f", nor of {len(missing) - 1} others" if len(missing) > 1 else ""


def _warn_of_loss(p: dict[str, Any], n_rows: int) -> None:
    if validates(p):
        what = "there is only 1 row" if n_rows == 1 else f"y does not vary in the {n_rows} rows"
        warn_user(
            f"{what} to validate on, whose score cannot tell epochs apart: {validates(p)} follows the validation loss "
            "instead; give more rows to validate on (valid_size, or validation)"
        )


def measured(
    config: Config,
    p: dict[str, Any],
    task: Task,
    valid: Batches | None,
    problem: Problem,
    rare: Rare | None,
) -> Config:
    """Say what of each validation is measured, shown and followed, and whether the best weights are kept."""
    meant = measure_meant(p, task, problem.kind)
    wanted = (meant, *shown_beside(task, rare))
    return replace(
        config,
        monitor=monitored(p, task, valid, problem, meant),
        keeps_best=valid is not None and p["monitor"] != "auto",
        measures=tuple(measure for measure in task.measures if measure in wanted),
    )


def as_one_pass(config: Config, batches: Batches, state: TrainState) -> tuple[Config, Batches]:
    """Make of a run a single epoch at the constant rate, over rows that the next one need not have."""
    return replace(config, n_epochs=state.epoch + 1, schedule="constant"), replace(batches, in_turn=False)
