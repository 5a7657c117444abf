"""What an estimator is given, checked: its parameters, its machine, its X, y and weights."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from foveal.core.device import DTYPES, resolve_device, resolve_precision
from foveal.core.errors import DataError, DataTypeError, ParameterError
from foveal.core.parameters import check_parameters, with_defaults
from foveal.core.rules import is_number, plain
from foveal.core.warn import warn_user
from foveal.data.arrays import check_finite
from foveal.data.convert import as_array, as_numbers, check_length
from foveal.data.layout import doubt, infer_layout, reading
from foveal.data.targets import check_not_missing, with_own_types
from foveal.fitted.network import check_network_parameters
from foveal.fitted.parts import check_parts
from foveal.fitting.augmenting import as_texts
from foveal.train.processes.distributed import ALONE, Processes


@dataclass(frozen=True)
class Machine:
    """Where and how precisely a run computes."""

    device: torch.device
    precision: str

    @property
    def dtype(self) -> torch.dtype:
        """Dtype of the weights."""
        return DTYPES[self.precision]

    @property
    def numpy_dtype(self) -> type:
        """NumPy's name of the same dtype."""
        return np.float64 if self.dtype == torch.float64 else np.float32


def checked_parameters(parameters: dict[str, Any], *, validated: bool = False) -> dict[str, Any]:
    """Return an estimator's parameters, numbers as Python's own, once every one has kept its rule.

    Those that it has not got, of other rows than its own, stand at their defaults.
    `validated` says that there are rows to validate on, whatever `valid_size` is.
    """
    check_parameters(parameters)
    p = with_defaults({name: plain(value) for name, value in parameters.items()})
    p["augment"] = as_texts(p["augment"])
    check_network_parameters(p)
    if p["weights"] is not None:
        p["weights"] = os.fspath(p["weights"])  # files of ours hold names
    check_parts(p)
    if p["sampler"] is not None and p["batch_tokens"] is not None:
        raise ParameterError(
            f"sampler={p['sampler']!r} draws the rows of an epoch anew, and batch_tokens={p['batch_tokens']} cuts "
            "the same batches in each; leave one of the two out"
        )
    if holds_out(p) and p["valid_size"] == 0 and not validated:
        raise ParameterError(f"{holds_out(p)} needs rows to validate on, but valid_size is 0; use for example 0.1")
    return p


def validates(p: dict[str, Any]) -> str:
    """Name the parameter that makes no sense without validation, or nothing."""
    if p["early_stopping"]:
        return "early_stopping=True"
    if p["schedule"] == "plateau":
        return "schedule='plateau'"
    return "" if p["monitor"] == "auto" else f"monitor={p['monitor']!r}"


def holds_out(p: dict[str, Any]) -> str:
    """Name the parameter that makes no sense without rows held out, or nothing."""
    return validates(p) or ("calibration=True" if p["calibration"] is True else "")


def machine_of(p: dict[str, Any], processes: Processes = ALONE) -> Machine:
    """Resolve device and precision; of several processes on a machine each takes a GPU of its own."""
    device = resolve_device(p["device"])
    if processes.world > 1 and device.type == "cuda" and ":" not in str(p["device"]):
        device = resolve_device(f"cuda:{processes.local}")
        torch.cuda.set_device(device)  # NCCL asks for the current one
    return Machine(device, resolve_precision(p["precision"], device))


def counting_rows(
    y: Any, sample_weight: Any, n_rows: int, whose: str = ""
) -> tuple[np.ndarray | None, Any, np.ndarray | None]:
    """Check y and weights against the rows of X; rows of weight 0 are left out, as if they were not there.

    Gives the numbers of the rows that count (None: all of them), and their y and weights: X may be a file larger than
    memory, so nothing of it is taken here. `whose` is "validation's " where these are rows to validate on.
    """
    check_length(y, n_rows, f"{whose}y")
    weight = check_weights(sample_weight, n_rows, whose)
    if weight is None or weight.all():
        return None, y, weight
    kept = np.flatnonzero(weight)
    return kept, _rows(y, kept), weight[kept]


def read_groups(
    groups: Any, n_rows: int, kept: np.ndarray | None, *, validated: bool = False, valid_size: float = 0.1
) -> np.ndarray | None:
    """Give the number of the group of each row that counts.

    `validated` says that rows to validate on are given, beside which groups have no meaning.

    >>> read_groups(["b", "a", "b"], 3, np.array([0, 2])).tolist()
    [0, 0]
    """
    if groups is None:
        return None
    if validated:
        raise ParameterError(
            "groups says which rows are held out together, and with validation=(X, y) none are; pass one of the two"
        )
    if valid_size == 0:
        warn_user("groups has no effect, because valid_size=0 holds no rows out; leave it out, or use valid_size=0.1")
    check_length(groups, n_rows, "groups")
    found = with_own_types(groups, "groups")
    if found.ndim != 1:
        raise DataError(f"groups must hold the group of each row, ({n_rows},), got shape {found.shape}")
    check_not_missing(found, "groups", "give every row a group")
    found = found if kept is None else found[kept]
    try:
        return np.unique(found, return_inverse=True)[1]
    except TypeError:  # of several types, which cannot be sorted
        return _numbered(found)


def _numbered(groups: np.ndarray) -> np.ndarray:
    place: dict[Any, int] = {}
    try:
        return np.array([place.setdefault(group, len(place)) for group in groups.tolist()])
    except TypeError as error:
        raise DataTypeError(f"groups must hold a number or a string for each row ({error})") from error


def read_layout(shape: Sequence[int], layout: str | None) -> str:
    """Name the axes of X; where they were not named and its shape speaks for others, a warning says so."""
    found = infer_layout(shape, layout)
    other = doubt(shape) if layout is None else ""
    if other:
        warn_user(
            f"X of shape {tuple(shape)} is taken as {found}, {reading(shape, found)}, but looks like {other}, "
            f"{reading(shape, other)}: say layout={other!r}, or layout={found!r} if it is as taken"
        )
    return found


def check_weights(sample_weight: Any, n_rows: int, whose: str = "") -> np.ndarray | None:
    """Return the weight of each row; a lone number stands for all of them.

    >>> check_weights([1.0, -1.0], 2)
    Traceback (most recent call last):
    foveal.core.errors.DataError: sample_weight holds negative values, first in row 1; weights must be at least 0
    """
    if sample_weight is None:
        return None
    name = f"{whose}sample_weight"
    if is_number(sample_weight):
        sample_weight = np.full(n_rows, float(sample_weight))
    weight = as_numbers(np.asarray(as_array(sample_weight, name)), name).astype(np.float64)
    if weight.shape != (n_rows,):
        raise DataError(f"{name} must hold a weight for each row, ({n_rows},), got shape {weight.shape}")
    check_finite(weight, np.float64, name)
    if (weight < 0).any():
        row = int((weight < 0).argmax())
        raise DataError(f"{name} holds negative values, first in row {row}; weights must be at least 0")
    if not weight.any():
        raise DataError(f"{name} is zero for every row: there is nothing to {'validate on' if whose else 'learn from'}")
    return weight


def _rows(y: Any, kept: np.ndarray) -> Any:
    if hasattr(y, "iloc"):
        return y.iloc[kept]
    if isinstance(y, Sequence):
        return [y[i] for i in kept]
    return (y if hasattr(y, "shape") else np.asarray(y))[kept]
