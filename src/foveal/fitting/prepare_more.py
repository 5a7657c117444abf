"""What partial_fit goes on with: network, optimizer and loss as they were left, and new rows."""

from dataclasses import replace
from typing import Any

from torch import nn

from foveal.core.copies import deep_copy
from foveal.core.errors import ParameterError
from foveal.core.randomness import seed_of
from foveal.data.source import stored_form
from foveal.fitted.calibrating import told_dropped
from foveal.fitted.foreign import check_trained, own_loss
from foveal.fitted.model import Fitted
from foveal.fitted.parts import resting_of, shares_of
from foveal.fitting.agreement import check_same_weights, seed_for_all
from foveal.fitting.augmenting import check_augment, resolved
from foveal.fitting.budget import answering, training_memory
from foveal.fitting.engine import make_state, task_of
from foveal.fitting.examples import Examples, batches_of, source_of
from foveal.fitting.follow import followed, problem_now
from foveal.fitting.inputs import Machine, counting_rows, machine_of
from foveal.fitting.prepare import Job, refuse_checkpoint
from foveal.fitting.rehearsal import rehearse
from foveal.fitting.request import Request
from foveal.fitting.settings import as_one_pass, make_config
from foveal.tasks.class_weights import row_weights, weighed
from foveal.tasks.sampling import drawn_by
from foveal.train import TrainState
from foveal.train.optim.table import add_weights
from foveal.train.processes.distributed import ALONE, Processes
from foveal.train.report import reports_of
from foveal.train.state import Best, copied, no_sums


def prepare_more(
    request: Request,
    fitted: Fitted,
    before: TrainState | None,
    X: Any,
    y: Any,
    sample_weight: Any = None,
    *,
    processes: Processes = ALONE,
) -> Job:
    """Prepare partial_fit's later calls: the network, its problem and its statistics are known.

    `before` is the state that the last call left; None for a model from a file, which holds no optimizer.
    """
    now = request.parameters
    refuse_checkpoint(now)
    problem = problem_now(fitted.problem, now, request.kind)
    p = followed(now, dict(fitted.settings), fresh=before is None, each_place=problem.kind.each_place)
    machine = machine_of(p, processes)
    numbers, y, weight = counting_rows(y, sample_weight, len(X))
    source, _ = source_of(X, numbers, p, machine, fitted)
    y = problem.kind.read(problem, p, y)
    problem.kind.belongs(stored_form(source), y, "y")
    problem = weighed(p["class_weight"], problem, y)
    drawn = drawn_by(p["sampler"], p["class_weight"], problem, y)
    rows = Examples(source, y, row_weights(p["class_weight"], problem, y, weight), classes=drawn).of(source)
    if before is None:
        check_trained(fitted.net, "net_")
        seed = seed_for_all(processes, seed_of(p["random_state"]))
        state = make_state(p, deep_copy(fitted.net), fitted.form, machine, seed)
        state.history = reports_of(fitted.history)
        state.epoch = len(state.history)
    else:
        state = _continued(p, before)
        state.loss = _loss_now(p, fitted.settings["loss"], state, machine)
    p, said = resolved(p, source, problem, fitted.layout, fitted.class_names)
    task = task_of(p, problem, state.loss, rows, machine)
    check_augment(p["augment"], source.form, task, problem.n_outputs)
    memory = training_memory(p, machine, state, source, len(rows.counting), processes=processes.world)
    with answering(memory):
        batches = batches_of(
            p, rows, rows.counting, task=task, machine=machine, seed=state.seed, processes=processes, training=True
        )
    resting = resting_of(p, state.net, state.optimizer)
    config = replace(make_config(p, machine, len(batches)), processes=processes, resting=resting)
    config, batches = as_one_pass(config, batches, state)
    check_same_weights(processes, state.net)
    rehearse(p, state, batches, task, config, problem.n_outputs, each_place=problem.kind.each_place)
    told_dropped(fitted, "partial_fit")
    return Job(
        state=state,
        batches=batches,
        valid=None,
        task=task,
        config=config,
        problem=problem,
        form=fitted.form,
        layout=fitted.layout,
        parameters=p,
        columns=fitted.columns,
        class_names=fitted.class_names,
        input_rule=fitted.input_rule,
        data=fitted.data,
        memory=memory,
        estimator=request.estimator,
        first_weights=fitted.first_weights,
        kept=fitted.kept,
        said=said,
    )


def _continued(p: dict[str, Any], known: TrainState) -> TrainState:
    """Copy a state to train on: should that fail, the estimator is as it was. An epoch broken off is begun anew.

    What the user has frozen in `net_`, or set free, since then is.
    """
    state = copied(known)
    if state.average is not None:
        for weight, averaged in zip(state.net.parameters(), state.average.parameters(), strict=True):
            weight.requires_grad_(averaged.requires_grad)
    check_trained(state.net, "net_")
    held = {id(weight) for group in state.optimizer.param_groups for weight in group["params"]}
    free = [weight for weight in state.net.parameters() if weight.requires_grad and id(weight) not in held]
    if free:
        add_weights(state.optimizer, free, p["learning_rate"], shares_of(p["layer_decay"], state.net))
    return replace(state, position=0, sums=no_sums(), best=Best(), stale=0, plateau=1.0)


def _loss_now(p: dict[str, Any], first: Any, state: TrainState, machine: Machine) -> nn.Module | None:
    """Give the loss to go on with, as it was trained so far; another one must not have weights to train."""
    if p["loss"] is first:
        return state.loss
    own = own_loss(p, machine.device, machine.dtype)
    if own is not None and any(weight.requires_grad for weight in own.parameters()):
        raise ParameterError(
            f"loss: {type(own).__name__} has weights of its own, which the optimizer of the first call does not hold; "
            "go on with the loss of the first call, or use fit for a new network"
        )
    return own
