"""The loop: a generator that yields a report an epoch, and a pause where one is asked for. The rest is the caller's."""

import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, closing, nullcontext
from time import perf_counter

from foveal.core.daemon_exit import stop_if_left
from foveal.core.device import running_threads
from foveal.core.errors import DivergedError
from foveal.core.randomness import borrowed_generator, derive
from foveal.core.shelter import repeatable, sheltered
from foveal.data.batches import Batches
from foveal.train.config import Config
from foveal.train.evaluate import evaluate
from foveal.train.optim.average import update_average
from foveal.train.optim.table import largest_share, set_rate
from foveal.train.processes.lend import lent_generator, lent_rows
from foveal.train.report import EpochReport, Pause
from foveal.train.schedule import PLATEAU_FACTOR, PLATEAU_PATIENCE, SCHEDULES
from foveal.train.state import TrainState, no_sums
from foveal.train.step import penalised_weights
from foveal.train.steps.answers import validation_recordings
from foveal.train.steps.captured import Step, choose_step, fed
from foveal.train.steps.kernel import Native
from foveal.train.steps.recordings import Recordings
from foveal.train.task import Task

#: Devices whose sums are looked at after every step; elsewhere reading a number waits for the device.
LOOKED_AT = ("cpu",)


def never(state: TrainState) -> bool:
    """Ask for no pause."""
    return False


def train(
    state: TrainState,
    batches: Batches,
    valid: Batches | None,
    task: Task,
    config: Config,
    pause: Callable[[TrainState], bool] = never,
) -> Iterator[EpochReport | Pause]:
    """Train from where `state` stands until `config.n_epochs` are done, yielding a report for each epoch.

    Between two reports the caller may save, print, plot or stop; the threads and generators are the caller's again.
    `pause` is asked after every step, and between the batches of a validation, which then begins anew: where it says
    yes a `Pause` is yielded. Going on from there, from a report, or in another process from a copy of the state is one
    and the same: what follows is a function of the state.
    Raises `DivergedError` where the loss is not a finite number: on the CPU at once, else after the epoch.
    """
    step = choose_step(state, batches, config)
    recordings = validation_recordings(state, valid, task, config)
    pause = pause if pause is never else config.processes.agreeing(pause, batches.device)
    while state.epoch < config.n_epochs:
        if config.resting is not None and state.epoch == config.resting.epochs:
            step = choose_step(state, batches, config)  # it may have been planned, or recorded, for fewer weights
        with sheltered(), running_threads(state.threads), repeatable(batches.device):
            began = perf_counter()
            train_epoch(state, batches, task, config, step, pause)
            state.seconds += perf_counter() - began
            validated = None
            if state.position == len(batches):
                began = perf_counter()
                validated = _validated(state, valid, task, config, pause, recordings)
        if validated is None:
            yield Pause()
        else:
            yield _closed(state, batches, task, config, validated, perf_counter() - began)


def train_epoch(
    state: TrainState,
    batches: Batches,
    task: Task,
    config: Config,
    step: Step,
    pause: Callable[[TrainState], bool] = never,
) -> None:
    """Run the rest of the present epoch, or as much as there is before a pause."""
    state.net.train()
    if config.resting is not None:
        config.resting.apply(state.net, state.epoch)
    if state.loss is not None:
        state.loss.train()
    penalised = penalised_weights(state.net)
    device = batches.device
    with (
        lent_generator(state.net, device) as rng,
        lent_rows(state.net, config.processes),
        closing(fed(step, batches, state.epoch, state.position)) as epoch,  # whatever reads ahead ends with it
    ):
        for batch in epoch:
            set_rate(state.optimizer, _rate(state, batches, config, state.position))
            rng.manual_seed(derive(state.seed, "dropout", state.epoch, state.position))
            with _borrowed(state, config, "dropout", state.position):
                taken = step.chosen(state, batch, task, config) if isinstance(step, Native) else step
                sums = taken(state, batch, task, config, penalised)
            if state.average is not None and config.ema_decay is not None:
                update_average(state.average, state.net, config.ema_decay, state.step)
            state.sums = state.sums + sums
            state.position += 1
            state.step += 1
            if device.type in LOOKED_AT:
                check_loss_finite(state, batches, config)
            if pause(state):
                return
            stop_if_left()


