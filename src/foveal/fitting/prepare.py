"""From an estimator's parameters and the user's data to what the engine takes: what fails, fails here."""

import copy
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import nn

from foveal.augment import AUGMENTATIONS
from foveal.core.copies import deep_copy
from foveal.core.device import threads_for
from foveal.core.errors import ParameterError
from foveal.core.randomness import derive, seed_of
from foveal.core.rules import as_list
from foveal.core.warn import warn_user
from foveal.data.arrays import check_finite
from foveal.data.batches import Batches
from foveal.data.layout import channels_last, infer_layout, row_shape
from foveal.data.rows import Rows
from foveal.data.source import Source, row_values
from foveal.data.split import split_rows
from foveal.data.store import store_of
from foveal.fitted.foreign import check_loss, check_optimizer, is_foreign
from foveal.fitted.network import build, place
from foveal.fitting.agreement import check_same_start, check_same_weights, seed_for_all
from foveal.fitting.budget import TrainingMemory, answering, training_memory
from foveal.fitting.checkpointing import Keeper
from foveal.fitting.follow import followed, problem_now
from foveal.fitting.identity import run_of
from foveal.fitting.inputs import Machine, checked_parameters, machine_of, read, validates
from foveal.fitting.settings import as_one_pass, make_config, may_capture, monitored
from foveal.models import summarize
from foveal.tasks.class_weights import row_weights
from foveal.tasks.kind import Problem
from foveal.train import Config, Task, TrainState, start
from foveal.train.evaluate import rows_at_once
from foveal.train.optim.table import make_optimizer
from foveal.train.processes.distributed import ALONE, Processes
from foveal.train.report import reports_of
from foveal.train.state import Best, no_sums
from foveal.train.step import penalised_weights


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
    parameters: dict[str, Any]  # those of fit, which the network goes by
    columns: dict[str, Any]  # what scikit-learn wants to know of X's columns
    memory: TrainingMemory


@dataclass(frozen=True)
class Examples:
    """Checked rows to learn from: their source, y encoded, weights or None."""

    source: Source
    y: np.ndarray
    weight: np.ndarray | None

    @property
    def counting(self) -> np.ndarray:
        """The rows that have a weight; one of 0, by row or by class, is as good as not there."""
        return np.arange(len(self.source)) if self.weight is None else np.flatnonzero(self.weight)


def prepare(
    estimator: Any,
    X: Any,
    y: Any,
    sample_weight: Any = None,
    *,
    keeper: Keeper | None = None,
    one_pass: bool = False,
    classes: Any = None,
) -> Job:
    """Prepare the training of a new network, or go on with one; `one_pass` is partial_fit's first call.

    That is one epoch, and nothing is held out.
    """
    p = checked_parameters(estimator)
    if one_pass:
        _refuse_checkpoint(p)
    keeper = keeper or Keeper()
    machine = machine_of(p, keeper.processes)
    reader = copy.copy(estimator)  # it notes the columns of X; should anything fail, the estimator is as it was
    X, numbers, y, weight = read(reader, X, y, sample_weight)
    layout = infer_layout(X.shape, p["layout"])
    shape = row_shape(X.shape, layout)
    X = channels_last(X, layout)
    check_finite(X, machine.numpy_dtype, rows=numbers)

    problem, y = estimator._kind().learn(p, y, classes)
    seed = keeper.seed(p["random_state"])
    rows = Examples(Rows(X, numbers), y, row_weights(p["class_weight"], problem, y, weight))
    train_rows, valid_rows = _split({**p, "valid_size": 0} if one_pass else p, problem, rows, seed)
    problem = problem.kind.scaled(problem, y, train_rows)
    task = problem.kind.task(problem, p["loss"], p["label_smoothing"], machine.dtype)

    statistics = rows.source.statistics(train_rows, machine.numpy_dtype)
    net = build(p, shape, problem.n_outputs, statistics=statistics, seed=seed, dtype=machine.dtype)
    state = make_state(p, net, shape, machine, seed)
    _try_loss(p, task, problem, rows, machine)
    memory = training_memory(p, machine, state, rows.source, len(train_rows), len(valid_rows), keeper.processes.world)
    with answering(memory):
        given = p, rows, task, machine, seed, keeper.processes
        batches = _batches(*given, train_rows, training=True)
        valid = _batches(*given, valid_rows, training=False) if len(valid_rows) else None
    config = make_config(p, machine, len(batches))
    config = replace(config, monitor=monitored(p, task, valid), processes=keeper.processes)
    if one_pass:
        config, batches = as_one_pass(config, batches, state)
    identified = keeper.folder or keeper.processes.world > 1
    run = run_of(type(estimator).__name__, p, rows.source, y, weight, statistics) if identified else {}
    check_same_start(keeper.processes, run, state.net)
    keeper.begin(state, run, len(batches))
    return Job(state, batches, valid, task, config, problem, layout, shape, p, _columns(reader), memory)


