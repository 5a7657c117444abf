"""From a model file to a fitted model. The file can only name what the catalogue holds; no code is run from it."""

import math
from collections.abc import Collection, Mapping
from functools import partial
from os import PathLike
from typing import Any

import numpy as np
import torch
from torch import nn

from foveal.core.choices import LAYOUTS
from foveal.core.device import resolve_device
from foveal.core.errors import FovealError, ModelFileError, NewerFileError, ResourceError
from foveal.core.files import as_path
from foveal.core.forms import Form, Part
from foveal.core.headers import Header, description_of, read_header
from foveal.core.parameters import PARAMETERS, check_parameters
from foveal.core.rules import Rule, check, choice, optional, shown
from foveal.core.schema import REAL_OR_NONE, TABLE, TEXT, Schema, match, within
from foveal.core.tensor_files import read_tensors, signature
from foveal.core.version import VERSION as FOVEAL
from foveal.data.source import Statistics
from foveal.fitted.describe import GIVEN, PROBLEM, check_layers, from_json, problem_from
from foveal.fitted.foreign import is_foreign
from foveal.fitted.mistaken import refuse_mistaken
from foveal.fitted.model import Cost, Fitted, cost_of
from foveal.fitted.network import build, place
from foveal.fitted.saving import FORMAT
from foveal.fitted.upgrades import VERSION, raised
from foveal.tasks.kind import Kind, Problem
from foveal.tasks.table import KINDS
from foveal.train.report import COLUMNS

#: Most values in a row: 16 GB of them.
LARGEST_ROW = 2**32

_SIZE = within(1, 2**24)
_PART: Schema = {
    "name": TEXT,
    "shape": [Rule(f"{_SIZE.words}, or null", lambda n: n is None or _SIZE.holds(n))],
    "dtype": choice("float32", "uint8", "int64", "bool"),
    "length": within(1, 2**16),
}
SCHEMA: Schema = {
    "version": within(VERSION, VERSION),
    **dict.fromkeys(("foveal", "torch", "estimator"), TEXT),
    "settings": TABLE,  # held against the parameter table
    "given": [choice(*GIVEN)],
    "form": [_PART],
    "layout": optional(choice(*LAYOUTS)),
    "input_rule": [TABLE],
    "problem": PROBLEM,
    "class_names": Rule("null or strings", lambda v: v is None or (isinstance(v, list) and all(map(_is_text, v)))),
    "n_features_in": optional(_SIZE),
    "feature_names_in": [TEXT],
    "history": {name: [within(1, 2**53) if name == "epoch" else REAL_OR_NONE] for name in COLUMNS},
    "kept_epoch": within(1, 2**53),
}


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def read_model(path: str | PathLike[str], estimators: Collection[str], given: Mapping[str, Any]) -> Fitted:
    """Read a model file that `save` wrote; `given` holds the parameters that it leaves to whoever loads it.

    The file may only name what the catalogue holds: its settings keep the rules of the parameter table, the network is
    built from them, and the tensors must have that network's names, dtypes and shapes before any is read.
    Raises `ModelFileError` for anything else.
    """
    refuse_mistaken(as_path(path))
    header = read_header(path)
    try:
        description = _description(header, path)
        check("estimator", description["estimator"], choice(*estimators))
        settings = _settings(description, given, path)
        form, layout = _form(description), description["layout"]
        problem = problem_from(description["problem"], settings["loss"], _kinds(settings["task"]))
        columns, history = _columns(description), _history(description["history"])
        if description["kept_epoch"] > len(history["epoch"]):
            raise ValueError("the epoch whose weights it holds is not in the history")
        net, cost = _network(settings, form, problem, header)
        device = _device(settings["device"])
    except ModelFileError:
        raise
    except (FovealError, KeyError, TypeError, ValueError, RuntimeError) as error:
        raise ModelFileError(f"{path} is not a foveal model: its description is damaged ({error})") from error
    net.load_state_dict(read_tensors(path, header))
    net = place(net, form, device, _dtype(header), foreign=is_foreign(settings["net"])).eval()
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
        input_rule=tuple(description["input_rule"]),
        class_names=None if names is None else tuple(names),
    )


