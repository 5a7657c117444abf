"""The loop: a generator that yields one report an epoch. What happens between epochs is the caller's."""

import math
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from time import perf_counter

import torch

from foveal.core.device import running_threads
from foveal.core.errors import DivergedError
from foveal.core.randomness import borrowed_generator, derive
from foveal.data.batches import Batches
from foveal.train.average import update_average
from foveal.train.captured import Step, choose_step
from foveal.train.config import Config
from foveal.train.evaluate import evaluate
from foveal.train.lend import lent_generator
from foveal.train.optim import set_rate
from foveal.train.report import EpochReport
from foveal.train.schedule import PLATEAU_FACTOR, PLATEAU_PATIENCE, SCHEDULES
from foveal.train.state import TrainState
from foveal.train.step import penalised_weights
from foveal.train.task import Task


def train(
    state: TrainState, batches: Batches, valid: Batches | None, task: Task, config: Config
) -> Iterator[EpochReport]:
    """Train from where `state` stands until `config.n_epochs` are done, yielding a report for each epoch.

    Between two reports the caller may save, print, plot or stop; the threads and generators are the caller's again.
    Raises `DivergedError` at the end of an epoch whose loss is not a finite number.
    """
    step = choose_step(state, batches, config)
    while state.epoch < config.n_epochs:
        began = perf_counter()
        with running_threads(state.threads):
            rate = train_epoch(state, batches, task, config, step)
            train_loss, train_score = _read(state, task, rate)
            trained = perf_counter()
            with _borrowed(state, config, "validation"):
                scores = (math.nan, math.nan) if valid is None else evaluate(state.result, valid, task, config)
        state.epoch, state.position, state.sums = state.epoch + 1, 0, torch.zeros(())
        if config.schedule == "plateau":
            _follow_plateau(state, scores[1])
        speed = len(batches.inputs) / max(trained - began, 1e-9)
        report = EpochReport(state.epoch, train_loss, train_score, *scores, rate, perf_counter() - began, speed)
        state.history.append(report)
        yield report


def train_epoch(state: TrainState, batches: Batches, task: Task, config: Config, step: Step) -> float:
    """Run the rest of the present epoch; return the last learning rate."""
    state.net.train()
    penalised = penalised_weights(state.net)
    factor = SCHEDULES[config.schedule]
    steps_an_epoch = len(batches)
    steps = steps_an_epoch * config.n_epochs
    rate = config.learning_rate
    with lent_generator(state.net, batches.targets.device) as rng:
        for batch in batches.epoch(state.epoch, state.position):
            rate = config.learning_rate * factor(state.epoch * steps_an_epoch + state.position, steps) * state.plateau
            set_rate(state.optimizer, rate)
            seed = derive(state.seed, "dropout", state.epoch, state.position)
            rng.manual_seed(seed)
            with _borrowed(state, config, "dropout", state.position):
                sums = step(state, batch, task, config, penalised)
            if state.average is not None and config.ema_decay is not None:
                update_average(state.average, state.net, config.ema_decay, state.step)
            state.sums = state.sums + sums
            state.position += 1
            state.step += 1
    return rate


def _borrowed(state: TrainState, config: Config, purpose: str, *counters: int) -> AbstractContextManager[None]:
    """Seed torch's global generator for a user's network, which may draw from it."""
    if not config.borrow_generator:
        return nullcontext()
    device = next(state.net.parameters()).device
    return borrowed_generator(derive(state.seed, purpose, state.epoch, *counters), device)


def _read(state: TrainState, task: Task, rate: float) -> tuple[float, float]:
    """Read the epoch's sums, the one moment that waits for the device."""
    sums = state.sums.cpu()
    loss = float(sums[0] / sums[1])
    if not math.isfinite(loss):
        raise DivergedError(
            f"the training loss became {loss} in epoch {state.epoch + 1} (step {state.step}, rate {rate:.2g}); use a "
            "smaller learning_rate, clip_norm=1.0, or look for extreme values in X and y"
        )
    return loss, task.score(sums[1:])


def _follow_plateau(state: TrainState, score: float) -> None:
    """Lower the rate after some epochs without a better validation score."""
    if score > state.plateau_score:
        state.plateau_score, state.plateau_stale = score, 0
        return
    state.plateau_stale += 1
    if state.plateau_stale > PLATEAU_PATIENCE:
        state.plateau, state.plateau_stale = state.plateau * PLATEAU_FACTOR, 0
