"""From a model file to a fitted model. The file can only name what the catalogue holds; no code is run from it."""

import math
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
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
from foveal.core.parameters import CODE, PARAMETERS, check_parameters
from foveal.core.rules import Rule, check, choice, optional, shown
from foveal.core.schema import REAL_OR_NONE, TABLE, TEXT, Schema, match, within
from foveal.core.tensor_files import read_tensors
from foveal.core.version import VERSION as FOVEAL
from foveal.fitted.blame import explaining
from foveal.fitted.describe import PROBLEM, check_layers, from_json, problem_from
from foveal.fitted.foreign import is_foreign
from foveal.fitted.given import blamed, check_meant, kinds_with, read_given
from foveal.fitted.mistaken import refuse_mistaken
from foveal.fitted.model import Cost, Fitted, cost_of
from foveal.fitted.network import place
from foveal.fitted.rebuilt import difference, dtype_of, fill, rebuilt
from foveal.fitted.saving import FORMAT
from foveal.fitted.upgrades import VERSION, raised
from foveal.tasks.kind import Problem
from foveal.train.report import COLUMNS, FURTHER

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
    "given": [choice(*CODE)],
    "form": [_PART],
    "layout": optional(choice(*LAYOUTS)),
    "input_rule": [TABLE],
    "problem": PROBLEM,
    "class_names": Rule("null or strings", lambda v: v is None or (isinstance(v, list) and all(map(_is_text, v)))),
    "n_features_in": optional(_SIZE),
    "feature_names_in": [TEXT],
    "history": TABLE,  # held against HISTORY
    "kept_epoch": within(1, 2**53),
}
#: What is known of the data, where it was pictures in files; arrays say nothing of themselves.
DATA: Schema = {
    **dict.fromkeys(("rows", "skipped", "duplicates"), within(0, 2**53)),
    "first_skipped": [TEXT],
}


HISTORY: dict[str, Schema] = {name: [within(1, 2**53) if name == "epoch" else REAL_OR_NONE] for name in COLUMNS}


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def read_model(path: str | PathLike[str], estimators: Collection[str], given: Mapping[str, Any]) -> Fitted:
    """Read a model file that `save` wrote; `given` holds the parameters that it leaves to whoever loads it.

    The file may only name what the catalogue holds: its settings keep the rules of the parameter table, the network is
    built from them, and the tensors must have that network's names, dtypes and shapes before any is read.
    Raises `ModelFileError` for anything else, and `ParameterError` for what is given and does not fit.
    """
    refuse_mistaken(as_path(path))
    header = read_header(path)
    with _damaged(path):
        description = _description(header, path)
        check("estimator", description["estimator"], choice(*estimators))
        settings = _settings(description)
    settings |= read_given(description["given"], given, path)
    with _damaged(path):
        form, layout = _form(description), description["layout"]
        columns, history = _columns(description), _history(description["history"])
        if description["kept_epoch"] > len(history["epoch"]):
            raise ValueError("the epoch whose weights it holds is not in the history")
        device = _device(settings["device"])
    check_meant(description["problem"], given, settings["task"], path)
    with _damaged(path):
        problem = problem_from(description["problem"], settings["loss"], kinds_with(settings["task"]))
    brought = [name for name in ("net", "activation") if name in given]
    with explaining(brought[0], settings, "being made for the rows of the model") if brought else _damaged(path):
        net, cost = _network(settings, form, problem, header, blamed(brought, given, path))
    tensors = read_tensors(path, header)
    with explaining("net", settings, f"taking the tensors of {path}", net):
        fill(net, tensors)
    net = place(net, form, device, dtype_of(settings, header.tensors), foreign=is_foreign(settings["net"])).eval()
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
        data=description["data"],
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
    data = description.pop("data", None)
    match(description, SCHEMA)
    if data is not None:
        match(data, DATA, "data")
    return description | {"data": data or {}}


@contextmanager
def _damaged(path: str | PathLike[str]) -> Iterator[None]:
    """Turn what a description that is not sound raises into a `ModelFileError`."""
    try:
        yield
    except ModelFileError:
        raise
    except (FovealError, AttributeError, LookupError, TypeError, ValueError, RuntimeError) as error:
        raise ModelFileError(f"{path} is not a foveal model: its description is damaged ({error})") from error


def _settings(description: Mapping[str, Any]) -> dict[str, Any]:
    """Give the parameters of fit: a file has those that differ from their defaults."""
    settings = {k: from_json(v) for k, v in description["settings"].items()}
    check_parameters(settings)
    check_layers(settings)
    if settings.get("checkpoint") is not None:
        raise ValueError("a model file names no folder")
    if is_foreign(settings.get("net")):
        raise ValueError("net must be a catalogue name")
    return {name: p.default for name, p in PARAMETERS.items()} | settings


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
    make = rebuilt(settings, form, problem.n_outputs, header.tensors)
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
