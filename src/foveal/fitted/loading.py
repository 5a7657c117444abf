"""From a model file to a fitted model. The file can only name what the catalogue holds; no code is run from it."""

import math
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from os import PathLike
from typing import Any

import numpy as np
import torch
from torch import nn

from foveal.calibration.calibration import calibration_from
from foveal.core.device import resolve_device
from foveal.core.errors import ResourceError
from foveal.core.files import as_path
from foveal.core.forms import Form, Part, is_signals
from foveal.core.headers import Header, read_header
from foveal.core.rules import check, choice, shown
from foveal.core.schema import REAL_OR_NONE, Schema, match, within
from foveal.core.tensor_files import read_tensors
from foveal.data.input_rules import check_input_rule, check_values
from foveal.data.signals.ragged import LAYOUTS
from foveal.fitted.blame import explaining
from foveal.fitted.calibrating import check_features, check_sound
from foveal.fitted.describe import problem_from
from foveal.fitted.description import damaged, description_in, settings_in
from foveal.fitted.foreign import is_foreign
from foveal.fitted.given import blamed, check_meant, kinds_with, read_given
from foveal.fitted.kept import check_beside, of_network, parted
from foveal.fitted.mistaken import refuse_mistaken
from foveal.fitted.model import Cost, Fitted, cost_of
from foveal.fitted.network import check_answers, place
from foveal.fitted.rebuilt import difference, dtype_of, fill, rebuilt
from foveal.tasks.kind import Problem, with_sizes
from foveal.train.report import COLUMNS, FURTHER

#: Most values in a row: 16 GB of them.
LARGEST_ROW = 2**32

HISTORY: dict[str, Schema] = {name: [within(1, 2**53) if name == "epoch" else REAL_OR_NONE] for name in COLUMNS}


def read_model(path: str | PathLike[str], estimators: Collection[str], given: Mapping[str, Any]) -> Fitted:
    """Read a model file that `save` wrote; `given` holds the parameters that it leaves to whoever loads it.

    The file may only name what the catalogue holds: its settings keep the rules of the parameter table, the network is
    built from them, and the tensors must have that network's names, dtypes and shapes before any is read.
    Raises `ModelFileError` for anything else, and `ParameterError` for what is given and does not fit.
    """
    refuse_mistaken(as_path(path))
    whole = read_header(path)
    header = of_network(whole)
    with damaged(path):
        description = description_in(header, path)
        check("estimator", description["estimator"], choice(*estimators))
        settings = settings_in(description)
    settings |= read_given(description["given"], given, path)
    with damaged(path):
        form, layout = _form(description), description["layout"]
        columns, history = _columns(description), _history(description["history"])
        if description["kept_epoch"] > len(history["epoch"]):
            raise ValueError("the epoch whose weights it holds is not in the history")
        device, input_rule = _device(settings["device"]), check_input_rule(description["input_rule"])
        check_values(input_rule, form)
    check_meant(description["problem"], given, settings["task"], path)
    with damaged(path):
        problem = problem_from(description["problem"], settings["loss"], kinds_with(settings["task"]))
        problem = replace(with_sizes(problem, form), ignored=settings.get("ignore"))
        check_answers(settings["net"], each_place=problem.kind.each_place)
        calibration = calibration_from(description["calibration"]) if description["calibration"] else None
        if calibration is not None:
            check_sound(problem, calibration)
        if not problem.kind.reads(form, input_rule):
            raise ValueError(f"its rows and its input rule are none of a {problem.kind.name}")
    brought = [name for name in ("net", "activation") if name in given]
    with explaining(brought[0], settings, "being made for the rows of the model") if brought else damaged(path):
        net, cost = _network(settings, form, problem, header, blamed(brought, given, path))
    tensors, kept = parted(read_tensors(path, whole))
    with damaged(path):
        check_beside(kept, net, tensors)
    with explaining("net", settings, f"taking the tensors of {path}", net):
        fill(net, tensors)
    net = place(net, form, device, dtype_of(settings, header.tensors), foreign=is_foreign(settings["net"])).eval()
    with damaged(path):
        check_features(net, form, calibration)
    names = description["class_names"]
    return Fitted(
        estimator=description["estimator"],
        net=net,
        form=form,
        layout=layout,
        problem=problem,
        settings=settings,
        cost=cost,
        history=history,
        kept_epoch=description["kept_epoch"],
        columns=columns,
        input_rule=input_rule,
        class_names=None if names is None else tuple(names),
        data=description["data"],
        first_weights=description["first_weights"],
        kept=kept,
        calibration=calibration,
        baselines=description["baselines"],
    )


def _form(description: Mapping[str, Any]) -> Form:
    form = tuple(Part(**{**part, "shape": tuple(part["shape"])}) for part in description["form"])
    layout = description["layout"]
    if not all(part.shape for part in form):
        raise ValueError("a part of a row has no axis")
    if not 1 <= len(form) <= 16 or sum(math.prod(part.sizes) for part in form) > LARGEST_ROW:
        raise ValueError(f"rows of {shown([part.shape for part in form])} are none, or too large")
    if layout is None:
        return form
    shape = form[0].shape
    axes = 1 + len(layout.replace("N", "").replace("C", ""))
    unequal = is_signals(form) and layout in LAYOUTS
    if not unequal and (len(form) > 1 or form[0].varies or len(shape) != axes):
        raise ValueError(f"rows of {shown(shape)} do not fit the layout {layout}")
    return form


def _columns(description: Mapping[str, Any]) -> dict[str, Any]:
    n_features, names = description["n_features_in"], description["feature_names_in"]
    if names and len(names) != n_features:
        raise ValueError("feature_names_in and n_features_in differ in number")
    found = {} if n_features is None else {"n_features_in_": n_features}
    return found | ({"feature_names_in_": np.array(names, dtype=object)} if names else {})


def _history(history: dict[str, Any]) -> dict[str, list[Any]]:
    """Read the columns of every history, and those of named scores where there are some."""
    further: dict[str, Schema] = {name: [REAL_OR_NONE] for name in history.keys() - HISTORY if name.startswith(FURTHER)}
    match(history, HISTORY | further, "history")
    if len({len(values) for values in history.values()}) != 1:
        raise ValueError("the columns of the history differ in length")
    read = {name: [math.nan if v is None else float(v) for v in values] for name, values in history.items()}
    return read | {"epoch": list(history["epoch"])}


def _network(
    settings: dict[str, Any], form: Form, problem: Problem, header: Header, blamed: Callable[[str], Exception]
) -> tuple[nn.Module, Cost]:
    """Build the network of the description, once its tensors are known to be those of the file, and count its cost.

    One that was given is there already; of ours the sizes are held against the file's before any memory is taken.
    """
    ours = not is_foreign(settings["net"])
    make = rebuilt(settings, form, problem.n_outputs, header.tensors, each_place=problem.kind.each_place)
    net = make(meta=ours)
    if odd := difference(net, header.tensors, resized=not ours):
        raise blamed(odd)
    cost = cost_of(net.to("meta").eval() if ours else net.eval(), form)  # a row may be larger than the memory
    return make() if ours else net, cost


def _device(name: str) -> torch.device:
    try:
        return resolve_device(name)
    except ResourceError:  # trained on another machine
        return torch.device("cpu")
