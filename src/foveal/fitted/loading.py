"""From a model file to a fitted estimator. The file can only name what the catalogue holds; no code is run from it."""

import math
from collections.abc import Mapping
from os import PathLike
from typing import Any

import numpy as np
import torch
from torch import nn

from foveal.core.choices import LAYOUTS
from foveal.core.device import resolve_device
from foveal.core.errors import FovealError, ModelFileError, NewerFileError, ResourceError
from foveal.core.files import as_path
from foveal.core.headers import Header, description_of, read_header
from foveal.core.parameters import check_parameters
from foveal.core.rules import check, choice, shown
from foveal.core.schema import REAL_OR_NONE, TABLE, TEXT, Schema, match, within
from foveal.core.tensor_files import read_tensors, signature
from foveal.core.version import VERSION as FOVEAL
from foveal.data.source import Statistics
from foveal.fitted.describe import PROBLEM, check_layers, from_json, problem_from
from foveal.fitted.mistaken import refuse_mistaken
from foveal.fitted.network import build, place
from foveal.fitted.predict import Cost, cost_of
from foveal.fitted.saving import FORMAT, VERSION
from foveal.train.report import COLUMNS

#: Most values in a row: 16 GB of them.
LARGEST_ROW = 2**32

SCHEMA: Schema = {
    "version": within(1, VERSION),
    **dict.fromkeys(("foveal", "torch"), TEXT),
    "estimator": TEXT,  # held against the estimators there are
    "parameters": TABLE,  # held against the parameter table
    "problem": PROBLEM,
    "layout": choice(*LAYOUTS),
    "input_shape": [within(1, 2**24)],
    "n_features_in": within(1, 2**24),
    "feature_names_in": [TEXT],
    "history": {name: [within(1, 2**53) if name == "epoch" else REAL_OR_NONE] for name in COLUMNS},
}


def load_estimator(path: str | PathLike[str], estimators: Mapping[str, type[Any]]) -> Any:
    """Read a model file that `save` wrote, and return the fitted estimator, one of `estimators`.

    The file may only name what the catalogue holds: its parameters keep the rules of the parameter table, the network
    is built from them, and the tensors must have that network's names, dtypes and shapes before any is read.
    Raises `ModelFileError` for anything else.
    """
    refuse_mistaken(as_path(path))
    header = read_header(path)
    try:
        description = _description(header, path)
        estimator = _estimator(description, estimators)
        net, estimator._cost = _network(estimator, header)
        device = _device(estimator.device)
    except ModelFileError:
        raise
    except (FovealError, KeyError, TypeError, ValueError, RuntimeError) as error:
        raise ModelFileError(f"{path} is not a foveal model: its description is damaged ({error})") from error
    net.load_state_dict(read_tensors(path, header))
    estimator.net_ = place(net, estimator.input_shape_, device, _dtype(header), foreign=False).eval()
    estimator._parameters, estimator._state = estimator.get_params(deep=False), None
    return estimator


def _description(header: Header, path: str | PathLike[str]) -> dict[str, Any]:
    description = description_of(header, FORMAT, path)
    version = description["version"]
    if type(version) is int and version > VERSION:
        raise NewerFileError(
            f"{path} was written by foveal {str(description.get('foveal'))[:20]} in format {str(version)[:20]}, but "
            f"this is foveal {FOVEAL} with format {VERSION}; install a newer foveal: pip install -U foveal"
        )
    match(description, SCHEMA)
    if version > 1 and "sha256" not in header.metadata:
        raise ValueError("it has no hash")
    return description


def _estimator(description: dict[str, Any], estimators: Mapping[str, type[Any]]) -> Any:
    check("estimator", description["estimator"], choice(*estimators))
    parameters = {k: from_json(v) for k, v in description["parameters"].items()}
    check_parameters(parameters)
    check_layers(parameters)
    if parameters.get("checkpoint") is not None:
        raise ValueError("a model file names no folder")
    estimator = estimators[description["estimator"]](**parameters)
    shape, layout = description["input_shape"], description["layout"]
    if len(shape) != 1 + len(layout.replace("N", "").replace("C", "")) or math.prod(shape) > LARGEST_ROW:
        raise ValueError(f"input_shape {shown(shape)} does not fit the layout {layout}")
    estimator.layout_, estimator.input_shape_ = layout, tuple(shape)
    estimator._problem = problem_from(description["problem"], estimator.loss)
    if estimator._kind().classifies != estimator._problem.kind.classifies:
        raise ValueError(f"{description['estimator']} does not solve a {estimator._problem.kind.name}")
    if estimator._problem.classes is not None:
        estimator.classes_ = estimator._problem.classes
    estimator.n_features_in_ = description["n_features_in"]
    names = description["feature_names_in"]
    if names:
        if len(names) != estimator.n_features_in_:
            raise ValueError("feature_names_in and n_features_in differ in number")
        estimator.feature_names_in_ = np.array(names, dtype=object)
    estimator.history_ = _history(description["history"])
    estimator.n_epochs_ = len(estimator.history_["epoch"])
    return estimator


def _history(history: dict[str, Any]) -> dict[str, list[float]]:
    if len({len(values) for values in history.values()}) != 1:
        raise ValueError("the columns of the history differ in length")
    read = {name: [math.nan if v is None else float(v) for v in values] for name, values in history.items()}
    return read | {"epoch": list(history["epoch"])}


def _network(estimator: Any, header: Header) -> tuple[nn.Module, Cost]:
    """Build the network of the description, once its tensors are known to be those of the file, and count its cost."""
    shape, (_, found) = estimator.input_shape_, header.tensors.get("input.mean", ("", ()))
    of_columns = estimator.layout_ == "NL" and found == shape  # no larger than what the file holds
    empty = np.zeros(shape if of_columns else shape[0])
    scale = Statistics(empty, empty + 1)
    parameters, outputs = estimator.get_params(deep=False), estimator._problem.n_outputs
    if not (parameters["net"] is None or isinstance(parameters["net"], str)):
        raise ValueError("net must be a catalogue name")
    dtype = _dtype(header)
    net = build(parameters, estimator.input_shape_, outputs, statistics=scale, seed=0, dtype=dtype, meta=True)
    expected = signature(net.state_dict())
    if expected != header.tensors:
        odd = sorted(set(expected.items()) ^ set(header.tensors.items()))[0]
        raise ValueError(f"tensor {odd[0]!r} does not fit the network")
    cost = cost_of(net.to("meta").eval(), estimator.input_shape_)  # a row may be larger than the memory
    return build(parameters, estimator.input_shape_, outputs, statistics=scale, seed=0, dtype=dtype), cost


def _device(name: str) -> torch.device:
    try:
        return resolve_device(name)
    except ResourceError:  # trained on another machine
        return torch.device("cpu")


def _dtype(header: Header) -> torch.dtype:
    return torch.float64 if header.tensors.get("input.mean", ("",))[0] == "F64" else torch.float32
