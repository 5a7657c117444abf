"""From what an estimator is asked for and the user's data to what the engine takes: what fails, fails here."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import numpy as np

from foveal.core.errors import ParameterError
from foveal.core.forms import Form
from foveal.data.batches import Batches
from foveal.data.source import Source, learnt_from, stored_form, told
from foveal.fitted.network import check_answers
from foveal.fitted.parts import resting_of
from foveal.fitting.agreement import check_same_start
from foveal.fitting.augmenting import check_augment, nothing_cuts, resolved, with_crops
from foveal.fitting.beginning import begin
from foveal.fitting.budget import TrainingMemory, answering, training_memory
from foveal.fitting.checkpointing import Keeper
from foveal.fitting.choosing import with_net
from foveal.fitting.engine import make_state, task_of
from foveal.fitting.examples import Examples, batches_of, source_of, split
from foveal.fitting.features import keep_features
from foveal.fitting.held_rows import rows_to_calibrate
from foveal.fitting.identity import identity_of
from foveal.fitting.inputs import counting_rows, machine_of, read_groups
from foveal.fitting.rehearsal import rehearse
from foveal.fitting.request import Request
from foveal.fitting.settings import as_one_pass, make_config, measured
from foveal.fitting.validating import check_lengths, identified_by, to_validate_on, warn_of_other_scale
from foveal.tasks.class_weights import row_weights, weighed
from foveal.tasks.imbalance import hidden, rarest_of
from foveal.tasks.kind import Problem, learnt, with_sizes
from foveal.tasks.sampling import drawn_by
from foveal.train import Config, Task, TrainState


@dataclass
class Job:
    """Everything a fit needs, checked, and what is learnt from the data before the first step."""

    state: TrainState
    batches: Batches
    valid: Batches | None
    task: Task
    config: Config
    problem: Problem
    form: Form
    layout: str | None
    parameters: dict[str, Any]  # those of fit, which the network goes by
    columns: Mapping[str, Any]  # what scikit-learn wants to know of X's columns
    class_names: tuple[str, ...] | None
    input_rule: tuple[Mapping[str, Any], ...]
    data: Mapping[str, Any]
    memory: TrainingMemory
    estimator: str
    first_weights: Mapping[str, str] = field(default_factory=dict)
    kept: Mapping[str, Any] = field(default_factory=dict)  # arrays that the model keeps of the data
    said: tuple[str, ...] = ()  # of what was chosen, to be shown once
    to_calibrate: tuple[Source, np.ndarray] | None = None  # rows held out, and y as their problem's kind reads it


def prepare(
    request: Request,
    X: Any,
    y: Any,
    sample_weight: Any = None,
    *,
    validation: Any = None,
    groups: Any = None,
    keeper: Keeper | None = None,
    one_pass: bool = False,
    classes: Any = None,
) -> Job:
    """Prepare the training of a new network, or go on with one; `one_pass` is partial_fit's first call.

    That is one epoch, and nothing is held out. X is an array that scikit-learn has seen, or a source; `validation` is
    (X, y), or (X, y, sample_weight), as people have it.
    """
    p = request.parameters
    if one_pass:
        refuse_checkpoint(p)
    keeper = keeper or Keeper()
    machine = machine_of(p, keeper.processes)
    numbers, y, weight = counting_rows(y, sample_weight, len(X))
    own = groups is None
    if own and validation is None and p["valid_size"]:
        groups = getattr(X, "groups", None)
    group_of = read_groups(groups, len(X), numbers, validated=validation is not None, valid_size=p["valid_size"])
    source, layout = source_of(X, numbers, p, machine, names=request.names, by_column=keeper.by_column)
    source = told(source, p)

    problem, y = learnt(request.kind, p, y, classes)
    problem.kind.belongs(stored_form(source), y, "y")
    problem = weighed(p["class_weight"], with_sizes(problem, source.form), y)
    names = getattr(X, "class_names", None)
    p, said = resolved(p, source, problem, layout, names)
    p, also = with_net(
        p, source.form, layout, each_place=problem.kind.each_place, pieces=getattr(source, "pieces", None)
    )
    p, cut = with_crops(p, source)
    also += cut + nothing_cuts(source, p["augment"])
    check_answers(p["net"], each_place=problem.kind.each_place)
    seed = keeper.seed(p["random_state"])
    drawn = drawn_by(p["sampler"], p["class_weight"], problem, y)
    rows = Examples(source, y, row_weights(p["class_weight"], problem, y, weight), classes=drawn)
    held = one_pass or validation is not None
    train_rows, valid_rows = split({**p, "valid_size": 0} if held else p, problem, rows, seed, group_of, own=own)
    source = learnt_from(source, train_rows)
    rows = rows.of(source)
    problem = problem.kind.scaled(problem, y, train_rows)
    valid_examples = to_validate_on(validation, problem, p, rows, layout, machine, request.columns)
    if valid_examples is not None:
        valid_rows = valid_examples.counting

    begun = begin(p, source, train_rows, problem, names, machine, seed)
    also += begun.said
    check_lengths(begun.net, source, valid_examples)
    warn_of_other_scale(valid_examples, begun.net)
    state = make_state(p, begun.net, source.form, machine, seed)
    task = task_of(p, problem, state.loss, rows, machine)
    check_augment(p["augment"], source.form, task, problem.n_outputs)
    memory = training_memory(p, machine, state, source, len(train_rows), len(valid_rows), keeper.processes.world)
    with answering(memory):
        laid_out = partial(batches_of, p, task=task, machine=machine, seed=seed, processes=keeper.processes)
        batches = laid_out(rows, train_rows, training=True)
        valid = laid_out(valid_examples or rows, valid_rows, training=False) if len(valid_rows) else None
    config = make_config(p, machine, len(batches))
    if p["n_epochs"] == "auto" and not one_pass:
        also += (f"n_epochs='auto' is {config.n_epochs}, of {len(batches):,} steps each",)
    rare = None if one_pass else rarest_of(problem, task, y[train_rows])
    config = measured(config, p, task, valid, problem, rare)
    config = replace(config, processes=keeper.processes, resting=resting_of(p, state.net, state.optimizer))
    if one_pass:
        config, batches = as_one_pass(config, batches, state)
    identified = keeper.folder or keeper.processes.world > 1
    others = weight, group_of, *identified_by(valid_examples)
    described = p | begun.identified
    identity = identity_of(request.estimator, described, source, y, others, begun.statistics) if identified else {}
    check_same_start(keeper.processes, identity, state.net)
    places = problem.kind.each_place
    rehearse(p, state, batches, task, config, problem.n_outputs, each_place=places, saves=keeper.folder is not None)
    keeper.begin(state, identity, len(batches))
    kept = None if one_pass else keep_features(p, state, batches, valid, task, config, source.form)
    if kept is not None:
        task, batches, valid = kept.task, kept.batches, kept.valid
        also += (kept.said,)
    to_calibrate = None if one_pass else rows_to_calibrate(p, problem, valid_examples or rows, valid_rows, task)
    kept_names = _kept_names(problem, names)
    if rare is not None:
        also += (hidden(rare, problem, kept_names, p, validated=valid is not None),)
    return Job(
        state=state,
        batches=batches,
        valid=valid,
        task=task,
        config=config,
        problem=problem,
        form=source.form,
        layout=layout,
        parameters=p,
        columns=request.columns,
        class_names=kept_names,
        input_rule=tuple(getattr(source, "input_rule", ()) or getattr(X, "input_rule", ())),
        data=dict(getattr(X, "about", None) or {}),
        memory=memory,
        estimator=request.estimator,
        first_weights=begun.about,
        kept=dict(getattr(X, "kept", None) or {}),
        said=said + also,
        to_calibrate=to_calibrate,
    )


def _kept_names(problem: Problem, names: Any) -> tuple[str, ...] | None:
    """Give the names of the classes 0, 1, 2 ...; labels that are strings are names themselves."""
    are_names = problem.classes is not None and problem.classes.dtype.kind in "UO"
    return None if names is None or are_names else tuple(map(str, names))


def refuse_checkpoint(p: dict[str, Any]) -> None:
    """Refuse to keep checkpoints of partial_fit."""
    if p["checkpoint"] is not None:
        raise ParameterError(
            f"checkpoint={p['checkpoint']!r} is for fit, and partial_fit is given its data only once; use save() "
            "between its calls, and checkpoint=None"
        )
