"""Which run a checkpoint is of: estimator, parameters and data, as values to compare."""

import hashlib
from collections.abc import Sequence
from typing import Any

import numpy as np

from foveal.core.errors import DataError, ParameterError
from foveal.core.parameters import PARAMETERS, names_of
from foveal.core.rules import plain, shown
from foveal.core.version import VERSION
from foveal.data.promises import digest_of
from foveal.data.source import Source, Statistics
from foveal.train.checkpoint import Saved


def identity_of(
    estimator: str,
    parameters: dict[str, Any],
    source: Source,
    y: np.ndarray,
    others: Sequence[np.ndarray | Source | None],
    statistics: Statistics | None,
) -> dict[str, Any]:
    """Say which run this is: estimator, parameters and data, as values to compare.

    What is a function or a module stands there by its name. The rows are known by their source's digest,
    and by mean and deviation over all training rows, which fit has computed anyway.
    """
    known = {*names_of(estimator), *(name for name in parameters if name not in PARAMETERS)}
    described = {
        name: _described(plain(value))
        for name, value in parameters.items()
        if name in known and PARAMETERS[name].identifies and name != "random_state"
    }
    digest = hashlib.sha256(digest_of(source) + repr(statistics).encode())
    for part in (y, *others):
        digest.update(b"-" if part is None else _bytes_of(part))
    seed = parameters["random_state"]
    return {
        "foveal": VERSION,
        "estimator": estimator,
        "parameters": described | {"random_state": seed if isinstance(seed, int) else "drawn"},
        "rows": len(source),
        "data": digest.hexdigest(),
    }


def _bytes_of(part: np.ndarray | Source) -> bytes:
    return np.ascontiguousarray(part).tobytes() if isinstance(part, np.ndarray) else part.digest()


def check_same(saved: Saved, identity: dict[str, Any]) -> bytes:
    """Refuse to go on with another run than the saved one, and say what differs; nothing is to be told of the same."""
    folder = saved.path.parent
    kept = saved.run if isinstance(saved.run, dict) else {}
    before, now = kept.get("parameters", {}), identity["parameters"]
    for name in now:
        was = before.get(name, PARAMETERS[name].default)  # of a run from before there was such a parameter
        if was != now[name]:
            raise ParameterError(
                f"checkpoint: the run in {folder} has {name}={shown(was)}, this one "
                f"{name}={shown(now[name])}; use the same value to go on with it, or another folder to begin anew"
            )
    if kept.get("estimator") != identity["estimator"]:
        raise ParameterError(
            f"checkpoint: the run in {folder} is a {kept.get('estimator')}'s, not a {identity['estimator']}'s; use "
            "another folder"
        )
    if (kept.get("rows"), kept.get("data")) != (identity["rows"], identity["data"]):
        raise DataError(
            f"checkpoint: the run in {folder} learns from other data: {shown(kept.get('rows'))} rows there, "
            f"{identity['rows']} here; pass the same X, y, sample_weight, validation and groups in the same order, or "
            "use another folder"
        )
    return b""


def _described(value: Any) -> Any:
    """Describe a parameter as JSON gives it back; functions, classes and modules by their names."""
    if isinstance(value, dict):
        return {"pairs": [[_described(k), _described(v)] for k, v in value.items()]}
    if isinstance(value, list | tuple):
        return [_described(v) for v in value]
    if value is None or isinstance(value, bool | int | float | str):
        return value
    return getattr(value, "__qualname__", type(value).__qualname__)
