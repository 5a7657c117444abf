"""What the engine starts from: the task with its loss, and the network's state with its optimizer."""

from dataclasses import replace
from functools import partial
from typing import Any

import torch
from torch import nn

from foveal.core.copies import deep_copy
from foveal.core.device import threads_for
from foveal.core.errors import ParameterError
from foveal.core.forms import Form
from foveal.core.randomness import borrowed_generator
from foveal.fitted.blame import explaining
from foveal.fitted.foreign import adds_rows_up, check_optimizer, is_foreign, mean_of_sum, own_loss
from foveal.fitted.network import place, telling_size
from foveal.fitted.parts import resting_of, shares_of
from foveal.fitting.examples import Examples
from foveal.fitting.inputs import Machine
from foveal.fitting.settings import may_capture
from foveal.models import summarize
from foveal.tasks.kind import Problem
from foveal.train import Task, TrainState, start
from foveal.train.optim.table import make_optimizer
from foveal.train.step import penalised_weights


def task_of(p: dict[str, Any], problem: Problem, own: nn.Module | None, rows: Examples, machine: Machine) -> Task:
    """Make the task, with the loss `own` where the user's is a module; a loss of his is tried."""
    loss = p["loss"] if own is None else own
    how = p["label_smoothing"], machine.dtype
    task = problem.kind.task(problem, loss, *how)
    if not callable(loss):
        return task
    tried = problem.kind.task(problem, loss if own is None else deep_copy(own), *how)
    like = torch.zeros(0, dtype=machine.dtype, device=machine.device)
    with borrowed_generator(0, machine.device):
        summed = adds_rows_up(
            tried, p, problem.outputs_of_row(rows.source.form), rows.y[:2], rows.weight is not None, like
        )
    return replace(task, loss=partial(mean_of_sum, task.loss)) if summed else task


def make_state(p: dict[str, Any], net: nn.Module, form: Form, machine: Machine, seed: int) -> TrainState:
    """Place the network and give it its optimizer and its threads."""
    net = place(net, form, machine.device, machine.dtype, foreign=is_foreign(p["net"]))
    resting = resting_of(p, net)
    if resting is not None and resting.epochs is None:
        resting.apply(net, 0)
    with telling_size(p, form):
        summary = summarize(net, form)
    threads = threads_for(summary.multiply_adds * p["batch_size"], machine.device)
    loss = own_loss(p, machine.device, machine.dtype)
    weights = [w for part in (net, loss) if part is not None for w in part.parameters() if w.requires_grad]
    with explaining("optimizer", p, "being made of (params, lr)"):
        capturable, shares = may_capture(p, machine), shares_of(p["layer_decay"], net)
        optimizer = make_optimizer(p["optimizer"], weights, p["learning_rate"], capturable=capturable, shares=shares)
    check_optimizer(optimizer, weights)
    if p["lambda_"] and not penalised_weights(net):
        raise ParameterError(f"lambda_={p['lambda_']} finds no convolution or dense weights to count in net; use 0.0")
    return start(net, optimizer, seed=seed, threads=threads, ema=p["ema_decay"] is not None, loss=loss)
