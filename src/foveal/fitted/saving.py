"""One model file: weights, and a JSON description in the header. No code is in it."""

import math
from collections.abc import Sequence
from os import PathLike

import torch

from foveal.core.files import write_atomically
from foveal.core.parameters import PARAMETERS
from foveal.core.tensor_files import encode
from foveal.core.version import VERSION as FOVEAL
from foveal.fitted.describe import check_given, check_layers, check_savable, describe_problem, to_json
from foveal.fitted.model import Fitted
from foveal.fitted.upgrades import VERSION

FORMAT = "foveal-model"

#: Parameters that say nothing of the model; a folder of this machine is no one else's to know, or to write in.
NOT_SAVED = ("verbose", "checkpoint", "checkpoint_every", "workers")


def save(fitted: Fitted, path: str | PathLike[str], given: Sequence[str] = ()) -> None:
    """Write what a fit has left to `path`: safetensors, atomically.

    The settings are those of fit, whatever `set_params` did since, without those that say where and how it was run, and
    without those that whoever loads the file gives again, which are named only.
    """
    settings = {name: value for name, value in fitted.settings.items() if name not in (*NOT_SAVED, *given)}
    check_given(given)
    check_savable(settings)
    check_layers(settings)
    description = {
        "version": VERSION,
        "foveal": FOVEAL,
        "torch": torch.__version__,
        "estimator": fitted.estimator,
        "settings": {k: to_json(v) for k, v in settings.items() if v != PARAMETERS[k].default},
        "given": list(given),
        "form": [{**part._asdict(), "shape": list(part.shape)} for part in fitted.form],
        "layout": fitted.layout,
        "input_rule": list(fitted.input_rule),
        "problem": describe_problem(fitted.problem),
        "class_names": None if fitted.class_names is None else list(fitted.class_names),
        "n_features_in": fitted.columns.get("n_features_in_"),
        "feature_names_in": [str(n) for n in fitted.columns.get("feature_names_in_", [])],
        "history": {name: _without_nan(values) for name, values in fitted.history.items()},
        "kept_epoch": fitted.kept_epoch,
    }
    write_atomically(path, encode(FORMAT, description, fitted.net.state_dict()))


def _without_nan(values: Sequence[float]) -> list[float | None]:
    return [v if math.isfinite(v) else None for v in values]  # strict JSON knows no NaN
