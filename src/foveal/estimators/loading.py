"""From a model file to a fitted estimator. The file can only name what the catalogue holds; no code is run from it."""

import math
from os import PathLike
from typing import Any

import numpy as np
import torch
from torch import nn

import foveal
from foveal.core.device import resolve_device
from foveal.core.errors import FovealError, ModelFileError, NewerFileError, ResourceError
from foveal.core.headers import Header, description_of, read_header
from foveal.core.parameters import PARAMETERS, check_parameters
from foveal.core.tensor_files import read_tensors, signature
from foveal.estimators.base import BaseCNN
from foveal.estimators.cnn import CNN, CNNClassifier, CNNRegressor
from foveal.estimators.describe import from_json, problem_from
from foveal.estimators.infer import cost_of
from foveal.estimators.network import build, place
from foveal.estimators.saving import FORMAT, VERSION

ESTIMATORS: dict[str, type[BaseCNN]] = {"CNN": CNN, "CNNClassifier": CNNClassifier, "CNNRegressor": CNNRegressor}


def load(path: str | PathLike[str]) -> Any:
    """Read a model file that `save` wrote, and return the fitted estimator.

    The file may only name what the catalogue holds: its parameters keep the rules of the parameter table, the network
    is built from them, and the tensors must have that network's names, dtypes and shapes before any is read.
    Raises `ModelFileError` for anything else.
    """
    header = read_header(path)
    try:
        description = _description(header, path)
        estimator = _estimator(description)
        net = _network(estimator, header)
    except ModelFileError:
        raise
    except (FovealError, KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise ModelFileError(f"{path} is not a foveal model: its description is damaged ({error})") from error
    net.load_state_dict(read_tensors(path, header))
    estimator.net_ = place(net, estimator.input_shape_, _device(estimator.device), _dtype(header), foreign=False).eval()
    estimator._cost = cost_of(estimator.net_, estimator.input_shape_)
    estimator._parameters, estimator._state = estimator.get_params(deep=False), None
    return estimator


def _description(header: Header, path: str | PathLike[str]) -> dict[str, Any]:
    description = description_of(header, FORMAT, path)
    version = description["version"]
    if type(version) is not int or version < 1:
        raise ValueError("unknown version")
    if version > VERSION:
        raise NewerFileError(
            f"{path} was written by foveal {str(description.get('foveal'))[:20]} in format {str(version)[:20]}, but "
            f"this is foveal {foveal.__version__} with format {VERSION}; install a newer foveal: pip install -U foveal"
        )
    if version > 1 and "sha256" not in header.metadata:
        raise ValueError("it has no hash")
    return description


def _estimator(description: dict[str, Any]) -> BaseCNN:
    parameters = {k: from_json(v) for k, v in description["parameters"].items()}
    check_parameters(parameters)
    estimator = ESTIMATORS[description["estimator"]](**parameters)
    shape = description["input_shape"]
    if not (
        isinstance(shape, list) and 2 <= len(shape) <= 4 and all(type(n) is int and 1 <= n <= 2**24 for n in shape)
    ):
        raise ValueError("input_shape must be 2 to 4 positive numbers")
    if description["layout"] not in (PARAMETERS["layout"].rule.choices):
        raise ValueError("unknown layout")
    estimator.layout_, estimator.input_shape_ = description["layout"], tuple(shape)
    estimator._problem = problem_from(description["problem"])
    if estimator._problem.classes is not None:
        estimator.classes_ = estimator._problem.classes
    estimator.n_features_in_ = int(description["n_features_in"])
    if description["feature_names_in"]:
        estimator.feature_names_in_ = np.array(description["feature_names_in"], dtype=object)
    estimator.history_ = _history(description["history"])
    estimator.n_epochs_ = len(estimator.history_["epoch"])
    return estimator


def _history(history: dict[str, Any]) -> dict[str, list[float]]:
    read = {str(name): [math.nan if v is None else float(v) for v in values] for name, values in history.items()}
    return read | {"epoch": [int(v) for v in read["epoch"]]}


def _network(estimator: BaseCNN, header: Header) -> nn.Module:
    """Build the network of the description, once its tensors are known to be those of the file."""
    channels = estimator.input_shape_[0]
    scale = ([0.0] * channels, [1.0] * channels, 1.0)
    parameters, outputs = estimator.get_params(deep=False), estimator._problem.n_outputs
    if not (parameters["net"] is None or isinstance(parameters["net"], str)):
        raise ValueError("net must be a catalogue name")
    dtype = _dtype(header)
    net = build(parameters, estimator.input_shape_, outputs, statistics=scale, seed=0, dtype=dtype, meta=True)
    expected = signature(net.state_dict())
    if expected != header.tensors:
        odd = sorted(set(expected.items()) ^ set(header.tensors.items()))[0]
        raise ValueError(f"tensor {odd[0]!r} does not fit the network")
    return build(parameters, estimator.input_shape_, outputs, statistics=scale, seed=0, dtype=dtype)


def _device(name: str) -> torch.device:
    try:
        return resolve_device(name)
    except ResourceError:  # trained on another machine
        return torch.device("cpu")


def _dtype(header: Header) -> torch.dtype:
    return torch.float64 if header.tensors.get("input.mean", ("",))[0] == "F64" else torch.float32