def _rate(state: TrainState, batches: Batches, config: Config, position: int) -> float:
    """Give the learning rate of the step at a position of the present epoch."""
    steps = len(batches)
    factor = SCHEDULES[config.schedule](state.epoch * steps + position, steps * config.n_epochs)
    return config.learning_rate * factor * state.plateau


def _validated(
    state: TrainState,
    valid: Batches | None,
    task: Task,
    config: Config,
    pause: Callable[[TrainState], bool],
    recordings: Recordings | None,
) -> tuple[float, dict[str, float]] | None:
    """Give loss and scores of the validation, NaN and none without one; None if a pause was asked for meanwhile."""
    if valid is None:
        return math.nan, {}
    if state.loss is not None:
        state.loss.eval()
    with _borrowed(state, config, "validation"):
        return evaluate(state.result, valid, task, config, lambda: pause(state), state.threads, recordings)


def _closed(
    state: TrainState,
    batches: Batches,
    task: Task,
    config: Config,
    validated: tuple[float, dict[str, float]],
    seconds: float,
) -> EpochReport:
    """Close the epoch: read its sums, note it, and begin the next."""
    check_loss_finite(state, batches, config)
    sums = state.sums.cpu()  # the one moment that waits for the device
    state.seconds, seconds = config.processes.greatest(state.seconds, seconds)
    rate = largest_share(state.optimizer) * _rate(state, batches, config, state.position - 1)
    speed = len(batches.inputs) / max(state.seconds, 1e-9)
    valid_loss, valid_scores = validated
    scores = task.scores(sums[1:])
    losses = float(sums[0] / sums[1]), first_of(scores), valid_loss, first_of(valid_scores)
    report = EpochReport(state.epoch + 1, *losses, rate, state.seconds + seconds, speed, scores, valid_scores)
    state.epoch, state.position, state.sums, state.seconds = state.epoch + 1, 0, no_sums(), 0.0
    if config.schedule == "plateau":
        _follow_plateau(state, report.monitored(config.monitor))
    state.history.append(report)
    return report


def first_of(scores: Mapping[str, float]) -> float:
    """Give the score that counts, NaN where there is none.

    >>> first_of({"accuracy": 0.9, "balanced_accuracy": 0.8})
    0.9
    """
    return next(iter(scores.values()), math.nan)


def check_loss_finite(state: TrainState, batches: Batches, config: Config) -> None:
    """Raise `DivergedError` if the loss of a step of this epoch was not a finite number."""
    loss = state.sums[0].item()
    if not math.isfinite(loss):
        rate = largest_share(state.optimizer) * _rate(state, batches, config, state.position - 1)
        raise DivergedError(
            f"the training loss became {loss} in epoch {state.epoch + 1} (step {state.step}, rate {rate:.2g}); use a "
            "smaller learning_rate, clip_norm=1.0, or look for extreme values in X and y"
        )


def _borrowed(state: TrainState, config: Config, purpose: str, *counters: int) -> AbstractContextManager[None]:
    """Seed torch's global generator for a user's network, which may draw from it."""
    if not config.borrow_generator:
        return nullcontext()
    device = next(state.net.parameters()).device
    rank = (config.processes.rank,) * (config.processes.rank > 0)  # else each would draw the same for other rows
    return borrowed_generator(derive(state.seed, purpose, state.epoch, *counters, *rank), device)


def _follow_plateau(state: TrainState, score: float) -> None:
    """Lower the rate after some epochs without a better validation score."""
    if score > state.plateau_score:
        state.plateau_score, state.plateau_stale = score, 0
        return
    state.plateau_stale += 1
    if state.plateau_stale > PLATEAU_PATIENCE:
        state.plateau, state.plateau_stale = state.plateau * PLATEAU_FACTOR, 0
