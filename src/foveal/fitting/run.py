"""A prepared fit, run to its end or to where it is left: shown, saved, stopped early, and kept."""

import math
import sys
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager, suppress

import torch

from foveal.augment.cuts import middle
from foveal.core.daemon_exit import at_work
from foveal.core.errors import DivergedError, ParameterError
from foveal.core.forms import is_array
from foveal.core.randomness import borrowed_generator
from foveal.core.shelter import sheltered
from foveal.fitted.calibrating import calibrated
from foveal.fitted.model import Cost, Fitted, cost_of
from foveal.fitting.budget import answering
from foveal.fitting.checkpointing import Keeper
from foveal.fitting.features import Tail
from foveal.fitting.prepare import Job
from foveal.fitting.progress import progress
from foveal.train import EpochReport, TrainState, keep_best, train, used_up
from foveal.train.loop import never
from foveal.train.report import named_history_of
from foveal.train.stopping import LastGood, restore_best

#: Takes what was learnt, and the state to go on from, None where there is none.
Take = Callable[[Fitted, TrainState | None], None]


@contextmanager
def working() -> Iterator[None]:
    """Compute by PyTorch's own settings, waited for where the interpreter exits meanwhile."""
    with at_work(), sheltered():
        yield


@contextmanager
def running(job: Job, keeper: Keeper) -> Iterator[None]:
    """Let a run compute: signals are noted, and memory that runs out is answered with the way out."""
    with working(), answering(job.memory), keeper.watching():
        yield


def run(
    job: Job, keeper: Keeper, take: Take, *, patience: int | None, verbose: int, each: bool
) -> Generator[EpochReport, None, None]:
    """Train, show, save and stop early, and yield each report; what is learnt is given to `take` at the end.

    With `each` it is given after every epoch too, for a caller who looks at it then. A run that is broken off, left
    or diverges keeps the network as the last good epoch left it.
    """
    state, cost = job.state, None
    pause = never if keeper.folder is None else keeper.pause
    over = patience is not None and used_up(state, patience)  # a run that goes on may be
    shown = verbose if keeper.processes.rank == 0 else 0
    with (
        _salvaging(job, keeper, take) as good,
        progress(shown, job, goes_on=keeper.goes_on) as show,
    ):
        for event in () if over else train(state, job.batches, job.valid, job.task, job.config, pause):
            if isinstance(event, EpochReport):
                good.note(state)
                show(event)
                if patience is not None or job.config.keeps_best:
                    keep_best(state, event, job.config.monitor)
            keeper.rest(state)
            if not isinstance(event, EpochReport):
                continue
            if each:
                cost = cost or cost_of(state.result, job.form)
                take(fitted_now(job, cost, len(state.history)), state)
            yield event
            if patience is not None and used_up(state, patience):
                break
        keeper.save(state)
        keeper.signals.raise_noted()
        take(learnt(job), state)


@contextmanager
def _salvaging(job: Job, keeper: Keeper, take: Take) -> Iterator[LastGood]:
    """Where a run is left, broken off or diverges, keep the network as the last good epoch left it."""
    good = LastGood(validated=job.valid is not None)
    if keeper.goes_on and job.state.epoch and not job.state.position:
        good.note(job.state)
    try:
        yield good
    except GeneratorExit:  # the caller has left the loop, after an epoch
        if not sys.is_finalizing():  # PyTorch aborts the process if it is called then
            keeper.leave(job.state)
            with suppress(ParameterError):  # fitted anew since: that is the newer model
                try:
                    take(learnt(job), job.state)
                except DivergedError:
                    _fall_back(job, take, good, None)
        raise
    except DivergedError:
        _fall_back(job, take, good, None)  # the optimizer has gone astray
        raise
    except (KeyboardInterrupt, SystemExit):
        _fall_back(job, take, good, job.state)
        raise


def _fall_back(job: Job, take: Take, good: LastGood, state: TrainState | None) -> None:
    if good.epoch:
        good.put_back(job.state)
        with suppress(DivergedError, ParameterError):
            take(learnt(job), state)


def learnt(job: Job) -> Fitted:
    """Give what a run that is over has left, with the best weights; raises `DivergedError` if it exploded."""
    restore_best(job.state)
    check_learnt(job)
    job.state.result.eval()
    kept = job.state.best.epoch or len(job.state.history)
    fitted = fitted_now(job, cost_of(job.state.result, job.form), kept)
    if job.to_calibrate is None:
        return fitted
    return calibrated(fitted, *job.to_calibrate, chose=bool(job.state.best.epoch))


def fitted_now(job: Job, cost: Cost, kept_epoch: int) -> Fitted:
    """Give what a run has left so far, with the weights of an epoch."""
    return Fitted(
        estimator=job.estimator,
        net=job.state.result.eval(),
        form=job.form,
        layout=job.layout,
        problem=job.problem,
        settings=job.parameters,
        cost=cost,
        history=named_history_of(job.state.history),
        kept_epoch=kept_epoch,
        columns=job.columns,
        class_names=job.class_names,
        input_rule=job.input_rule,
        data=job.data,
        first_weights=job.first_weights,
        kept=job.kept,
    )


def check_learnt(job: Job) -> None:
    """Refuse what exploded in the last steps, which no training loss has shown yet.

    Two training rows go through the network. The last validation loss counts too, unless an earlier epoch's weights
    were kept. Raises `DivergedError`.
    """
    state, batches = job.state, job.batches
    last = state.history[-1]
    index = torch.arange(min(2, len(batches.inputs)), device=batches.device)
    with borrowed_generator(0, index.device), torch.no_grad():
        net, rows = state.result.eval(), batches.inputs.gather(index)
        if batches.augment and is_array(job.form):  # which may cut them out of larger ones
            rows = (middle(rows[0], job.form[0].sizes[1:]), *rows[1:])
        out = job.task.run.run(net, rows) if isinstance(job.task.run, Tail) else net(*rows)
    kept = state.best.epoch in (0, last.epoch)
    diverged = kept and job.valid is not None and not math.isfinite(last.valid_loss)
    if diverged or not out.isfinite().all():
        what = "validation loss is" if diverged else "network's outputs are"
        raise DivergedError(
            f"the {what} not finite after epoch {last.epoch} (step {state.step}, rate {last.learning_rate:.2g}); use a "
            "smaller learning_rate, clip_norm=1.0, or look for extreme values in X and y"
        )
