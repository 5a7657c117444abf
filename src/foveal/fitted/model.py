"""What a fit leaves, as one value: predictions, files, reports and servers take it, and need no estimator."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, NamedTuple

import torch
from torch import nn

from foveal.calibration.calibration import Calibration
from foveal.calibration.temperature import divided
from foveal.core.forms import Form
from foveal.models import summarize
from foveal.tasks.kind import Kind, Problem
from foveal.train import Task
from foveal.train.report import COLUMNS

#: Rows of a call from which folding, which takes a pass over the filters, costs less than the batch norms do.
FOLD_FROM = 100


class Cost(NamedTuple):
    """What one row costs in inference."""

    multiply_adds: int
    largest_map: int  # values


@dataclass(frozen=True)
class Fitted:
    """A fitted network and all that there is to know about it.

    net : takes raw values, and is in inference mode; within `epochs` it is the one that trains on.
    form, layout : what one row is, and which axes of an array it is read from; None where rows come from a source.
    problem : the kind of problem, its classes or its scale.
    settings : the parameters of fit.
    history, kept_epoch : a list for each column of `EpochReport`, and the epoch whose weights these are.
    columns : what scikit-learn wants to know of X's columns: `n_features_in_` and `feature_names_in_`.
    input_rule : what was done to files or texts before the network, step by step.
    class_names : those of the classes 0, 1, 2 ..., where the data had some.
    data : what is worth knowing of the data: of pictures in files how many there were, and which were left out.
    first_weights : name and SHA-256 of the file of weights that the network began with, if there was one.
    kept : arrays beside the network, in the model file too: the names of items, of histories that are kept.
    calibration : what held-out rows have told of its answers; None where they were not asked.
    baselines : its score beside those of baselines, as `fitted.beside.kept_of` gives them; empty where none were asked.
    """

    estimator: str
    net: nn.Module
    form: Form
    layout: str | None
    problem: Problem
    settings: Mapping[str, Any]
    cost: Cost
    history: Mapping[str, list[Any]]
    kept_epoch: int
    columns: Mapping[str, Any]
    input_rule: tuple[Mapping[str, Any], ...] = ()
    class_names: tuple[str, ...] | None = None
    data: Mapping[str, Any] = field(default_factory=dict)
    first_weights: Mapping[str, str] = field(default_factory=dict)
    kept: Mapping[str, Any] = field(default_factory=dict)
    calibration: Calibration | None = None
    baselines: Mapping[str, Any] = field(default_factory=dict)

    @property
    def kind(self) -> Kind:
        """The kind of problem."""
        return self.problem.kind

    @property
    def input_shape(self) -> tuple[int, ...]:
        r"""Shape (C, \*S) of the first part of a row; an axis that varies has the length of a row of zeros."""
        return self.form[0].sizes

    @cached_property
    def task(self) -> Task:
        """What the network's outputs mean; probabilities are those of a calibration, where there is one."""
        task = self.kind.task(self.problem, self.kind.losses[0], 0.0, torch.float32)
        plain = task.probabilities
        if plain is None or self.calibration is None:
            return task
        temperature = self.calibration.temperature
        return replace(task, probabilities=lambda outputs: plain(divided(outputs, temperature)))

    def __getstate__(self) -> dict[str, Any]:
        """Pickle the fields alone: a task holds functions without a name."""
        return {name: value for name, value in vars(self).items() if name != "task"}

    def scores(self) -> dict[str, Any]:
        """Give the losses and scores of the epoch whose weights were kept, and what the score is called."""
        further = [name for name in self.history if name not in COLUMNS]
        names = ("train_loss", "train_score", "valid_loss", "valid_score", *further)
        row = {name: self.history[name][self.kept_epoch - 1] for name in names}
        return {"metric": self.kind.metric, "kept_epoch": self.kept_epoch, **row}


def folds(fitted: Fitted, n_rows: int) -> bool:
    """Tell whether a call for so many rows folds batch norm into the filters.

    That is a pass over the filters, and spares passes over maps. Networks of the catalogue have large filters and many
    maps: for them the values of both decide. ResNet-18 took 13 ms to fold and was 9 ms faster for it on 8 rows of 64
    pixels; by this rule it is folded from 43 rows on.
    """
    net = fitted.settings["net"]
    if isinstance(net, str) and net != "plain":
        return n_rows * fitted.cost.largest_map >= sum(weight.numel() for weight in fitted.net.parameters())
    return n_rows >= FOLD_FROM


def cost_of(net: nn.Module, form: Form | Sequence[int | None]) -> Cost:
    """Run one row of zeros through the network and count."""
    summary = summarize(net, form)
    return Cost(summary.multiply_adds, max(math.prod(layer.output) for layer in summary.layers))
