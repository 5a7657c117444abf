"""One model file: weights, and a JSON description in the header. No code is in it."""

import math
from collections.abc import Sequence
from contextlib import suppress
from os import PathLike
from typing import Any

import torch
from torch import nn

from foveal.calibration.calibration import described
from foveal.core.errors import ParameterError, ResourceError
from foveal.core.files import write_atomically
from foveal.core.forms import Part
from foveal.core.parameters import CODE, PARAMETERS
from foveal.core.tensor_files import encode, signature, unsavable
from foveal.core.version import VERSION as FOVEAL
from foveal.fitted.describe import check_layers, check_savable, describe_problem, to_json
from foveal.fitted.given import check_left, names_given
from foveal.fitted.kept import kept_tensors
from foveal.fitted.model import Fitted
from foveal.fitted.network import NETWORK
from foveal.fitted.rebuilt import departs, dtype_of
from foveal.fitted.upgrades import VERSION

FORMAT = "foveal-model"


def save(fitted: Fitted, path: str | PathLike[str], given: str | Sequence[str] = ()) -> None:
    """Write what a fit has left to `path`: safetensors, atomically.

    The settings are those of fit, whatever `set_params` did since, without those that say where and how it was run, and
    without those that whoever loads the file gives again, which are named only. What `load` would refuse is refused.
    """
    names = names_given(given)
    tensors = fitted.net.state_dict()
    if odd := unsavable(tensors):
        raise ParameterError(
            f"net_: {odd}, and a file holds dense tensors of real numbers, whole ones or complex64 only; keep it as "
            "one of those, or keep the model with pickle"
        )
    settings = _as_it_is(fitted, dict(fitted.settings), names)
    check_left(names, settings)
    _check_dtype(fitted.net, dtype_of(settings, signature(tensors)))
    settings = {name: value for name, value in settings.items() if PARAMETERS[name].saved and name not in names}
    if fitted.first_weights and settings["weights"] != "imagenet":
        settings["weights"] = fitted.first_weights["name"]  # not its place, which is of this machine
    check_savable(settings, CODE)
    check_layers(settings)
    description = {
        "version": VERSION,
        "foveal": FOVEAL,
        "torch": torch.__version__,
        "estimator": fitted.estimator,
        "settings": {k: to_json(v) for k, v in settings.items() if v != PARAMETERS[k].default},
        "given": list(names),
        "form": list(map(_described, fitted.form)),
        "layout": fitted.layout,
        "input_rule": list(fitted.input_rule),
        "problem": describe_problem(fitted.problem),
        "class_names": None if fitted.class_names is None else list(fitted.class_names),
        "n_features_in": fitted.columns.get("n_features_in_"),
        "feature_names_in": [str(n) for n in fitted.columns.get("feature_names_in_", [])],
        "history": {name: _without_nan(values) for name, values in fitted.history.items()},
        "kept_epoch": fitted.kept_epoch,
    }
    for name in ("data", "first_weights", "baselines"):
        if kept := getattr(fitted, name):
            description[name] = dict(kept)
    tensors = {**tensors, **kept_tensors(fitted.kept)}
    if fitted.calibration is not None:
        description["calibration"] = described(fitted.calibration)
    # copied, since the network may be changed while the file is written
    own = {name: tensor.clone(memory_format=torch.contiguous_format) for name, tensor in tensors.items()}
    write_atomically(path, encode(FORMAT, description, own), read_back=True)


def _check_dtype(net: nn.Module, dtype: torch.dtype) -> None:
    """Refuse weights of another dtype than they are loaded in, which a user's network may be moved to by hand."""
    for name, weight in net.named_parameters():
        if weight.is_floating_point() and weight.dtype != dtype:
            raise ParameterError(
                f"net_: its weight {name!r} is {weight.dtype}, and a file of it would be loaded in {dtype}; save it as "
                f"that, net_.to({dtype})"
            )


def _as_it_is(fitted: Fitted, settings: dict[str, Any], names: Sequence[str]) -> dict[str, Any]:
    """Give the settings that a file can be loaded by; refuse a network that is another than they say.

    One that was put in the place of the package's can be given, and what described that one is left out.
    """
    with suppress(ResourceError):  # there may not be memory for another such network, where it is saved
        odd = departs(settings, fitted.form, fitted.problem.n_outputs, fitted.net, each_place=fitted.kind.each_place)
        if odd is None:
            return settings
        if "net" not in names:
            raise ParameterError(
                f"net_ is not the network that fit has made, and a file of it would not load: {odd}; leave it to "
                'whoever loads the file, save(path, given=("net",)), or fit a new one'
            )
        settings |= {"net": fitted.net} | {name: PARAMETERS[name].default for name in NETWORK}
    return settings


def _described(part: Part) -> dict[str, Any]:
    """Describe a part of a row; what has no number of values says nothing of it, as in older files."""
    found = {**part._asdict(), "shape": list(part.shape)}
    return {name: value for name, value in found.items() if name != "values" or value is not None}


def _without_nan(values: Sequence[float]) -> list[float | None]:
    return [v if math.isfinite(v) else None for v in values]  # strict JSON knows no NaN
