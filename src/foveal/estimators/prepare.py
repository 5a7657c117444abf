"""From an estimator's parameters and the user's data to what the engine takes: what fails, fails here."""

import warnings
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import nn

from foveal.augment import AUGMENTATIONS
from foveal.core.device import threads_for
from foveal.core.errors import ParameterError
from foveal.core.randomness import derive, seed_of
from foveal.data.arrays import channel_statistics, check_finite, is_mapped
from foveal.data.batches import Batches
from foveal.data.layout import channels_last, infer_layout, row_shape
from foveal.data.split import split_rows
from foveal.data.store import Mapped, Resident
from foveal.estimators.inputs import Machine, checked_parameters, machine_of, read
from foveal.estimators.network import build, is_foreign, place
from foveal.estimators.problem import Problem, learn, make_task, read_again, row_weights, with_scale
from foveal.models import summarize
from foveal.train import Config, Task, TrainState, start
from foveal.train.evaluate import rows_at_once
from foveal.train.optim import make_optimizer
from foveal.train.schedule import resolve_schedule


@dataclass
class Job:
    """Everything a fit needs, checked, and what the estimator learns from the data."""

    state: TrainState
    batches: Batches
    valid: Batches | None
    task: Task
    config: Config
    problem: Problem
    layout: str
    input_shape: tuple[int, ...]


@dataclass(frozen=True)
class Rows:
    """Checked rows: X as (N, *S, C), y encoded, weights or None."""

    X: np.ndarray
    y: np.ndarray
    weight: np.ndarray | None


def prepare(
    estimator: Any, X: Any, y: Any, sample_weight: Any = None, *, one_pass: bool = False, classes: Any = None
) -> Job:
    """Prepare the training of a new network; `one_pass` is partial_fit's first call: one epoch, nothing held out."""
    p = checked_parameters(estimator)
    machine = machine_of(p)
    X, y, weight = read(estimator, X, y, sample_weight)
    layout = infer_layout(X.shape, p["layout"])
    shape = row_shape(X.shape, layout)
    X = channels_last(X, layout)
    check_finite(X, machine.numpy_dtype)

    problem, y = learn(estimator._kind(), p, y, classes)
    seed = seed_of(p["random_state"])
    train_rows, valid_rows = _split({**p, "valid_size": 0} if one_pass else p, problem, y, seed)
    problem = with_scale(problem, y, train_rows)
    rows = Rows(X, y, row_weights(p["class_weight"], problem, y, weight))
    task = make_task(problem, p["loss"], p["label_smoothing"], machine.dtype)

    scale = 255.0 if X.dtype == np.uint8 else 1.0
    statistics = (*channel_statistics(X, train_rows, scale, machine.numpy_dtype), scale)
    net = build(p, shape, problem.n_outputs, statistics=statistics, seed=seed, dtype=machine.dtype)
    state = make_state(p, net, shape, machine, seed)
    config = make_config(p, machine)
    if one_pass:
        config = _one_pass(config, state)
    batches = _batches(p, rows, train_rows, task, machine, seed, training=True)
    valid = _batches(p, rows, valid_rows, task, machine, seed, training=False) if len(valid_rows) else None
    return Job(state, batches, valid, task, config, problem, layout, shape)


def prepare_more(estimator: Any, X: Any, y: Any, sample_weight: Any = None) -> Job:
    """Prepare partial_fit's later calls: the network, its problem and its statistics are known."""
    p = checked_parameters(estimator)
    machine = machine_of(p)
    X, y, weight = read(estimator, X, y, sample_weight, fitted=(estimator.layout_, estimator.input_shape_))
    X = channels_last(X, estimator.layout_)
    check_finite(X, machine.numpy_dtype)
    problem: Problem = estimator._problem
    y = read_again(problem, p, y)
    rows = Rows(X, y, row_weights(p["class_weight"], problem, y, weight))
    task = make_task(problem, p["loss"], p["label_smoothing"], machine.dtype)
    state = estimator._state
    if state is None:  # the model came from a file, which holds no optimizer
        state = make_state(p, estimator.net_, estimator.input_shape_, machine, seed_of(p["random_state"]))
    config = _one_pass(make_config(p, machine), state)
    batches = _batches(p, rows, np.arange(len(X)), task, machine, state.seed, training=True)
    return Job(state, batches, None, task, config, problem, estimator.layout_, estimator.input_shape_)


def make_state(
    p: dict[str, Any], net: nn.Module, input_shape: tuple[int, ...], machine: Machine, seed: int
) -> TrainState:
    """Place the network and give it its optimizer and its threads."""
    threads = threads_for(summarize(net, input_shape).multiply_adds * p["batch_size"], machine.device)
    net = place(net, len(input_shape) - 1, machine.device, machine.dtype)
    weights = [w for w in net.parameters() if w.requires_grad]
    optimizer = make_optimizer(p["optimizer"], weights, p["learning_rate"])
    return start(net, optimizer, seed=seed, threads=threads, ema=p["ema_decay"] is not None)


def make_config(p: dict[str, Any], machine: Machine) -> Config:
    """Translate the parameters' names into the engine's."""
    return Config(
        n_epochs=p["n_epochs"],
        learning_rate=p["learning_rate"],
        schedule=resolve_schedule(p["schedule"], early_stopping=p["early_stopping"]),
        l2=p["lambda_"],
        clip_norm=p["clip_norm"],
        ema_decay=p["ema_decay"],
        accumulate=p["accumulate"],
        autocast=torch.bfloat16 if machine.precision == "bfloat16" else None,
        borrow_generator=is_foreign(p["net"]),
    )


def _one_pass(config: Config, state: TrainState) -> Config:
    return replace(config, n_epochs=state.epoch + 1, schedule="constant")


def _split(p: dict[str, Any], problem: Problem, y: np.ndarray, seed: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(derive(seed, "split")) if p["shuffle"] else None
    classes = y if problem.kind == "classification" else None
    train_rows, valid_rows = split_rows(len(y), p["valid_size"], rng, classes)
    if p["valid_size"] and not len(valid_rows):
        reason = f"valid_size={p['valid_size']} of {len(y)} rows leaves no row to hold out"
        if p["early_stopping"]:
            raise ParameterError(f"early_stopping=True needs rows to validate on, but {reason}; give more rows")
        warnings.warn(f"{reason}: training goes without validation", stacklevel=5)
    return train_rows, valid_rows


def _batches(
    p: dict[str, Any], rows: Rows, chosen: np.ndarray, task: Task, machine: Machine, seed: int, *, training: bool
) -> Batches:
    store = (Mapped if is_mapped(rows.X) else Resident)(rows.X, chosen, machine.dtype, machine.device)
    weights = None
    if rows.weight is not None:
        weights = torch.from_numpy(rows.weight[chosen]).to(machine.dtype).to(machine.device)
    targets = task.encode(rows.y[chosen]).to(machine.device)
    if not training:
        return Batches(store, targets, weights, max(2, rows_at_once(rows.X[0].size)))
    named = p["augment"] or ()
    augment = [AUGMENTATIONS[a] if isinstance(a, str) else a for a in _listed(named)]
    size = p["batch_size"] * p["accumulate"]
    return Batches(store, targets, weights, size, seed, p["shuffle"], augment)


def _listed(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else [value]
