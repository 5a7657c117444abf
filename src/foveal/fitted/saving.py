"""One model file: weights, and a JSON description in the header. No code is in it."""

import math
from collections.abc import Sequence
from os import PathLike
from typing import Any

import torch

from foveal.core.files import write_atomically
from foveal.core.parameters import PARAMETERS
from foveal.core.tensor_files import encode
from foveal.core.version import VERSION as FOVEAL
from foveal.fitted.describe import check_layers, check_savable, describe_problem, to_json

FORMAT = "foveal-model"
VERSION = 3  # 1 had no hash, 2 no statistics of columns

#: Parameters that say nothing of the model; a folder of this machine is no one else's to know, or to write in.
NOT_SAVED = ("verbose", "checkpoint", "checkpoint_every", "workers")


def save(estimator: Any, path: str | PathLike[str]) -> None:
    """Write a fitted estimator to `path`: safetensors, atomically.

    The parameters are those of fit, whatever `set_params` did since, without those that say where and how it was run.
    """
    parameters = {name: value for name, value in estimator._parameters.items() if name not in NOT_SAVED}
    check_savable(parameters)
    check_layers(parameters)
    description = {
        "version": VERSION,
        "foveal": FOVEAL,
        "torch": torch.__version__,
        "estimator": type(estimator).__name__,
        "parameters": {k: to_json(v) for k, v in parameters.items() if v != PARAMETERS[k].default},
        "problem": describe_problem(estimator._problem),
        "layout": estimator.layout_,
        "input_shape": list(estimator.input_shape_),
        "n_features_in": int(estimator.n_features_in_),
        "feature_names_in": [str(n) for n in getattr(estimator, "feature_names_in_", [])],
        "history": {name: _without_nan(values) for name, values in estimator.history_.items()},
    }
    write_atomically(path, encode(FORMAT, description, estimator.net_.state_dict()))


def _without_nan(values: Sequence[float]) -> list[float | None]:
    return [v if math.isfinite(v) else None for v in values]  # strict JSON knows no NaN