def _description(header: Header, path: str | PathLike[str]) -> dict[str, Any]:
    description = description_of(header, FORMAT, path)
    version = description["version"]
    if type(version) is int and version > VERSION:
        raise NewerFileError(
            f"{path} was written by foveal {str(description.get('foveal'))[:20]} in format {str(version)[:20]}, but "
            f"this is foveal {FOVEAL} with format {VERSION}; install a newer foveal: pip install -U foveal"
        )
    check("version", version, within(1, VERSION))
    if version > 1 and "sha256" not in header.metadata:
        raise ValueError("it has no hash")
    description = raised(description)
    match(description, SCHEMA)
    return description


def _settings(description: Mapping[str, Any], given: Mapping[str, Any], path: str | PathLike[str]) -> dict[str, Any]:
    """Give the parameters of fit: those that differ from their defaults, and those that are given again."""
    missing = [name for name in description["given"] if name not in given]
    if missing:
        raise ModelFileError(
            f"{path} leaves {', '.join(missing)} to whoever loads it; use foveal.load(path, {missing[0]}=...) with "
            "what it was trained with"
        )
    extra = [name for name in given if name not in description["given"]]
    if extra:
        raise ModelFileError(f"{path} holds its {extra[0]}; leave {extra[0]}=... out")
    settings = {k: from_json(v) for k, v in description["settings"].items()}
    check_parameters(settings | dict(given))
    check_layers(settings)
    if settings.get("checkpoint") is not None:
        raise ValueError("a model file names no folder")
    if is_foreign(settings.get("net")):
        raise ValueError("net must be a catalogue name")
    return {name: p.default for name, p in PARAMETERS.items()} | settings | dict(given)


def _kinds(task: Any) -> Mapping[str, Kind]:
    return {**KINDS, task.name: task} if isinstance(task, Kind) else KINDS


def _form(description: Mapping[str, Any]) -> Form:
    form = tuple(Part(**{**part, "shape": tuple(part["shape"])}) for part in description["form"])
    layout = description["layout"]
    if not 1 <= len(form) <= 16 or sum(math.prod(part.sizes) for part in form) > LARGEST_ROW:
        raise ValueError(f"rows of {shown([part.shape for part in form])} are none, or too large")
    if layout is None:
        return form
    shape = form[0].shape
    axes = 1 + len(layout.replace("N", "").replace("C", ""))
    if len(form) > 1 or form[0].varies or len(shape) != axes:
        raise ValueError(f"rows of {shown(shape)} do not fit the layout {layout}")
    return form


def _columns(description: Mapping[str, Any]) -> dict[str, Any]:
    n_features, names = description["n_features_in"], description["feature_names_in"]
    if names and len(names) != n_features:
        raise ValueError("feature_names_in and n_features_in differ in number")
    found = {} if n_features is None else {"n_features_in_": n_features}
    return found | ({"feature_names_in_": np.array(names, dtype=object)} if names else {})


def _history(history: dict[str, Any]) -> dict[str, list[Any]]:
    if len({len(values) for values in history.values()}) != 1:
        raise ValueError("the columns of the history differ in length")
    read = {name: [math.nan if v is None else float(v) for v in values] for name, values in history.items()}
    return read | {"epoch": list(history["epoch"])}


def _network(settings: dict[str, Any], form: Form, problem: Problem, header: Header) -> tuple[nn.Module, Cost]:
    """Build the network of the description, once its tensors are known to be those of the file, and count its cost.

    One that was given is there already; of ours the sizes are held against the file's before any memory is taken.
    """
    _, found = header.tensors.get("input.mean", ("", None))
    shape = form[0].sizes
    empty = np.zeros(shape if found == shape else shape[:1])  # of columns no more than what the file holds
    scale = None if found is None else Statistics(empty, empty + 1)
    ours = not is_foreign(settings["net"])
    make = partial(build, settings, form, problem.n_outputs, statistics=scale, seed=0, dtype=_dtype(header))
    net = make(meta=ours)
    expected = signature(net.state_dict())
    if expected != header.tensors:
        odd = sorted(set(expected.items()) ^ set(header.tensors.items()))[0]
        raise ValueError(f"tensor {odd[0]!r} does not fit the network")
    cost = cost_of(net.to("meta").eval() if ours else net.eval(), form)  # a row may be larger than the memory
    return make() if ours else net, cost


def _device(name: str) -> torch.device:
    try:
        return resolve_device(name)
    except ResourceError:  # trained on another machine
        return torch.device("cpu")


def _dtype(header: Header) -> torch.dtype:
    first = next(iter(header.tensors.values()), ("", ()))
    return torch.float64 if header.tensors.get("input.mean", first)[0] == "F64" else torch.float32
