"""What an estimator is given, checked: its parameters, its machine, its X, y and weights."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from sklearn.utils.validation import _check_sample_weight, check_consistent_length

from foveal.core.device import DTYPES, resolve_device, resolve_precision
from foveal.core.errors import DataError, ParameterError
from foveal.core.parameters import check_parameters
from foveal.data.arrays import check_inputs
from foveal.estimators.network import check_network_parameters


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


def checked_parameters(estimator: Any) -> dict[str, Any]:
    """Return the estimator's parameters once every one has kept its rule."""
    p: dict[str, Any] = estimator.get_params(deep=False)
    check_parameters(p)
    check_network_parameters(p)
    if p["checkpoint"] is not None:
        raise ParameterError("checkpoint is not available in this version; leave it at None")
    if p["early_stopping"] and p["valid_size"] == 0:
        raise ParameterError("early_stopping=True needs rows to validate on, but valid_size is 0; use for example 0.1")
    return p


def machine_of(p: dict[str, Any]) -> Machine:
    """Resolve device and precision."""
    device = resolve_device(p["device"])
    return Machine(device, resolve_precision(p["precision"], device))


def read(
    estimator: Any, X: Any, y: Any, sample_weight: Any, fitted: tuple[str, tuple[int, ...]] | None = None
) -> tuple[np.ndarray, Any, np.ndarray | None]:
    """Check X, y and weights against each other; rows of weight 0 are left out, as if they were not there."""
    if y is None:
        raise DataError(f"{type(estimator).__name__} requires y to be passed, but the target y is None")
    X = check_inputs(estimator, X, fitted=fitted)
    try:
        check_consistent_length(X, y)
        if sample_weight is None:
            return X, y, None
        weight = _check_sample_weight(sample_weight, X, dtype=np.float64, ensure_non_negative=True)
    except (TypeError, ValueError) as error:
        raise DataError(str(error)) from error
    kept = np.flatnonzero(weight)
    if len(kept) == len(weight):
        return X, y, weight
    if not len(kept):
        raise DataError("sample_weight is zero for every row: there is nothing to learn from")
    y = y.iloc[kept] if hasattr(y, "iloc") else np.asarray(y)[kept]
    return X[kept], y, weight[kept]