def prepare_more(estimator: Any, X: Any, y: Any, sample_weight: Any = None, *, processes: Processes = ALONE) -> Job:
    """Prepare partial_fit's later calls: the network, its problem and its statistics are known."""
    given = checked_parameters(estimator)
    _refuse_checkpoint(given)
    problem = problem_now(estimator._problem, given, estimator._kind())
    p = followed(given, estimator._parameters, fresh=estimator._state is None)
    machine = machine_of(p, processes)
    fitted = estimator.layout_, estimator.input_shape_
    X, numbers, y, weight = read(estimator, X, y, sample_weight, fitted=fitted)
    X = channels_last(X, estimator.layout_)
    check_finite(X, machine.numpy_dtype, rows=numbers)
    y = problem.kind.read(problem, p, y)
    rows = Examples(Rows(X, numbers), y, row_weights(p["class_weight"], problem, y, weight))
    task = problem.kind.task(problem, p["loss"], p["label_smoothing"], machine.dtype)
    _try_loss(p, task, problem, rows, machine)
    if estimator._state is None:  # the model came from a file, which holds no optimizer
        net = deep_copy(estimator.net_)
        seed = seed_for_all(processes, seed_of(p["random_state"]))
        state = make_state(p, net, estimator.input_shape_, machine, seed)
        state.history = reports_of(estimator.history_)
        state.epoch = len(state.history)
    else:
        state = _continued(estimator._state)
    memory = training_memory(p, machine, state, rows.source, len(rows.counting), processes=processes.world)
    with answering(memory):
        batches = _batches(p, rows, task, machine, state.seed, processes, rows.counting, training=True)
    config = replace(make_config(p, machine, len(batches)), processes=processes)
    config, batches = as_one_pass(config, batches, state)
    check_same_weights(processes, state.net)
    known = estimator.layout_, estimator.input_shape_, p, _columns(estimator)
    return Job(state, batches, None, task, config, problem, *known, memory)


def _try_loss(p: dict[str, Any], task: Task, problem: Problem, rows: Examples, machine: Machine) -> None:
    if callable(p["loss"]):
        check_loss(task, problem.n_outputs, rows.y[:2], weighted=rows.weight is not None, dtype=machine.dtype)


def _refuse_checkpoint(p: dict[str, Any]) -> None:
    """Refuse to keep checkpoints of partial_fit."""
    if p["checkpoint"] is not None:
        raise ParameterError(
            f"checkpoint={p['checkpoint']!r} is for fit, and partial_fit is given its data only once; use save() "
            "between its calls, and checkpoint=None"
        )


def _continued(state: TrainState) -> TrainState:
    """Copy a state to train on: should that fail, the estimator is as it was. An epoch broken off is begun anew."""
    net, average, optimizer = deep_copy((state.net, state.average, state.optimizer))
    copied = replace(state, net=net, average=average, optimizer=optimizer, history=list(state.history))
    return replace(copied, position=0, sums=no_sums(), best=Best(), stale=0, plateau=1.0)


def _columns(reader: Any) -> dict[str, Any]:
    return {name: value for name, value in vars(reader).items() if name in ("n_features_in_", "feature_names_in_")}


def make_state(
    p: dict[str, Any], net: nn.Module, input_shape: tuple[int, ...], machine: Machine, seed: int
) -> TrainState:
    """Place the network and give it its optimizer and its threads."""
    threads = threads_for(summarize(net, input_shape).multiply_adds * p["batch_size"], machine.device)
    net = place(net, input_shape, machine.device, machine.dtype, foreign=is_foreign(p["net"]))
    weights = [w for w in net.parameters() if w.requires_grad]
    optimizer = make_optimizer(p["optimizer"], weights, p["learning_rate"], capturable=may_capture(p, machine))
    check_optimizer(optimizer, weights)
    if p["lambda_"] and not penalised_weights(net):
        raise ParameterError(f"lambda_={p['lambda_']} finds no convolution or dense weights to count in net; use 0.0")
    return start(net, optimizer, seed=seed, threads=threads, ema=p["ema_decay"] is not None)


def _split(p: dict[str, Any], problem: Problem, rows: Examples, seed: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(derive(seed, "split")) if p["shuffle"] else None
    counting = rows.counting
    groups = problem.kind.groups(rows.y[counting])
    train_rows, valid_rows = split_rows(len(counting), p["valid_size"], rng, groups)
    if p["valid_size"] and not len(valid_rows):
        reason = f"valid_size={p['valid_size']} of {len(counting)} rows leaves no row to hold out"
        if validates(p):
            raise ParameterError(f"{validates(p)} needs rows to validate on, but {reason}; give more rows")
        warn_user(f"{reason}: training goes without validation")
    return counting[train_rows], counting[valid_rows]


def _batches(
    p: dict[str, Any],
    rows: Examples,
    task: Task,
    machine: Machine,
    seed: int,
    processes: Processes,
    chosen: np.ndarray,
    *,
    training: bool,
) -> Batches:
    where = machine.dtype, machine.device
    source = rows.source.chosen(chosen)
    store, lengths, weights = store_of(source, *where, p["workers"]), source.lengths, None
    if rows.weight is not None:
        weights = torch.from_numpy(rows.weight[chosen]).to(machine.dtype).to(machine.device)
    targets = (task.encode(rows.y[chosen]).to(machine.device),)
    if not training:
        size = max(2, rows_at_once(row_values(source.form))) * processes.world
        return Batches(store, targets, weights, size, share=processes.share(), lengths=lengths)
    named = p["augment"] or ()
    augment = [AUGMENTATIONS[a] if isinstance(a, str) else a for a in as_list(named)]
    size = p["batch_size"] * p["accumulate"]
    share = processes.share(p["accumulate"])
    return Batches(store, targets, weights, size, seed, p["shuffle"], augment, share=share, lengths=lengths)
