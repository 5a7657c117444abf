"""From an estimator's parameters and the user's data to what the engine takes: what fails, fails here."""

import copy
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import torch
from torch import nn

from foveal.augment import AUGMENTATIONS
from foveal.core.copies import deep_copy
from foveal.core.device import threads_for
from foveal.core.errors import ParameterError
from foveal.core.randomness import borrowed_generator, derive
from foveal.core.rules import as_list
from foveal.core.warn import warn_user
from foveal.data.arrays import check_finite
from foveal.data.batches import Batches
from foveal.data.layout import channels_last, row_shape
from foveal.data.rows import Rows
from foveal.data.source import Source, row_values
from foveal.data.split import small_classes, split_rows
from foveal.data.store import store_of
from foveal.fitted.blame import explaining
from foveal.fitted.foreign import adds_rows_up, check_optimizer, is_foreign, mean_of_sum, own_loss
from foveal.fitted.network import build, place
from foveal.fitting.agreement import check_same_start
from foveal.fitting.budget import TrainingMemory, answering, training_memory
from foveal.fitting.checkpointing import Keeper
from foveal.fitting.identity import run_of
from foveal.fitting.inputs import Machine, checked_parameters, machine_of, read, read_layout, validates
from foveal.fitting.rehearsal import rehearse
from foveal.fitting.settings import as_one_pass, make_config, may_capture, monitored
from foveal.models import summarize
from foveal.tasks.class_weights import row_weights
from foveal.tasks.kind import Problem
from foveal.train import Config, Task, TrainState, start
from foveal.train.evaluate import rows_at_once
from foveal.train.optim.table import make_optimizer
from foveal.train.processes.distributed import Processes
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
        refuse_checkpoint(p)
    keeper = keeper or Keeper()
    machine = machine_of(p, keeper.processes)
    reader = copy.copy(estimator)  # it notes the columns of X; should anything fail, the estimator is as it was
    is_frame = hasattr(X, "columns")
    X, numbers, y, weight = read(reader, X, y, sample_weight)
    layout = read_layout(X.shape, p["layout"])
    shape = row_shape(X.shape, layout)
    X = channels_last(X, layout)
    check_finite(X, machine.numpy_dtype, rows=numbers)

    problem, y = estimator._kind().learn(p, y, classes)
    seed = keeper.seed(p["random_state"])
    names = list(getattr(reader, "feature_names_in_", range(X.shape[1]))) if is_frame else None
    may_be_table = layout == "NL" and p["layout"] is None
    source = Rows(X, numbers, by_column=keeper.by_column(None if may_be_table else False), names=names)
    rows = Examples(source, y, row_weights(p["class_weight"], problem, y, weight))
    train_rows, valid_rows = _split({**p, "valid_size": 0} if one_pass else p, problem, rows, seed)
    problem = problem.kind.scaled(problem, y, train_rows)
    statistics = rows.source.statistics(train_rows, machine.numpy_dtype)
    net = build(p, shape, problem.n_outputs, statistics=statistics, seed=seed, dtype=machine.dtype)
    state = make_state(p, net, shape, machine, seed)
    task = task_of(p, problem, state.loss, rows, machine)
    memory = training_memory(p, machine, state, rows.source, len(train_rows), len(valid_rows), keeper.processes.world)
    with answering(memory):
        given = p, rows, task, machine, seed, keeper.processes
        batches = batches_of(*given, train_rows, training=True)
        valid = batches_of(*given, valid_rows, training=False) if len(valid_rows) else None
    config = make_config(p, machine, len(batches))
    config = replace(config, monitor=monitored(p, task, valid), processes=keeper.processes)
    if one_pass:
        config, batches = as_one_pass(config, batches, state)
    identified = keeper.folder or keeper.processes.world > 1
    run = run_of(type(estimator).__name__, p, rows.source, y, weight, statistics) if identified else {}
    check_same_start(keeper.processes, run, state.net)
    rehearse(p, state, batches, task, config, problem.n_outputs, saves=keeper.folder is not None)
    keeper.begin(state, run, len(batches))
    return Job(state, batches, valid, task, config, problem, layout, shape, p, columns_of(reader), memory)


def task_of(p: dict[str, Any], problem: Problem, own: nn.Module | None, rows: Examples, machine: Machine) -> Task:
    """Make the task, with the loss `own` where the user's is a module; a loss of his is tried."""
    loss = p["loss"] if own is None else own
    given = p["label_smoothing"], machine.dtype
    task = problem.kind.task(problem, loss, *given)
    if not callable(loss):
        return task
    tried = problem.kind.task(problem, loss if own is None else deep_copy(own), *given)
    like = torch.zeros(0, dtype=machine.dtype, device=machine.device)
    with borrowed_generator(0, machine.device):
        summed = adds_rows_up(tried, p, problem.n_outputs, rows.y[:2], rows.weight is not None, like)
    return replace(task, loss=partial(mean_of_sum, task.loss)) if summed else task


def refuse_checkpoint(p: dict[str, Any]) -> None:
    """Refuse to keep checkpoints of partial_fit."""
    if p["checkpoint"] is not None:
        raise ParameterError(
            f"checkpoint={p['checkpoint']!r} is for fit, and partial_fit is given its data only once; use save() "
            "between its calls, and checkpoint=None"
        )


def columns_of(reader: Any) -> dict[str, Any]:
    """Give what scikit-learn wants to know of X's columns."""
    return {name: value for name, value in vars(reader).items() if name in ("n_features_in_", "feature_names_in_")}


def make_state(
    p: dict[str, Any], net: nn.Module, input_shape: tuple[int, ...], machine: Machine, seed: int
) -> TrainState:
    """Place the network and give it its optimizer and its threads."""
    net = place(net, input_shape, machine.device, machine.dtype, foreign=is_foreign(p["net"]))
    threads = threads_for(summarize(net, input_shape).multiply_adds * p["batch_size"], machine.device)
    loss = own_loss(p, machine.device, machine.dtype)
    weights = [w for part in (net, loss) if part is not None for w in part.parameters() if w.requires_grad]
    with explaining("optimizer", p, "being made of (params, lr)"):
        optimizer = make_optimizer(p["optimizer"], weights, p["learning_rate"], capturable=may_capture(p, machine))
    check_optimizer(optimizer, weights)
    if p["lambda_"] and not penalised_weights(net):
        raise ParameterError(f"lambda_={p['lambda_']} finds no convolution or dense weights to count in net; use 0.0")
    return start(net, optimizer, seed=seed, threads=threads, ema=p["ema_decay"] is not None, loss=loss)


def _split(p: dict[str, Any], problem: Problem, rows: Examples, seed: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(derive(seed, "split")) if p["shuffle"] else None
    counting = rows.counting
    classes = problem.kind.classes_of(rows.y[counting])
    train_rows, valid_rows = split_rows(len(counting), p["valid_size"], rng, classes)
    if p["valid_size"] and not len(valid_rows):
        reason = f"valid_size={p['valid_size']} of {len(counting)} rows leaves no row to hold out"
        reason += small_classes(groups)
        if validates(p):
            raise ParameterError(f"{validates(p)} needs rows to validate on, but {reason}; give more rows")
        warn_user(f"{reason}: training goes without validation")
    return counting[train_rows], counting[valid_rows]


def batches_of(
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
    """Lay chosen rows out for training, or for validation."""
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
